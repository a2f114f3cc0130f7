// @ts-check
/**
 * Where the lens is scrolled to: columns that are read on the left push nothing aside, and the selected column is
 * brought into sight.
 *
 * @import { ResidualLens } from "../../../types/overview"
 * @import { Run } from "../../../kit/view"
 * @import { Size } from "./lens_grid.js"
 *
 * @typedef {{ run: Run, window: ResidualLens, size: Size, position: number }} Shown
 */
import { tip } from "../../../kit/tooltip.js";
import { html, ref } from "../../../vendor/lit.js";
import { holds } from "./columns.js";

/** What each box showed last. @type {WeakMap<Element, Shown>} */
const last = new WeakMap();
/** Boxes that the page itself has scrolled, which is no wish of the visitor's. @type {WeakSet<Element>} */
const moved = new WeakSet();

/** An element at the end of the box, that scrolls it once all before it is drawn. @param {Shown} shown */
export function settle(shown) {
  const place = (/** @type {Element | undefined} */ end) =>
    end && queueMicrotask(() => scroll(end.parentElement, shown));
  return html`<i hidden ${ref(place)}></i>`;
}

/**
 * @param {HTMLElement | null} box
 * @param {Shown} shown
 */
function scroll(box, shown) {
  if (!box) return;
  const before = last.get(box);
  last.set(box, shown);
  const here = before?.run === shown.run ? before : undefined;
  let left = box.scrollLeft + (here ? (here.window.start - shown.window.start) * shown.size.cell : 0);
  if (here?.position !== shown.position) left = inSight(shown.position, left, box, shown);
  move(box, left);
}

/**
 * @param {HTMLElement} box
 * @param {number} left
 */
function move(box, left) {
  const to = Math.max(0, Math.min(Math.round(left), box.scrollWidth - box.clientWidth));
  if (to === Math.round(box.scrollLeft)) return;
  moved.add(box);
  box.scrollLeft = to;
}

/**
 * Brings the cell that the keyboard has come to into sight.
 * @param {number} position
 * @param {Element} canvas
 */
export function follow(position, canvas) {
  const box = /** @type {HTMLElement | null} */ (canvas.closest(".scroll"));
  const shown = box && last.get(box);
  if (shown) move(box, inSight(position, box.scrollLeft, box, shown));
}

/**
 * @param {number} position
 * @param {number} left where the box is scrolled to
 * @param {HTMLElement} box
 * @param {Shown} shown
 */
function inSight(position, left, box, { window, size }) {
  if (!size.scrolls || !holds(window, position)) return left;
  const x = size.names + (position - window.start) * size.cell;
  const seen = x >= left + size.names && x + size.cell <= left + box.clientWidth;
  return seen ? left : x + size.cell / 2 - box.clientWidth / 2;
}

/**
 * The edge that the visitor has scrolled to, if any.
 * @param {HTMLElement} box
 * @param {number} near pixels
 * @returns {"start" | "end" | null}
 */
export function atEdge(box, near) {
  const own = moved.delete(box);
  if (!own) tip.hide();
  const room = box.scrollWidth - box.clientWidth;
  if (own || room <= 2) return null;
  if (box.scrollLeft < near) return "start";
  return box.scrollLeft > room - near ? "end" : null;
}
