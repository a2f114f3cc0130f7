// @ts-check
/**
 * Errors by bits on logarithmic scales: real weights, normal numbers, the front and Shannon's bound, labels clear of
 * all.
 *
 * @import { ErrorsByBits, FormatPoint } from "../../../types"
 * @import { ViewContext } from "../../../kit/view"
 */
import { bottomAxis, leftAxis } from "../../../kit/axis.js";
import { decimal } from "../../../kit/format.js";
import { placeLabels } from "../../../kit/labels.js";
import { textWidth } from "../../../kit/measure.js";
import { brief } from "../../../kit/misfits.js";
import { pressing, rove } from "../../../kit/roving.js";
import { tooltip } from "../../../kit/tooltip.js";
import { scaleLog } from "../../../vendor/d3.js";
import { nothing, svg } from "../../../vendor/lit.js";
import { diamond } from "./front_beside.js";
import { evenTicks, LEAST, ownShown, PARTS, reachOf, WHOLE } from "./front_part.js";
import { fine } from "./numbers.js";

const HEIGHT = 520;
const FRAME = { left: 58, right: 14, top: 26, bottom: 44 };
const RADIUS = 5;
const LINE = 13;
const BOLD = 1.08;
/** Bits at which the bound has its name. */
const BOUND_NAMED = 10;
/** Pixels between places of the front that labels keep clear of. */
const CLEAR = 7;

/**
 * @param {ErrorsByBits} data
 * @param {ViewContext} ctx
 */
export function errorsByBits({ points, base }, ctx) {
  const { left, right, top, bottom } = FRAME;
  const { bits, ticks } = PARTS[String(ctx.controls.part)];
  const shown = points
    .filter(
      (point) => point.bits !== null && point.bits >= bits[0] && point.bits <= bits[1] && (ownShown(ctx) || !point.own),
    )
    .sort((a, b) => Number(a.bits) - Number(b.bits));
  const errors = ticks ? WHOLE.errors : reachOf(shown);
  const x = scaleLog(bits, [left, ctx.width - right]);
  const y = scaleLog(errors, [HEIGHT - bottom, top]);
  const at = (/** @type {number | null} */ error) => y(Math.max(errors[0], error ?? 0));
  const chosen = shown.find(({ name }) => name === ctx.controls.format);
  const place = { x: (/** @type {FormatPoint} */ { bits }) => x(bits ?? 1), y: at };
  return svg`
    <svg class="fig front" viewBox="0 0 ${ctx.width} ${HEIGHT}" width=${ctx.width} height=${HEIGHT} role="group"
      data-rove @keydown=${rove}
      aria-label="Relative error of each format against its bits per weight; arrow keys walk the formats">
      ${bottomAxis({
        scale: x,
        y: HEIGHT - bottom,
        grid: HEIGHT - bottom - top,
        values: ticks ?? evenTicks(bits),
        format: String,
        title: "bits per weight, with scales; log scale",
      })}
      ${leftAxis({
        scale: y,
        x: left,
        grid: ctx.width - left - right,
        values: ticks ? WHOLE.ticks : evenTicks(errors),
        format: (error) => `${+(100 * error).toPrecision(3)} %`,
        title: "error ÷ root mean square of the weights; log scale",
      })}
      ${ticks ? bound(x, y) : nothing}
      <path class="best" d=${front(shown, place)} />
      ${shown.map(
        (point) => svg`<circle class="normal" cx=${place.x(point)} cy=${at(point.normal)} r=${RADIUS - 1} />`,
      )}
      ${shown.map((point) => diamond(base?.real[points.indexOf(point)], { x: place.x(point), y }))}
      ${names(shown, place, ctx, chosen)}
      ${shown.map((point, index) =>
        dot(point, place, { on: point === chosen, focused: chosen ? point === chosen : index === 0, ctx }),
      )}
    </svg>`;
}

/**
 * @typedef {{ x: (point: FormatPoint) => number, y: (error: number | null) => number }} Places
 * @param {FormatPoint[]} shown by bits
 * @param {Places} place
 */
const front = (shown, { x, y }) =>
  shown
    .filter(({ best }) => best)
    .map((point, index) => `${index ? "L" : "M"}${x(point)} ${y(point.real)}`)
    .join("");

/**
 * The least error that any code of so many bits has on normal numbers.
 * @param {(bits: number) => number} x
 * @param {(error: number) => number} y
 */
function bound(x, y) {
  const [least, most] = [PARTS.all.bits[0], -Math.log2(LEAST)];
  const steps = Array.from({ length: 41 }, (_, at) => least + ((most - least) * at) / 40);
  const path = steps.map((bits, at) => `${at ? "L" : "M"}${x(bits)} ${y(2 ** -bits)}`).join("");
  return svg`
    <path class="bound" d=${path} />
    <text class="dim" x=${x(BOUND_NAMED) - 8} y=${y(2 ** -BOUND_NAMED) + 4}
      text-anchor="end">Shannon’s bound, 2^−bits</text>`;
}

/**
 * @param {FormatPoint} point
 * @param {Places} place
 * @param {{ on: boolean, focused: boolean, ctx: ViewContext }} state
 */
function dot(point, { x, y }, { on, focused, ctx }) {
  /** @type {[string, string][]} */
  const lines = [
    ["bits per weight", decimal(point.bits ?? 0, 3)],
    ["error on these weights", fine(point.real ?? 0)],
    ["on normal numbers", fine(point.normal ?? 0)],
  ];
  const tip = tooltip(point.title, lines);
  const choose = () => ctx.control("format", point.name);
  return svg`
    <circle class="real ${on ? "on" : ""} ${point.best ? "of-front" : ""}" data-format=${point.name} role="button"
      aria-pressed=${on}
      tabindex=${focused ? 0 : -1} aria-label="${point.title}: ${lines.map((line) => line.join(" ")).join(", ")}"
      cx=${x(point)} cy=${y(point.real)} r=${RADIUS} @click=${choose} @keydown=${pressing(choose)}
      @pointermove=${tip.show} @pointerleave=${tip.hide} @focus=${tip.beside} @blur=${tip.hide} />`;
}

/**
 * The chosen format's name first, then those on the front, then the rest, where they have room.
 * @param {FormatPoint[]} shown
 * @param {Places} place
 * @param {ViewContext} ctx
 * @param {FormatPoint | undefined} chosen
 */
function names(shown, { x, y }, ctx, chosen) {
  const rank = (/** @type {FormatPoint} */ point) => (point === chosen ? 0 : point.best ? 1 : 2);
  const named = [...shown].sort((a, b) => rank(a) - rank(b));
  const circle = (/** @type {FormatPoint} */ point) => ({ x: x(point), y: y(point.real), r: RADIUS });
  const faint = shown.map((point) => ({ x: x(point), y: y(point.normal), r: RADIUS - 2 }));
  const labels = named.map((point) => ({
    ...circle(point),
    width: BOLD * textWidth(brief(point.title)),
    height: LINE,
  }));
  const { left, right, top, bottom } = FRAME;
  const bounds = { left: left + 2, right: ctx.width - right, top: top - 4, bottom: HEIGHT - bottom - 2 };
  const circles = [...shown.map(circle), ...faint, ...along(shown.filter(({ best }) => best).map(circle))];
  return placeLabels({ labels, circles, bounds }).map((place, at) => {
    if (!place) return nothing;
    const mark = named[at].best || named[at] === chosen ? "ink b" : "ink";
    return svg`
      ${place.away ? leader(place, labels[at]) : nothing}
      <text class="${mark} called" x=${place.x} y=${place.y + 4} text-anchor="middle">${brief(named[at].title)}</text>`;
  });
}

/**
 * Places along the lines from mark to mark.
 * @param {{ x: number, y: number }[]} marks
 */
const along = (marks) =>
  marks.slice(1).flatMap((to, at) => {
    const from = marks[at];
    const steps = Math.floor(Math.hypot(to.x - from.x, to.y - from.y) / CLEAR);
    return Array.from({ length: steps }, (_, step) => ({
      x: from.x + ((to.x - from.x) * step) / steps,
      y: from.y + ((to.y - from.y) * step) / steps,
      r: 0,
    }));
  });

/**
 * A line from the mark to the nearest side of its label.
 * @param {{ x: number, y: number }} place
 * @param {{ x: number, y: number, width: number, height: number }} mark
 */
function leader({ x, y }, { x: fromX, y: fromY, width, height }) {
  const inward = Math.min(width / 2 / Math.max(1, Math.abs(x - fromX)), height / 2 / Math.max(1, Math.abs(y - fromY)));
  return svg`<line class="leader" x1=${fromX} y1=${fromY} x2=${x + inward * (fromX - x)}
    y2=${y + inward * (fromY - y)} />`;
}
