// @ts-check
/**
 * The neurons that write most, as dots with their sign, and the numbers of the first of them clear of all dots.
 *
 * @import { FeedForwardGates } from "../../../types"
 * @import { Frame } from "./cloud.js"
 */
import { placeLabels } from "../../../kit/labels.js";
import { textWidth } from "../../../kit/measure.js";
import { pressing } from "../../../kit/roving.js";
import { tooltip } from "../../../kit/tooltip.js";
import { nothing, svg } from "../../../vendor/lit.js";
import { told } from "./told.js";

/** So many are named beside their dots, and the chosen one. */
const NAMED = 8;
const LINE = 13;
const BOLD = 1.1;
/** What the ring of the chosen one takes. */
const RING = 5;
/** Small grey dots may lie under a label, larger ones may not. */
const LARGE = 4;

/**
 * @param {FeedForwardGates} data
 * @param {Frame} frame
 * @param {{ chosen: number, beside: string, open: (neuron: number) => void }} options
 */
export function writers(data, frame, { chosen, beside, open }) {
  const listed = Array.from(data.listed.a);
  const focused = Math.max(0, listed.indexOf(chosen));
  return svg`
    ${listed.map((neuron, at) =>
      dot(data, frame, { neuron, on: neuron === chosen, focused: at === focused, beside, open }),
    )}
    ${names(data, frame, chosen)}`;
}

/**
 * @param {FeedForwardGates} data
 * @param {Frame} frame
 * @param {{ neuron: number, on: boolean, focused: boolean, beside: string, open: (neuron: number) => void }} place
 */
function dot(data, { x, y, heights, radius }, { neuron, on, focused, beside, open }) {
  const lines = told(data, neuron, beside);
  const tip = tooltip(`Neuron ${neuron}`, lines);
  return svg`
    <circle class="writer ${data.hidden.a[neuron] < 0 ? "negative" : "positive"}" data-neuron=${neuron} role="button"
            tabindex=${focused ? 0 : -1} aria-pressed=${on}
            aria-label="Neuron ${neuron}: ${lines.map((line) => line.join(" ")).join(", ")}"
            cx=${x(data.gate_pre.a[neuron])} cy=${y(heights[neuron])} r=${radius(neuron)}
            @keydown=${pressing(() => open(neuron))} @focus=${tip.beside} @blur=${tip.hide} />`;
}

/**
 * @param {FeedForwardGates} data
 * @param {Frame} frame
 * @param {number} chosen
 */
function names(data, frame, chosen) {
  const named = [...new Set([chosen, ...data.listed.a.subarray(0, NAMED)])];
  const circle = (/** @type {number} */ neuron) => ({
    x: frame.x(data.gate_pre.a[neuron]),
    y: frame.y(frame.heights[neuron]),
    r: frame.radius(neuron) + (neuron === chosen ? RING : 0),
  });
  const labels = named.map((neuron) => ({ ...circle(neuron), width: BOLD * textWidth(String(neuron)), height: LINE }));
  const listed = new Set(data.listed.a);
  const large = Array.from(data.hidden.a.keys()).filter((neuron) => listed.has(neuron) || frame.radius(neuron) > LARGE);
  const { left, right, top, bottom } = frame;
  const bounds = { left: left + 2, right, top: top + 16, bottom: bottom - 2 };
  return placeLabels({ labels, circles: large.map(circle), bounds }).map((place, at) =>
    place ? nameAt(named[at], place, labels[at]) : nothing,
  );
}

/**
 * @param {number} neuron
 * @param {{ x: number, y: number, away: boolean }} place
 * @param {{ x: number, y: number, r: number, width: number, height: number }} mark
 */
function nameAt(neuron, place, mark) {
  return svg`
    ${place.away ? leader(place, mark) : nothing}
    <text class="ink b neuron" x=${place.x} y=${place.y + 4} text-anchor="middle">${neuron}</text>`;
}

/**
 * A line from the dot's edge to the label's.
 * @param {{ x: number, y: number }} place
 * @param {{ x: number, y: number, r: number, width: number, height: number }} mark
 */
function leader({ x, y }, { x: fromX, y: fromY, r, width, height }) {
  const [dx, dy] = [x - fromX, y - fromY];
  const length = Math.hypot(dx, dy) || 1;
  const edge = Math.min(width / 2 / Math.abs(dx / length || 1e-9), height / 2 / Math.abs(dy / length || 1e-9));
  const [start, end] = [r / length, 1 - edge / length];
  return svg`<line class="leader" x1=${fromX + start * dx} y1=${fromY + start * dy} x2=${fromX + end * dx}
    y2=${fromY + end * dy} />`;
}
