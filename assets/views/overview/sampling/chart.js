// @ts-check
/**
 * One row a token, one column a stage: probabilities on their way through the sampler.
 *
 * @import { Scale } from "../../../kit/drawing/axis.js"
 * @import { Column, Rows, Scene } from "./scene.js"
 * @typedef {Column & { at: Scale & ((p: number) => number) }} Scaled a column with its scale: the pixel of a
 *   probability
 * @typedef {ReturnType<typeof geometry>} Geometry
 */

import { rove } from "../../../kit/controls/roving.js";
import { bottomAxis } from "../../../kit/drawing/axis.js";
import { counted, percent } from "../../../kit/numbers/format.js";
import { scaleLinear, scaleLog } from "../../../vendor/d3.js";
import { nothing, svg } from "../../../vendor/lit.js";
import { cuts } from "./cuts.js";
import { DRAWN, INSET, tokenRow } from "./row.js";
import { rowsOf } from "./scene.js";
import { kept, share } from "./stage.js";
import { heading, subheading } from "./words.js";

const TOP = 46;
const BOTTOM = 42;
/** Pixels of a row: on a phone as much as a finger needs. */
const ROW = { narrow: 32, wide: 20 };
/** Before the row of a token that is not among the likeliest. */
const APART = 14;
/** Where the logarithmic axis begins, and the ends that the linear one may have. */
const SMALLEST = 10 ** -4.4;
const ENDS = [0.1, 0.2, 0.5, 1];

/**
 * @param {Scene} scene
 * @param {Column[]} columns
 */
export function chart(scene, columns) {
  const { subject, stages, width, narrow } = scene;
  const marked = subject.step?.chosen ?? subject.next;
  const rows = rowsOf(stages, marked);
  const place = geometry(rows, narrow);
  const scaled = withScales(columns, scene.logarithmic);
  const position = subject.data.position;
  const shown = `Probabilities after position ${position}, stage by stage`;
  return svg`
    <svg class="fig stages" viewBox="0 0 ${width} ${place.height}" height=${place.height} role="group" data-rove
      @keydown=${rove}
      aria-label="${shown}; the arrow keys move through the rows, Enter selects one">
      ${scaled.map((column) => frame(column, scene, place))}
      ${
        narrow
          ? nothing
          : svg`<text x=${width - DRAWN - INSET} y="28" text-anchor="end">kept</text>
            <text x=${width - INSET} y="28" text-anchor="end">drawn</text>`
      }
      ${rows.ids.map((id, at) => tokenRow({ id, at, scene, columns: scaled, place, marked: id === marked }))}
      ${cuts(columns, rows, place, width)}
      ${others(scene, rows, place)}
    </svg>`;
}

/**
 * @param {Rows} rows
 * @param {boolean} narrow
 */
function geometry({ ids, far }, narrow) {
  const row = narrow ? ROW.narrow : ROW.wide;
  const bottom = TOP + ids.length * row + (far ? APART : 0);
  return {
    row,
    top: TOP,
    bottom,
    height: bottom + BOTTOM,
    edge: (/** @type {number} */ at) => TOP + at * row,
    middle: (/** @type {number} */ at) => TOP + (at + 0.5) * row + (far && at === ids.length - 1 ? APART : 0),
    isFar: (/** @type {number} */ at) => far && at === ids.length - 1,
  };
}

/**
 * @param {Column[]} columns
 * @param {boolean} logarithmic
 * @returns {Scaled[]}
 */
function withScales(columns, logarithmic) {
  const largest = Math.max(...columns.map(({ stage }) => share(stage, stage.order[0])));
  const end = ENDS.find((value) => value >= largest) ?? 1;
  return columns.map((column) => {
    const range = [column.x, column.x + column.width];
    const scale = (logarithmic ? scaleLog([SMALLEST, 1], range) : scaleLinear([0, end], range)).clamp(true);
    const ticks = () => (logarithmic ? powers(column) : ends(column, end));
    return { ...column, at: Object.assign((/** @type {number} */ p) => scale(p), { ticks, range: () => range }) };
  });
}

/** @param {Column} column */
const isRoomy = ({ step, width }) => step === "left" && width > 150;

/** @param {Column} column */
function powers(column) {
  if (isRoomy(column)) return [1e-4, 1e-3, 1e-2, 0.1, 1];
  return column.width < 64 ? [1e-4, 1] : [1e-4, 1e-2, 1];
}

/** @param {Column} column @param {number} end */
const ends = (column, end) => (isRoomy(column) ? [0, end / 2, end] : [0, end]);

/** @param {number} p */
const tickText = (p) => (p === 1e-4 ? "10⁻⁴" : String(p));

/**
 * Heading and axis of a column.
 * @param {Scaled} column
 * @param {Scene} scene
 * @param {Geometry} place
 */
function frame({ step, stage, x, width, at }, { settings, subject, narrow }, { bottom, top }) {
  const size = subject.base.left;
  return svg`
    <text class="h" x=${x} y="12">${heading(step, { width, narrow })}</text>
    <text x=${x} y="28"
      data-left=${step === "left" ? stage.left : nothing}>${subheading(step, stage, { settings, size })}</text>
    ${bottomAxis({ scale: at, y: bottom, grid: bottom - top + 4, format: tickText })}`;
}

/**
 * How much the tokens without a row hold, in the last stage that has cut none.
 * @param {Scene} scene
 * @param {Rows} rows
 * @param {Geometry} place
 */
function others({ subject, stages, width, narrow }, { ids, shown }, { height }) {
  const size = subject.base.left;
  if (size <= shown) return nothing;
  const uncut = stages.findLast(({ left }) => left === size) ?? subject.base;
  const held = ids.slice(0, shown).reduce((sum, id) => sum + (kept(uncut, id) ? share(uncut, id) : 0), 0);
  const rest = percent(Math.max(0, 1 - held));
  return svg`
    <text class="dim" x=${narrow ? 0 : width} y=${height - 4} text-anchor=${narrow ? "start" : "end"}>
      ${counted(size - shown, "more token")} ${size - shown === 1 ? "has" : "share"} ${rest} before the cuts.
    </text>`;
}
