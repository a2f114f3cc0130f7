// @ts-check
/**
 * Two layouts of RoPE's pairs, and two orders of the weights' rows: which go together, and what the others cost.
 *
 * @import { LayoutReading, PositionSchemesLayouts } from "../../../types/embeddings"
 * @import { Row, View } from "../../../kit/view"
 */

import { plot } from "../../../kit/chart/plot.js";
import { control } from "../../../kit/controls/declared.js";
import { decimal, percent } from "../../../kit/numbers/format.js";
import { figures } from "../../../kit/numbers/magnitude.js";
import { table } from "../../../kit/numbers/table.js";
import { tokenText } from "../../../kit/text/tokens.js";
import { range } from "../../../vendor/d3.js";
import { html, svg } from "../../../vendor/lit.js";

const HEIGHT = 280;
const CELL = { height: 26, gap: 30 };
/** Pairs that are drawn. */
const SHOWN = 8;
/** @type {Record<string, string>} */
const NAMES = { halves: "half a head apart", interleaved: "next to each other" };
/** @type {Record<string, { color: string, symbol: string }>} */
const LOOK = {
  "halves halves": { color: "river-deep", symbol: "circle" },
  "halves interleaved": { color: "neg", symbol: "triangle-up" },
  "interleaved halves": { color: "prob", symbol: "square" },
  "interleaved interleaved": { color: "ink", symbol: "x" },
};

/** @type {View<PositionSchemesLayouts>} */
export function layouts(data, ctx) {
  return html`
    <div class="bar">${control(ctx, "text")}</div>
    <div class="twostrips">${strip("halves", data, ctx.width)} ${strip("interleaved", data, ctx.width)}</div>
    ${listed(data)}
    <h3 class="sub3">Loss of each token <small>in nats; the two matching lines coincide</small></h3>
    ${losses(data)}
    <p class="hint">
      Hugging Face’s files hold W_Q and W_K for pairs half a head apart, Meta’s and GGUF’s for pairs next to each other.
      Only the order of the rows differs. A converter that forgets to reorder them gives a model that loads and runs;
      only its loss shows the mistake.
      ${
        data.d_rotary < data.d_head
          ? `${data.d_rotary} of ${data.d_head} numbers per head are rotated; the others keep their rows.`
          : ""
      }
    </p>`;
}

/**
 * @param {PositionSchemesLayouts} data
 * @returns {Row[]}
 */
export function rows(data) {
  const tokens = Array.from(data.ids.a).slice(1);
  return data.readings.flatMap(({ rows: order, rotation, losses: { a } }) =>
    tokens.map((id, at) => ({ rows: order, rotation, token: tokenText(id), nats: a[at] })),
  );
}

/**
 * The first pairs of a head in one layout: members of a pair share a number and an arc.
 * @param {string} layout
 * @param {PositionSchemesLayouts} data
 * @param {number} whole
 */
function strip(layout, { d_rotary }, whole) {
  const n = Math.min(d_rotary, 2 * SHOWN);
  const half = n / 2;
  const width = Math.min(460, whole);
  const each = width / n;
  const pairOf = (/** @type {number} */ at) => (layout === "halves" ? at % half : Math.floor(at / 2));
  const middle = (/** @type {number} */ at) => (at + 0.5) * each;
  const members = (/** @type {number} */ pair) =>
    layout === "halves" ? [pair, pair + half] : [2 * pair, 2 * pair + 1];
  const shade = (/** @type {number} */ pair) => 0.15 + 0.5 * (1 - pair / half);
  const tall = CELL.gap + CELL.height;
  return html`
    <figure>
      <figcaption><b>${layout}</b>: pairs ${NAMES[layout]}, in a head of ${n} numbers</figcaption>
      <svg class="fig" viewBox="0 0 ${width} ${tall + 2}" width=${width} height=${tall + 2} role="img"
        aria-label="${layout}: numbers of one pair, joined by an arc">
        ${range(half).map((pair) => {
          const [from, to] = members(pair).map(middle);
          const rise = Math.min(CELL.gap - 4, (to - from) / 3);
          return svg`<path class="arc"
            d="M${from},${CELL.gap} Q${(from + to) / 2},${CELL.gap - 2 * rise} ${to},${CELL.gap}" />`;
        })}
        ${range(n).map(
          (at) => svg`
            <rect class="coordinate" x=${at * each + 0.5} y=${CELL.gap} width=${each - 1} height=${CELL.height}
              style="fill-opacity:${shade(pairOf(at))}" />
            <text x=${middle(at)} y=${CELL.gap + CELL.height / 2 + 4} text-anchor="middle">${pairOf(at)}</text>`,
        )}
      </svg>
    </figure>`;
}

/** @param {PositionSchemesLayouts} data */
function listed({ readings }) {
  return table({
    label: "Four readings",
    rows: readings,
    rowClass: ({ right }) => (right ? "" : "mixed"),
    columns: [
      { name: "Rows ordered for", cell: (/** @type {LayoutReading} */ one) => one.rows },
      { name: "Rotated as", cell: ({ rotation }) => rotation },
      { name: "Orders", cell: ({ right }) => (right ? "match" : html`<b class="refused">wrong</b>`) },
      { name: "Loss, nats", number: true, cell: ({ loss }) => decimal(loss, 4) },
      { name: "Perplexity", number: true, cell: ({ perplexity }) => figures(perplexity) },
      {
        name: "Same first choice",
        number: true,
        title: "share of positions where the likeliest next token is that of the original model",
        cell: ({ agrees }) => percent(agrees),
      },
    ],
  });
}

/** @param {PositionSchemesLayouts} data */
function losses({ readings, ids }) {
  const words = Array.from(ids.a).slice(1).map(tokenText);
  return plot({
    label: "Loss of each token under each combination",
    height: HEIGHT,
    traces: readings.map(({ rows: order, rotation, right, losses: { a } }) => ({
      x: range(1, a.length + 1),
      y: a,
      customdata: words,
      mode: "lines+markers",
      size: 5,
      dash: right ? undefined : "dot",
      ...LOOK[`${order} ${rotation}`],
      name: `rows ${order}, rotated ${rotation}`,
      hover: "%{customdata}: %{y:.2f} nats<extra></extra>",
    })),
    x: { title: "token" },
    y: { title: "nats", rangemode: "tozero" },
  });
}
