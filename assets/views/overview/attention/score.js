// @ts-check
/**
 * One score taken apart: the products of the query's and the key's coordinates that add up to it.
 *
 * @import { AttentionHead } from "../../../types/overview"
 * @import { ViewContext } from "../../../kit/view"
 * @import { State } from "./head.js"
 * @import { Scoring } from "./weights.js"
 */

import { row as rowOf } from "../../../kit/cells/tensor.js";
import { rove } from "../../../kit/controls/roving.js";
import { leftAxis } from "../../../kit/drawing/axis.js";
import { decimal, signed } from "../../../kit/numbers/format.js";
import { token } from "../../../kit/text/tokens.js";
import { tooltip } from "../../../kit/tooltip.js";
import { extent, max, scaleLinear } from "../../../vendor/d3.js";
import { html, styleMap, svg } from "../../../vendor/lit.js";
import { dotProduct, scaleText } from "./weights.js";

/** Pixels: names at the left, where the strips of q and k begin, and where the products stand. */
const LEFT = { wide: 70, narrow: 46 };
const STRIPS = { q: 20, k: 42, height: 16 };
const BARS = { top: 88, height: 96 };
const HEIGHT = BARS.top + BARS.height + 10;
const LARGEST = 3;

/**
 * @param {AttentionHead} data
 * @param {ViewContext<State>} ctx
 * @param {{ key: number, row: Scoring }} options
 */
export function score(data, ctx, { key, row }) {
  const vector = rowOf(data.keys, Array.from(data.shown.a).indexOf(key));
  const products = data.query.a.map((q, at) => q * vector[at]);
  const [query, read] = [token(ctx.run.ids[data.position]), token(ctx.run.ids[key])];
  return html`
    <section class="score">
      <h3>One score: query ${query} at ${data.position}, key ${read} at ${key}</h3>
      <p class="chain">${chain(data, row, key)}</p>
      ${picture(data, vector, products, ctx.width)}
      <p class="readout">${largest(products, dotProduct(data, row.score(key)))}</p>
    </section>`;
}

/**
 * From the sum of the products to the weight.
 * @param {AttentionHead} data
 * @param {Scoring} row
 * @param {number} key
 */
function chain(data, row, key) {
  const scaled = row.score(key);
  const cap = data.softcap ? `, capped at ${data.softcap}` : "";
  const product = html`Σ q×k = <b>${decimal(dotProduct(data, scaled))}</b>`;
  const begun = html`${product},  ${scaleText(data, false)}${cap} = <b>${decimal(scaled, 3)}</b>`;
  if (!row.open(key)) return html`${begun}  the mask sets it to <b>−∞</b>: weight 0`;
  const exponential = Math.exp(scaled - row.most)
    .toPrecision(3)
    .replace("e-", "e−");
  const less = `${row.most < 0 ? "+" : "−"} ${decimal(Math.abs(row.most), 3)}`;
  const exp = html`exp(${decimal(scaled, 3)} ${less}) = <b>${exponential}</b>`;
  return html`${begun},  ${exp},  ÷ ${decimal(row.sum, 3)} = <b>${small(row.weights[key])}</b>`;
}

/** A weight, never written as nought where it is none. @param {number} weight */
const small = (weight) => (weight > 0 && weight < 5e-5 ? "<0.0001" : decimal(weight, 4));

/**
 * @param {AttentionHead} data
 * @param {Float32Array} key
 * @param {Float32Array} products
 * @param {number} width
 */
function picture(data, key, products, width) {
  const left = LEFT[width < 480 ? "narrow" : "wide"];
  const pitch = (width - left) / data.d_head;
  const y = scaleLinear(/** @type {[number, number]} */ (extent([0, ...products])), [BARS.top + BARS.height, BARS.top]);
  const most = { q: largestSize(data.query.a), k: largestSize(key) };
  const parts = Array.from(products, (product, at) =>
    dimension({ at, q: data.query.a[at], k: key[at], product }, data, { x: left + at * pitch, pitch, y, most }),
  );
  return svg`
    <svg class="fig" viewBox="0 0 ${width} ${HEIGHT}" height=${HEIGHT} role="group" data-rove @keydown=${rove}
         aria-label="${data.d_head} products that add up to the score; the arrow keys move through the dimensions">
      ${numbers(data.d_head, left, pitch)}
      <text class="m" x=${left - 8} y=${STRIPS.q + 12} text-anchor="end">q</text>
      <text class="m" x=${left - 8} y=${STRIPS.k + 12} text-anchor="end">k</text>
      ${leftAxis({
        scale: y,
        x: left,
        grid: width - left,
        count: 3,
        format: (value) => signed(value, value % 1 ? 1 : 0),
        title: "q × k",
      })}
      ${parts}
    </svg>`;
}

/** @param {Float32Array} vector */
const largestSize = (vector) => Math.max(1e-9, max(vector, Math.abs) ?? 0);

/** The first, middle and last dimension. @param {number} count @param {number} left @param {number} pitch */
function numbers(count, left, pitch) {
  const middle = Math.floor(count / 2);
  const x = (/** @type {number} */ at) => left + (at + 0.5) * pitch;
  return svg`
    <text class="dim" x=${left} y="12">dimension 0</text>
    <text class="dim" x=${x(middle)} y="12" text-anchor="middle">${middle}</text>
    <text class="dim" x=${x(count - 1) + pitch / 2} y="12" text-anchor="end">${count - 1}</text>`;
}

/**
 * A dimension: its two coordinates and their product.
 * @param {{ at: number, q: number, k: number, product: number }} numbers
 * @param {AttentionHead} data
 * @param {{ x: number, pitch: number, y: (value: number) => number, most: { q: number, k: number } }} place
 */
function dimension({ at, q, k, product }, data, { x, pitch, y, most }) {
  const details = /** @type {[string, string][]} */ ([
    ["q", decimal(q, 3)],
    ["k", decimal(k, 3)],
    ["q × k", signed(product, 3)],
    ...turned(at, data),
  ]);
  const title = `Dimension ${at}`;
  const tip = tooltip(title, details);
  const wide = Math.max(0.8, pitch - Math.min(1, pitch * 0.2));
  const [top, bottom] = [Math.min(y(product), y(0)), Math.max(y(product), y(0))];
  return svg`
    <g class="dimension" role="img" tabindex=${at === 0 ? 0 : -1}
      aria-label="${title}: ${details.map((each) => each.join(" ")).join(", ")}"
      @pointermove=${tip.show} @pointerleave=${tip.hide} @focus=${tip.beside} @blur=${tip.hide}>
      <rect class="hit" x=${x} y=${STRIPS.q - 4} width=${pitch} height=${HEIGHT - STRIPS.q} />
      ${coordinate(q / most.q, { x, y: STRIPS.q, wide })} ${coordinate(k / most.k, { x, y: STRIPS.k, wide })}
      <rect class="product" x=${x} y=${top} width=${wide} height=${Math.max(0.6, bottom - top)} rx="1" />
    </g>`;
}

/** @param {number} share of the largest, −1 to 1 @param {{ x: number, y: number, wide: number }} place */
function coordinate(share, { x, y, wide }) {
  const part = styleMap({ "--part": `${(100 * Math.sqrt(Math.abs(share))).toFixed(1)}%` });
  return svg`<rect class="coordinate ${share < 0 ? "negative" : "positive"}" x=${x} y=${y} width=${wide}
    height=${STRIPS.height} style=${part} />`;
}

/**
 * Dimension i is turned together with i + half of what is turned. Nothing is said where positions turn nothing, or the
 * model pairs its dimensions otherwise.
 * @param {number} at
 * @param {Pick<AttentionHead, "d_rotary">} data
 * @returns {[string, string][]}
 */
export function turned(at, { d_rotary }) {
  if (!d_rotary) return [];
  return at < d_rotary
    ? [["rotates together with dimension", String((at + d_rotary / 2) % d_rotary)]]
    : [["rotates", "no"]];
}

/** @param {Float32Array} products @param {number} dot what all of them add up to */
function largest(products, dot) {
  const order = [...products.keys()].sort((one, other) => Math.abs(products[other]) - Math.abs(products[one]));
  const first = order.slice(0, LARGEST);
  const rest = dot - first.reduce((sum, at) => sum + products[at], 0);
  const named = first.map((at) => html`dimension ${at} <b>${signed(products[at], 1)}</b>, `);
  return html`Largest products: ${named}the other ${order.length - first.length} together: <b>${signed(rest, 1)}</b>`;
}
