// @ts-check
/**
 * Fast memory in this step: the same picture for one tile, enlarged, with m and l of its rows.
 *
 * @import { Floats } from "../../../types/shared"
 * @import { Box } from "./pointing.js"
 * @import { Part } from "./cells.js"
 * @import { Now } from "./run.js"
 */

import { rgb } from "../../../kit/colour/theme.js";
import { decimal } from "../../../kit/numbers/format.js";
import { html, nothing, styleMap } from "../../../vendor/lit.js";
import { lying, placed, upright } from "./cells.js";
import { marksBeside } from "./fast_marks.js";
import { once, scoreColour, weightColour } from "./paint.js";
import { pointing } from "./pointing.js";
import { bytes, sees } from "./run.js";

const TITLE = 20;
/** Pixels for m and l. */
const SUMS = 30;
const CELL = 26;
const TILE = 200;
const STRIP = { most: 88, share: 0.2 };

/** @typedef {ReturnType<typeof layoutOf>} Layout */

/** @param {Now} now @param {number} width */
function layoutOf({ run, step }, width) {
  const { data, n } = run;
  const whole = step.phase === "softmax";
  const has = {
    Q: step.phase === "scores" || step.phase === "tile",
    K: step.phase === "scores" || step.phase === "tile",
    V: step.phase === "output" || step.phase === "tile",
  };
  const strip = whole ? 0 : Math.min(STRIP.most, width * STRIP.share);
  const sums = step.phase === "scores" || step.phase === "output" ? 0 : SUMS;
  const room = width - 2 * strip - sums - 34;
  const rows = Math.min(n, (step.i + 1) * data.rows) - step.i * data.rows;
  const columns = whole ? n : Math.min(n, (step.j + 1) * data.columns) - step.j * data.columns;
  const cell = Math.min(CELL, TILE / Math.min(columns, TILE), room / columns);
  const high = rows * Math.min(CELL, TILE / rows);
  const left = has.Q ? strip + 12 : 0;
  const vTop = TITLE;
  const kTop = has.V ? vTop + strip + TITLE : vTop;
  const top = whole ? TITLE : (has.K ? kTop : vTop) + strip + 24;
  const box = (/** @type {number} */ x, /** @type {number} */ y, /** @type {number} */ w, /** @type {number} */ h) => ({
    x,
    y,
    width: w,
    height: h,
  });
  const beside = left + columns * cell + 8;
  return {
    has,
    whole,
    rows,
    columns,
    sums,
    width,
    height: top + high + 46,
    square: box(left, top, columns * cell, high),
    Q: box(0, top, strip, high),
    K: box(left, kTop, columns * cell, strip),
    V: box(left, vTop, columns * cell, strip),
    O: box(beside + sums, top, strip, high),
    beside,
  };
}

/** @param {Now} now @param {number} width */
export function fastMemory(now, width) {
  const { run, step } = now;
  const { data } = run;
  const g = layoutOf(now, width);
  const queries = { from: step.i * data.rows, count: g.rows };
  const keys = { from: Math.max(0, step.j) * data.columns, count: g.columns };
  const plane = {
    left: 0,
    right: g.has.V ? g.O.x + g.O.width : g.square.x + g.square.width + g.sums,
    top: g.has.V ? g.V.y : g.has.K ? g.K.y : g.square.y,
    bottom: g.square.y + g.square.height,
  };
  const { layer, point } = pointing({ ...plane, square: g.square, rows: g.rows, columns: g.columns });
  const parts = [
    ...(g.has.V ? [lying(now, { key: "fast V", name: "V", values: data.v, box: g.V, ...keys })] : []),
    ...(g.has.K ? [lying(now, { key: "fast K", name: "K", values: data.k, box: g.K, ...keys })] : []),
    ...(g.has.Q ? [upright(now, { key: "fast Q", name: "Q", values: data.q, box: g.Q, ...queries })] : []),
    tile(now, g.square, { ...keys, rows: g.rows }),
    ...(g.has.V ? [accumulator(now, g.O, queries)] : []),
  ];
  return html`
    <section class="fast">
      <h3 class="sub3">Fast memory <small>a tile needs ${bytes(data.fast)} at once</small></h3>
      <div class="stacked" style=${styleMap({ width: `${g.width}px`, height: `${g.height}px` })}>
        ${parts.map((part) => placed(part, now, point))} ${marksBeside(now, g)} ${layer}
      </div>
      ${
        run.algorithm === "standard"
          ? html`<p class="hint">Each of the three passes starts with an empty fast memory. Only O stays from tile to
            tile.</p>`
          : nothing
      }
    </section>`;
}

/**
 * The tile of scores, or what was made of them.
 * @param {Now} now
 * @param {Box} box
 * @param {{ from: number, count: number, rows: number }} keys
 * @returns {Part}
 */
function tile(now, box, { from, count, rows }) {
  const { run, at, step, quoted } = now;
  const { data, n } = run;
  const first = step.i * data.rows;
  const colour = scoreColour(run);
  const masked = rgb("sunken");
  const score = (/** @type {number} */ row, /** @type {number} */ column) =>
    data.scores.a[(first + row) * n + from + column];
  const maximum = (/** @type {number} */ row) => data.run.m.a[step.kept * data.rows + row];
  const raised = (/** @type {number} */ row, /** @type {number} */ column) =>
    step.phase === "tile"
      ? Math.exp(score(row, column) - maximum(row))
      : Math.exp(score(row, column) - data.lse.a[first + row]);
  const hidden = (/** @type {number} */ row, /** @type {number} */ column) => !sees(run, first + row, from + column);
  return {
    key: "tile",
    label: step.phase === "scores" ? "The tile’s scores" : "The exponentials of the tile’s scores",
    box,
    rows,
    columns: count,
    colour: (row, column) => {
      if (hidden(row, column)) return masked;
      return step.phase === "scores" ? colour(score(row, column)) : weightColour(raised(row, column));
    },
    of: [data, at],
    crosses: (row, column) => ({ query: row, key: column }),
    told: (row, column) => ({
      title: `${quoted(first + row)} reads ${quoted(from + column)}`,
      details: hidden(row, column)
        ? [["score", "−∞: masked"]]
        : [
            ["score s", decimal(score(row, column), 3)],
            ...(step.phase === "tile"
              ? /** @type {[string, string][]} */ ([
                  ["m of the row now", decimal(maximum(row), 3)],
                  ["exp(s − m)", decimal(raised(row, column), 4)],
                ])
              : /** @type {[string, string][]} */ ([["P", decimal(raised(row, column), 4)]])),
          ],
    }),
    query: (row) => first + row,
    start: { row: Math.max(0, Math.min(rows - 1, now.row - first)), column: 0 },
  };
}

/** @param {Now} now @param {Box} box @param {{ from: number, count: number }} queries */
function accumulator(now, box, { from, count }) {
  const { run, at, step } = now;
  const { held, unit } = run.data.run;
  const all = once(
    held,
    () => /** @type {Floats} */ ({ a: Float32Array.from(held.a, (share) => share * unit), shape: [1, run.d] }),
  );
  const value = (/** @type {number} */ query, /** @type {number} */ column) =>
    all.a[(step.kept * run.data.rows + query - from) * run.d + column];
  return upright(now, {
    key: "fast O",
    name: "O",
    values: run.data.out,
    colours: all,
    box,
    from,
    count,
    value,
    of: [at],
  });
}
