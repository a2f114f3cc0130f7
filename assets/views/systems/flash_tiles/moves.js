// @ts-check
/**
 * Every read and write of every step, a lane a matrix, a column a step; the last lane is O under the other loop order
 * on the same steps.
 *
 * @import { Colour } from "../../../kit/colour/theme"
 * @import { Line } from "../../../kit/tooltip"
 * @import { Move, Now, Run } from "./run.js"
 */

import { matrix } from "../../../kit/cells/matrix.js";
import { sided } from "../../../kit/cells/sides.js";
import { mix, rgb } from "../../../kit/colour/theme.js";
import { counted } from "../../../kit/numbers/format.js";
import { html, nothing } from "../../../vendor/lit.js";
import { bytes, positions, SHORT } from "./run.js";

const ORDER = {
  standard: "three passes: all scores, softmax of whole rows, product with V",
  fa1: "the outer loop runs over keys, so K and V stay and every block of keys reads O again",
  fa2: "the outer loop runs over queries, so Q and O stay, K and V pass by, and each block of O is written once",
};
const LANES = {
  standard: ["Q", "K", "V", "S", "P", "O"],
  fa1: ["K", "V", "Q", "O", "m, l"],
  fa2: ["Q", "K", "V", "O", "L"],
};
/** Rows of cells a lane: read, written, ground. */
const OF_LANE = 3;
const CELL = 7;
const COMING = 0.66;
const LEFT = 64;
const RIGHT = { wide: 122, narrow: 66, from: 600 };
const STEP = 110;

/** @param {Now} now */
export function moves(now) {
  const { run, at, ctx } = now;
  const lanes = [...LANES[run.algorithm], ...(run.algorithm === "standard" ? [] : ["other"])];
  const count = run.steps.length;
  const wide = ctx.width > RIGHT.from;
  const right = wide ? RIGHT.wide : RIGHT.narrow;
  const width = Math.min(ctx.width - LEFT - right, count * STEP);
  const rows = lanes.length * OF_LANE;
  const shape = { rows, columns: count, width, height: rows * CELL };
  const choose = (/** @type {number} */ step) => {
    ctx.keep({ playing: false });
    ctx.control("step", step + 1);
  };
  const other = run.algorithm === "fa1" ? "FA-2" : "FA-1";
  const content = matrix({
    ...shape,
    colour: colours(run, lanes, at),
    of: [run, at],
    label: `Reads and writes of ${counted(count, "step")}; left and right arrows step`,
    told: ({ column }) => told(now, column),
    select: ({ column }) => choose(column),
    selected: { row: 0, column: at },
    next: ({ column }, [, by]) => ({ row: 0, column: Math.max(0, Math.min(count - 1, column + by)) }),
  });
  return html`
    <h3 class="sub3">Every move <small>one column is one step; ${ORDER[run.algorithm]}</small></h3>
    <div class="lanes">
      ${sided({
        ...shape,
        content,
        margin: { left: LEFT, right, bottom: 20 },
        left: lanes.map((lane, index) => ({
          at: index * OF_LANE + 0.5,
          text: lane === "other" ? `O, ${other}` : lane,
          className: lane === "other" ? "b" : "ink",
        })),
        right: lanes.map((lane, index) => ({ at: index * OF_LANE + 0.5, text: totals(run, lane, wide) })),
        bottom: [{ at, text: `step ${at + 1}`, className: "ink" }],
        marks: [{ column: at, className: "frame" }],
      })}
    </div>
    ${
      run.algorithm === "standard"
        ? nothing
        : html`<p class="hint">The last lane shows O under the other loop order, in tiles of the same size.
          ${why(run)}</p>`
    }`;
}

/** @param {Run} run @param {string} lane @param {number} step */
function crossed(run, lane, step) {
  if (lane === "other") return [run.data.other.a[2 * step], run.data.other.a[2 * step + 1]];
  const of = (/** @type {Move[]} */ list) => list.filter(({ name }) => name === lane).length;
  return [of(run.steps[step].reads), of(run.steps[step].writes)];
}

/**
 * Slate for a read, violet for a write, pale where it is still to come.
 * @param {Run} run @param {string[]} lanes @param {number} at
 * @returns {(row: number, column: number) => Colour | null}
 */
function colours(run, lanes, at) {
  const full = [rgb("river-deep"), rgb("prob")];
  const pale = full.map((each) => mix(each, rgb("surface"), COMING));
  return (row, column) => {
    const way = row % OF_LANE;
    if (way === OF_LANE - 1 || !crossed(run, lanes[Math.floor(row / OF_LANE)], column)[way]) return null;
    return column > at ? pale[way] : full[way];
  };
}

/** @param {Now} now @param {number} step @returns {{ title: string, details: Line[] }} */
function told({ run }, step) {
  const { i, j, reads, writes } = run.steps[step];
  const keys = j < 0 ? "all keys" : `keys ${positions(run, j, run.data.columns)}`;
  const lines = (/** @type {Move[]} */ list, /** @type {string} */ way) =>
    list.map(({ name, block, bytes: size }) => /** @type {Line} */ ([`${name} ${block} ${way}`, bytes(size)]));
  return {
    title: `Step ${step + 1}: queries ${positions(run, i, run.data.rows)}, ${keys}`,
    details: [...lines(reads, "read"), ...lines(writes, "written")],
  };
}

/** @param {Run} run @param {string} lane */
function counts(run, lane) {
  const sums = [0, 0];
  const steps = lane === "other" ? run.data.other.shape[0] : run.steps.length;
  for (let step = 0; step < steps; step++) {
    const [read, written] = crossed(run, lane, step);
    sums[0] += read;
    sums[1] += written;
  }
  return sums;
}

/** @param {Run} run @param {string} lane @param {boolean} wide */
function totals(run, lane, wide) {
  const [read, written] = counts(run, lane);
  if (!wide) return [read ? `${read} r` : "", written ? `${written} w` : ""].filter(Boolean).join(", ");
  return [read ? counted(read, "read") : "", written ? counted(written, "write") : ""].filter(Boolean).join(", ");
}

/** @param {Run} run */
function why(run) {
  const here = counts(run, "O");
  const there = counts(run, "other");
  const names = run.algorithm === "fa1" ? ["fa1", "fa2"] : ["fa2", "fa1"];
  const said = (/** @type {number[]} */ [read, written], /** @type {string} */ name) =>
    `${SHORT[name]} ${read ? `reads O ${counted(read, "time")}` : "never reads O"} and ` +
    `writes it ${counted(written, "time")}`;
  return `${said(here, names[0])}; ${said(there, names[1])}.`;
}
