// @ts-check
/**
 * Reads a drawing place by place: a hairline follows the pointer and the arrow keys, the tooltip tells what is there.
 *
 * @import { Line } from "../tooltip.js"
 *
 * @typedef {object} Reading
 * @property {number} count of places
 * @property {(place: number) => number} x of each, evenly spaced
 * @property {[top: number, bottom: number]} y how far the hairline reaches
 * @property {string} label what is read, to a screen reader
 * @property {(place: number) => { title: string, details: Line[] }} told
 * @property {(place: number) => void} [select] by a click or Enter
 */
import { svg } from "../../vendor/lit.js";
import { tip } from "../tooltip.js";

/** Pixels around the places in which the pointer still reads them. */
const AROUND = 5;

/** Put it last in the drawing, over all else. @param {Reading} options */
export function reading(options) {
  const { count, x, y, label } = options;
  const [top, bottom] = y;
  return svg`
    <g class="reading" role="application" aria-roledescription="chart" aria-label=${label} tabindex="0"
      @pointermove=${(/** @type {PointerEvent} */ event) => follow(event, options)}
      @pointerleave=${leave} @blur=${leave}
      @click=${(/** @type {PointerEvent} */ event) => options.select?.(follow(event, options))}
      @keydown=${(/** @type {KeyboardEvent} */ event) => walk(event, options)}>
      <rect class="hit" x=${x(0) - AROUND} y=${top - AROUND} width=${x(count - 1) - x(0) + 2 * AROUND}
        height=${bottom - top + 2 * AROUND} />
      <line class="hairline" y1=${top} y2=${bottom} />
    </g>`;
}

/**
 * @param {PointerEvent} event
 * @param {Reading} options
 */
function follow(event, options) {
  const { count, x } = options;
  const group = /** @type {SVGGElement} */ (event.currentTarget);
  const here = new DOMPoint(event.clientX, event.clientY).matrixTransform(group.getScreenCTM()?.inverse());
  const share = (here.x - x(0)) / (x(count - 1) - x(0) || 1);
  const place = Math.max(0, Math.min(count - 1, Math.round(share * (count - 1))));
  const { title, details } = options.told(place);
  mark(group, place, options);
  tip.show(event.clientX, event.clientY, title, details);
  return place;
}

/**
 * @param {KeyboardEvent} event
 * @param {Reading} options
 */
function walk(event, options) {
  const { count, x, y, told, select } = options;
  const group = /** @type {SVGGElement} */ (event.currentTarget);
  const from = Number(group.dataset.at ?? -1);
  if (event.key === "Enter" && from >= 0) select?.(from);
  const to = { ArrowRight: from + 1, ArrowLeft: from - 1, Home: 0, End: count - 1 }[event.key];
  if (to === undefined) return;
  event.preventDefault();
  const place = Math.max(0, Math.min(count - 1, to));
  const { title, details } = told(place);
  const there = new DOMPoint(x(place), y[0]).matrixTransform(group.getScreenCTM() ?? undefined);
  mark(group, place, options);
  tip.show(there.x, there.y, title, details);
}

/**
 * The one thing that hover changes: no template knows of it.
 * @param {SVGGElement} group
 * @param {number} place
 * @param {Reading} options
 */
function mark(group, place, { x }) {
  group.dataset.at = String(place);
  group.querySelector(".hairline")?.setAttribute("transform", `translate(${x(place)},0)`);
}

/** @param {Event} event */
function leave(event) {
  delete (/** @type {SVGGElement} */ (event.currentTarget).dataset.at);
  tip.hide();
}
