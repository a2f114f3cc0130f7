// @ts-check
/**
 * Long rows of numbers as stripes under one another, a colour a number. One place can be pointed at in all of them.
 *
 * @import { Shade } from "../colour/shade"
 * @import { Line } from "../tooltip"
 *
 * @typedef {object} Stripe
 * @property {string} name
 * @property {string} note at its right end
 * @property {ArrayLike<number>} values
 * @property {Shade} shade
 *
 * @typedef {object} Options
 * @property {Stripe[]} stripes
 * @property {number} width in pixels
 * @property {string} label what they show, to a screen reader
 * @property {(at: number) => { title: string, details: Line[] }} told for the tooltip
 * @property {number | null | undefined} chosen
 * @property {(at: number | null) => void} choose a place, or none
 */
import { html, nothing, ref, styleMap } from "../../vendor/lit.js";
import { diverging } from "../colour/ramp.js";
import { shadeShare } from "../colour/shade.js";
import { tip } from "../tooltip.js";
import { paint } from "./canvas.js";

const NAMES = 106;
const NOTES = 166;
const GAP = 12;
/** Below this width names and notes stand above their stripes. */
const NARROW = 620;
const HEIGHT = 26;
const FAR = 32;

/** @param {Options} options */
export function stripes(options) {
  const { stripes, width, label, chosen } = options;
  const narrow = width < NARROW;
  const room = narrow ? width : width - NAMES - NOTES - 2 * GAP;
  const count = stripes[0].values.length;
  const place = { count, room, left: narrow ? 0 : NAMES + GAP };
  const leave = (/** @type {Event} */ event) => pointAt(/** @type {HTMLElement} */ (event.currentTarget), null, place);
  return html`
    <div class="stripes-of-numbers ${narrow ? "narrow" : ""}" role="application" tabindex="0"
      aria-label="${label}; left and right walk the dimensions" style=${styleMap({ width: `${width}px` })}
      @pointermove=${(/** @type {PointerEvent} */ event) => hover(event, place, options)} @pointerleave=${leave}
      @blur=${leave} @click=${(/** @type {MouseEvent} */ event) => press(event, place, options)}
      @keydown=${(/** @type {KeyboardEvent} */ event) => walk(event, count, options)}>
      ${stripes.map((stripe) => drawnStripe(stripe, room))}
      <i class="hair" hidden></i>
      ${
        chosen == null
          ? nothing
          : html`<i class="hair chosen" style=${styleMap({ left: `${placeOf(chosen, place)}px` })}></i>`
      }
    </div>`;
}

/**
 * @param {Stripe} stripe
 * @param {number} room
 */
function drawnStripe({ name, note, values, shade }, room) {
  const columns = Math.min(values.length, Math.max(1, Math.floor(room)));
  /** @type {ReturnType<typeof diverging> | undefined} */
  let ramp;
  const options = {
    rows: 1,
    columns,
    width: room,
    height: HEIGHT,
    colour(/** @type {number} */ _row, /** @type {number} */ column) {
      ramp ??= diverging();
      return ramp(farthest(column, columns, values, shade));
    },
    of: [values, shade.centre, shade.reach],
    pixels: true,
  };
  return html`
    <div class="stripe">
      <span class="name">${name}</span>
      <canvas aria-hidden="true" style=${styleMap({ width: `${room}px`, height: `${HEIGHT}px` })}
        ${ref((canvas) => canvas && paint(/** @type {HTMLCanvasElement} */ (canvas), options))}></canvas>
      <span class="note">${note}</span>
    </div>`;
}

/**
 * Where numbers share a pixel it shows the one farthest from the centre: none is left out.
 * @param {number} column
 * @param {number} columns
 * @param {ArrayLike<number>} values
 * @param {Shade} shade
 */
function farthest(column, columns, values, shade) {
  const [from, to] = [column, column + 1].map((each) => Math.floor((each * values.length) / columns));
  let found = 0;
  for (let at = from; at < to; at++) {
    const share = shadeShare(values[at], shade);
    if (Math.abs(share) > Math.abs(found)) found = share;
  }
  return found;
}

/** @typedef {{ count: number, room: number, left: number }} Place */

/** Pixels from the left. @param {number} at @param {Place} place */
const placeOf = (at, { count, room, left }) => left + ((at + 0.5) / count) * room;

/**
 * @param {MouseEvent} event
 * @param {Place} place
 */
function under(event, { count, room, left }) {
  const box = /** @type {Element} */ (event.currentTarget).getBoundingClientRect();
  const at = Math.floor(((event.clientX - box.left - left) / room) * count);
  return at >= 0 && at < count ? at : null;
}

/**
 * The line through all stripes; it is no part of what is drawn again.
 * @param {HTMLElement} list
 * @param {number | null} at
 * @param {Place} place
 */
function pointAt(list, at, place) {
  const hair = /** @type {HTMLElement} */ (list.querySelector(".hair:not(.chosen)"));
  hair.hidden = at === null;
  if (at === null) tip.hide();
  else hair.style.left = `${placeOf(at, place)}px`;
}

/**
 * @param {PointerEvent} event
 * @param {Place} place
 * @param {Options} options
 */
function hover(event, place, { told }) {
  const at = under(event, place);
  pointAt(/** @type {HTMLElement} */ (event.currentTarget), at, place);
  if (at === null) return;
  const { title, details } = told(at);
  tip.show(event.clientX, event.clientY, title, details);
}

/**
 * @param {MouseEvent} event
 * @param {Place} place
 * @param {Options} options
 */
function press(event, place, { chosen, choose }) {
  const at = under(event, place);
  if (at !== null) choose(at === chosen ? null : at);
}

/**
 * @param {KeyboardEvent} event
 * @param {number} count
 * @param {Options} options
 */
function walk(event, count, { chosen, choose }) {
  if (event.key === "Escape" && chosen != null) choose(null);
  const steps = { ArrowRight: 1, ArrowLeft: -1, PageDown: FAR, PageUp: -FAR, Home: -count, End: count };
  const step = steps[/** @type {keyof typeof steps} */ (event.key)];
  if (!step) return;
  event.preventDefault();
  const first = step === count ? count - 1 : 0;
  choose(chosen == null ? first : Math.max(0, Math.min(count - 1, chosen + step)));
}
