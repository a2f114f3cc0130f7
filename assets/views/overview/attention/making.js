// @ts-check
/**
 * How a query's row is made, one line a key: dot product, scale, mask, exp, softmax, and what the values make of it.
 *
 * @import { AttentionHead } from "../../../types/overview"
 * @import { ViewContext } from "../../../kit/view"
 * @import { State } from "./head.js"
 * @import { Column, Columns } from "./making_columns.js"
 * @import { Scoring } from "./weights.js"
 *
 * @typedef {object} Making
 * @property {number} query
 * @property {number[]} keys
 * @property {Scoring} row
 * @property {number} opened the key whose score is taken apart
 * @property {number} width
 * @property {number} height of a line
 * @property {(key: number) => void} open
 */

import { pressing, rove } from "../../../kit/controls/roving.js";
import { counted, decimal, headName } from "../../../kit/numbers/format.js";
import { cut, svgToken, tokenText } from "../../../kit/text/tokens.js";
import { spoken } from "../../../kit/tooltip.js";
import { html, nothing, svg } from "../../../vendor/lit.js";
import { columnsIn, headings, isNarrow, namesWidth, POSITIONS, productScale, TOP } from "./making_columns.js";
import { dotProduct } from "./weights.js";

/** Pixels at the right of a bar for its number. */
const NUMBER = { wide: 42, narrow: 30 };
const BAR = 9.5;
/** Characters of a name. @param {boolean} narrow */
const longest = (narrow) => (narrow ? 7 : 8);

/**
 * @param {AttentionHead} data
 * @param {ViewContext<State>} ctx
 * @param {Making} making
 */
export function making(data, ctx, making) {
  const { query, keys, row, width, height } = making;
  const narrow = isNarrow(width);
  const some = keys.length < ctx.run.ids.length;
  const names = namesWidth(narrow, some);
  const columns = columnsIn(width, names, narrow);
  const bottom = TOP + keys.length * height;
  const products = productScale(keys, row, columns, narrow);
  const lines = [products(0), columns.weight?.x, columns.valued?.x];
  const scores = `Scores of query ${tokenText(ctx.run.ids[query])} in ${headName(data.layer, data.head)}`;
  return html`
    <svg class="fig making" viewBox="0 0 ${width} ${bottom + 6}" height=${bottom + 6} role="group" data-rove
      @keydown=${(/** @type {KeyboardEvent} */ event) => walk(event, making.open)}
      aria-label="${scores}, stage by stage; the arrow keys move through the keys">
      ${headings(data, making, columns, narrow)}
      ${lines.map((x) => svg`<line class="zero" x1=${x ?? 0} x2=${x ?? 0} y1=${TOP - 4} y2=${bottom + 2} />`)}
      ${keys.map((key, at) =>
        line(data, ctx, making, { key, y: TOP + at * height, columns, products, names, some, narrow }),
      )}
    </svg>
    <p class="hint">${remarks(making)}</p>`;
}

/**
 * The arrow keys open the key that they reach.
 * @param {KeyboardEvent} event
 * @param {(key: number) => void} open
 */
function walk(event, open) {
  const before = document.activeElement;
  rove(event);
  const reached = document.activeElement;
  if (reached instanceof SVGElement && reached !== before) open(Number(reached.dataset.key));
}

/**
 * @typedef {object} Place
 * @property {number} key
 * @property {number} y
 * @property {Columns} columns
 * @property {(score: number) => number} products
 * @property {number} names pixels
 * @property {boolean} some whether not all keys are listed: then their positions stand beside them
 * @property {boolean} narrow
 */

/**
 * @param {AttentionHead} data
 * @param {ViewContext<State>} ctx
 * @param {Making} making
 * @param {Place} place
 */
function line(data, ctx, { query, row, opened, width, height, open }, place) {
  const { key, y, columns, products, narrow } = place;
  const score = row.score(key);
  const isOpen = row.open(key);
  const middle = y + height / 2;
  const base = middle + 3.8;
  const chosen = key === opened && query === data.position;
  const said = spoken({
    written: ["Key", cut(tokenText(ctx.run.ids[key]), longest(narrow)), String(key)],
    lines: [
      ["score", decimal(score)],
      ["weight", decimal(row.weights[key], 3)],
    ],
  });
  const [from, to] = [products(0), products(score)];
  return svg`
    <g class="key ${isOpen ? "" : "masked"} ${chosen ? "chosen" : ""}" role="button" tabindex=${key === opened ? 0 : -1}
      data-key=${key}
      aria-label=${said} aria-pressed=${chosen} @click=${() => open(key)} @keydown=${pressing(() => open(key))}>
      <rect class="band" x="0" y=${y} width=${width} height=${height} />
      ${name(ctx, query, place, base)}
      <rect class="product" x=${Math.min(from, to)} y=${middle - BAR / 2} width=${Math.max(0.6, Math.abs(to - from))}
        height=${BAR} rx="1" />
    </g>
    <g class="numbers">
      ${narrow ? nothing : number(columns.product, base, decimal(dotProduct(data, score), 1))}
      ${number(columns.scaled, base, narrow && !isOpen ? "−∞" : decimal(score))}
      ${number(columns.mask, base, isOpen ? "+ 0" : "− ∞")}
      ${isOpen ? number(columns.exp, base, exponential(score - row.most)) : nothing}
      ${isOpen ? share(columns.weight, middle, row.weights[key], narrow) : nothing}
      ${isOpen ? share(columns.valued, middle, row.valued[key], narrow) : nothing}
    </g>`;
}

/**
 * @param {ViewContext<State>} ctx
 * @param {number} query
 * @param {Place} place
 * @param {number} base
 */
function name({ run }, query, { key, names, some, narrow }, base) {
  const kind = key === query ? "query" : key >= run.nPrompt ? "generated" : "";
  const x = names - 10 - (some ? POSITIONS : 0);
  return svg`
    <g class=${kind}>${svgToken(run.ids[key], { x, y: base, anchor: "end", most: longest(narrow) })}</g>
    ${some ? svg`<text class="dim" x=${names - 10} y=${base} text-anchor="end">${key}</text>` : nothing}`;
}

/** @param {Column | undefined} column @param {number} base @param {string} text */
const number = (column, base, text) =>
  column ? svg`<text class="dim" x=${column.end} y=${base} text-anchor="end">${text}</text>` : nothing;

/** @param {number} exponent */
function exponential(exponent) {
  const value = Math.exp(exponent);
  return value >= 0.0005 ? decimal(value, 3) : "<0.001";
}

/**
 * @param {Column | undefined} column
 * @param {number} middle
 * @param {number} value
 * @param {boolean} narrow
 */
function share(column, middle, value, narrow) {
  if (!column) return nothing;
  const width = Math.max(0.6, value * (column.width - NUMBER[narrow ? "narrow" : "wide"]));
  const text = decimal(value, narrow ? 2 : 3);
  return svg`
    <rect class="share" x=${column.x} y=${middle - BAR / 2} width=${width} height=${BAR} rx="1" />
    ${
      value >= 0.005
        ? svg`<text class=${value > 0.1 ? "ink b" : "dim"} x=${column.x + width + 5} y=${middle + 3.8}>${text}</text>`
        : nothing
    }`;
}

/** @param {Making} making */
function remarks({ query, keys, row }) {
  const seen = keys.filter((key) => key <= query).length;
  const others = query + 1 - seen;
  const rest = 1 - keys.reduce((sum, key) => sum + row.weights[key], 0);
  const left = decimal(Math.max(0, rest), 3);
  const part =
    `The ${seen} keys with the largest weights, in text order; ${counted(others, "other key")} ` +
    `${others === 1 ? "has" : "have"} ${left} together. `;
  const hollow = "Hollow bars: keys that the mask removes. ";
  const masked = keys.some((key) => !row.open(key));
  return `${others > 0 ? part : ""}${masked ? hollow : ""}Click a key to see how its score comes about.`;
}
