// @ts-check
/**
 * Each cut as a line with its name, wherever what it keeps is a stretch of the rows.
 *
 * @import { Geometry } from "./chart.js"
 * @import { Column, Rows } from "./scene.js"
 */
import { whole } from "../../../kit/numbers/format.js";
import { nothing, svg } from "../../../vendor/lit.js";
import { kept } from "./stage.js";
import { nameOf } from "./words.js";

/** The narrowest column that has room for the name. */
const NAMED = 64;
/** Baselines of a name above its line, and below it. */
const ABOVE = -5;
const BELOW = 13;

/**
 * @param {Column[]} columns
 * @param {Rows} rows
 * @param {Geometry} place
 * @param {number} width
 */
export function cuts(columns, { ids, shown }, place, width) {
  return columns.map((column) => {
    const stretch = keptStretch(column, ids, shown);
    if (!stretch) return nothing;
    const { first, end } = stretch;
    const line = ruler(column, width);
    const cramped = column.step === "typical" && end - first < 2 && end < shown;
    const above = `${whole(column.stage.above || first)} cut above`;
    return svg`
      ${end < shown ? line(place.edge(end), nameOf(column.step)?.toLowerCase(), ABOVE) : nothing}
      ${first > 0 ? line(place.edge(first), above, cramped ? ABOVE : BELOW) : nothing}`;
  });
}

/**
 * @param {Column} column
 * @param {number[]} ids
 * @param {number} shown
 */
function keptStretch({ step, stage, before }, ids, shown) {
  const cutsNone = !before || stage.left >= before.left;
  if (step === "model" || (cutsNone && step !== "left")) return null;
  const first = ids.findIndex((id) => kept(stage, id));
  let end = first;
  while (end >= 0 && end < shown && kept(stage, ids[end])) end++;
  return first < 0 || ids.slice(end).some((id) => kept(stage, id)) ? null : { first, end };
}

/**
 * @param {Column} column
 * @param {number} right end of the picture
 */
function ruler({ step, x, width }, right) {
  const last = step === "left";
  const from = last ? x : x - 4;
  const to = last ? right : x + width + 12;
  const named = !last && step !== "temperature" && width > NAMED;
  return (/** @type {number} */ y, /** @type {string} */ name, /** @type {number} */ baseline) => svg`
    <line class="cut-line" x1=${from} x2=${to} y1=${y} y2=${y} />
    ${named ? svg`<text class="cut-name" x=${to} y=${y + baseline} text-anchor="end">${name}</text>` : nothing}`;
}
