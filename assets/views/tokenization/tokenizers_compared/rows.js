// @ts-check
/**
 * The rows of a page, in two columns where they are narrow.
 *
 * @import { Cell } from "./cells.js"
 * @import { Place } from "./lane_row.js"
 */
import { html, ref, render } from "../../../vendor/lit.js";
import { laneRow, NAMES } from "./lane_row.js";
import { tokenAt } from "./selected.js";

const GAP = 24;

/**
 * Rows that a change of the selected place does not touch are not drawn again.
 * @param {Cell[][]} rows
 * @param {Omit<Place, "row" | "width" | "room"> & { inner: number }} place
 */
export function rowsOf(rows, { inner, ...place }) {
  const widest = Math.max(...rows.map((row) => Math.max(...row.map((cell) => cell.x + cell.width))));
  const half = (inner - GAP) / 2;
  const two = rows.length > 3 && NAMES + widest <= half;
  const width = two ? half : inner;
  const room = Number(place.ctx.controls.room);
  const { known, byte } = place;
  const covering = known.map((lane) => ({ lane, at: tokenAt(lane, byte) })).filter(({ at }) => at >= 0);
  const first = Math.min(byte, ...covering.map(({ lane, at }) => lane.starts.a[at]));
  const end = Math.max(byte + 1, ...covering.map(({ lane, at }) => lane.ends.a[at]));
  return html`
    <div class=${two ? "two-columns" : ""} style="grid-template-rows:repeat(${Math.ceil(rows.length / 2)},auto)">
      ${rows.map((row) => {
        const last = row[row.length - 1];
        const touched = row[0].start < end && last.start + last.bytes > first;
        const of = [row, width, room, touched ? byte : -1, known.map((lane) => lane.name).join()];
        return html`<div ${ref((box) => drawRow(box, of, { ...place, row, width, room }))}></div>`;
      })}
    </div>`;
}

/** What was last drawn in each box. @type {WeakMap<Element, unknown[]>} */
const boxes = new WeakMap();

/** @param {Element | undefined} box @param {unknown[]} of what the drawing depends on @param {Place} place */
function drawRow(box, of, place) {
  if (!box || boxes.get(box)?.every((each, i) => each === of[i])) return;
  boxes.set(box, of);
  render(laneRow(place), /** @type {HTMLElement} */ (box));
}
