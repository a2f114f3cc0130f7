// @ts-check
/**
 * Slow memory: Q left of the square, K and V on their sides above it, O right. The square is drawn as far as its tiles
 * are done; whether it is stored depends on the algorithm.
 *
 * @import { Box } from "./pointing.js"
 * @import { Part } from "./cells.js"
 * @import { Now, Step } from "./run.js"
 */

import { rgb } from "../../../kit/colour/theme.js";
import { decimal } from "../../../kit/numbers/format.js";
import { html, styleMap } from "../../../vendor/lit.js";
import { lying, placed, upright } from "./cells.js";
import { scoreColour, weightColour } from "./paint.js";
import { pointing } from "./pointing.js";
import { bytes, sees, tilesOf } from "./run.js";
import { marksOver } from "./slow_marks.js";

const LARGE = { least: 500, label: 30, strip: 74, gap: 10, sums: 16, tally: 44 };
const SMALL = { least: 0, label: 20, strip: 42, gap: 6, sums: 10, tally: 38 };
const TITLE = 20;
const FOOT = 22;
const EXTRA = { standard: "S and P", fa1: "m and l", fa2: "L = m + ln l" };

/** @typedef {ReturnType<typeof layoutOf>} Layout */

/** Where everything lies. @param {number} width */
function layoutOf(width) {
  const sizes = width >= LARGE.least ? LARGE : SMALL;
  const { label, strip, gap, sums, tally } = sizes;
  const side = width - label - 2 * strip - 3 * gap - sums - tally;
  const [left, top] = [label + strip + gap, 2 * (strip + TITLE) + 8];
  const right = left + side + gap;
  const output = right + sums + gap;
  const box = (/** @type {number} */ x, /** @type {number} */ y, /** @type {number} */ w, /** @type {number} */ h) => ({
    x,
    y,
    width: w,
    height: h,
  });
  return {
    ...sizes,
    width,
    height: top + side + FOOT,
    square: box(left, top, side, side),
    V: box(left, TITLE - 2, side, strip),
    K: box(left, strip + 2 * TITLE - 2, side, strip),
    Q: box(label, top, strip, side),
    O: box(output, top, strip, side),
    lsums: box(right, top, sums, side),
  };
}

/** @param {Now} now @param {number} width */
export function slowMemory(now, width) {
  const { run, step } = now;
  const { data, n } = run;
  const g = layoutOf(width);
  const end = { left: g.Q.x, right: g.O.x + g.O.width, top: g.V.y, bottom: g.square.y + g.square.height };
  const { layer, point } = pointing({ ...end, square: g.square, rows: n, columns: n });
  const all = { from: 0, count: n };
  const parts = [
    lying(now, { key: "slow V", name: "V", values: data.v, box: g.V, ...all }),
    lying(now, { key: "slow K", name: "K", values: data.k, box: g.K, ...all }),
    upright(now, { key: "slow Q", name: "Q", values: data.q, box: g.Q, ...all }),
    square(now, g.square),
    stored(now, g.O),
  ];
  return html`
    <section class="slow">
      <h3 class="sub3">Slow memory <small>Q, K, V, O: ${bytes(4 * n * run.d * data.word)}; ${EXTRA[run.algorithm]}:
          ${bytes(step.extra)}</small></h3>
      <div class="stacked" style=${styleMap({ width: `${g.width}px`, height: `${g.height}px` })}>
        ${parts.map((part) => placed(part, now, point))} ${marksOver(now, g)} ${layer}
      </div>
    </section>`;
}

/**
 * Done tiles show their scores; standard attention's rows their weights once softmax has been over them.
 * @param {Now} now
 * @param {Box} box
 * @returns {Part}
 */
function square(now, box) {
  const { run, at, quoted } = now;
  const { data, n } = run;
  const past = run.steps.slice(0, at + 1);
  const done = new Set(past.filter(({ phase }) => phase !== "softmax").map(({ i, j }) => i * run.across + j));
  const normal = new Set(past.filter(({ phase }) => phase === "softmax").map(({ i }) => i));
  const met = tilesOf(run);
  const colour = scoreColour(run);
  const [toCome, masked] = [rgb("sunken"), rgb("surface")];
  const tileOf = (/** @type {number} */ row, /** @type {number} */ column) =>
    Math.floor(row / data.rows) * run.across + Math.floor(column / data.columns);
  const weight = (/** @type {number} */ row, /** @type {number} */ column) =>
    Math.exp(data.scores.a[row * n + column] - data.lse.a[row]);
  return {
    key: "square",
    label: "Scores: one row for each query, one column for each key",
    box,
    rows: n,
    columns: n,
    colour: (row, column) => {
      if (!done.has(tileOf(row, column))) return toCome;
      if (!sees(run, row, column)) return masked;
      if (normal.has(Math.floor(row / data.rows))) return weightColour(weight(row, column));
      return colour(data.scores.a[row * n + column]);
    },
    of: [data, at],
    crosses: (row, column) => ({ query: row, key: column }),
    told: (row, column) => {
      const seen = sees(run, row, column);
      const state = done.has(tileOf(row, column)) ? "done" : met.has(tileOf(row, column)) ? "to come" : "skipped";
      return {
        title: `${quoted(row)} reads ${quoted(column)}`,
        details: [
          ["score", seen ? decimal(data.scores.a[row * n + column], 3) : "masked"],
          ["weight, whole row", seen ? decimal(weight(row, column), 4) : "0"],
          ["its tile", state],
        ],
      };
    },
    query: (row) => row,
    start: { row: now.row, column: 0 },
  };
}

/**
 * O as slow memory has it after this step: FlashAttention-1's blocks are divided each time, the others' come once.
 * @param {Now} now
 * @param {Box} box
 */
function stored(now, box) {
  const { run, at } = now;
  const { data, d } = run;
  /** @type {Map<number, Step>} */
  const written = new Map();
  for (const step of run.steps.slice(0, at + 1)) {
    if (step.writes.some(({ name }) => name === "O")) written.set(step.i, step);
  }
  const value = (/** @type {number} */ query, /** @type {number} */ column) => {
    const step = written.get(Math.floor(query / data.rows));
    if (!step) return null;
    if (run.algorithm !== "fa1") return data.out.a[query * d + column];
    return data.run.held.a[(step.kept * data.rows + (query % data.rows)) * d + column] * data.run.unit;
  };
  return upright(now, {
    key: "slow O",
    name: "O",
    values: data.out,
    box,
    from: 0,
    count: run.n,
    value,
    of: [data, at],
  });
}
