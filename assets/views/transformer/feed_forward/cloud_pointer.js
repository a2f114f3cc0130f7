// @ts-check
/**
 * What the pointer does on the cloud of neurons: the nearest is ringed and told.
 *
 * @import { FeedForwardGates } from "../../../types"
 * @import { Frame } from "./cloud.js"
 */
import { tip } from "../../../kit/tooltip.js";
import { told } from "./told.js";

/** How near the pointer has to come to a dot, in pixels; one of those that write most reaches further. */
const REACH = 14;
const PULL = 30;

/**
 * @param {MouseEvent} event
 * @param {FeedForwardGates} data
 * @param {Frame} frame
 */
export function nearestNeuron(event, { gate_pre, listed }, { x, y, heights, bottom }) {
  const box = /** @type {Element} */ (event.currentTarget).getBoundingClientRect();
  const [left, top] = [event.clientX - box.left, event.clientY - box.top];
  if (top > bottom) return -1;
  const written = new Set(listed.a);
  let best = -1;
  let least = REACH ** 2;
  gate_pre.a.forEach((gate, neuron) => {
    const distance = (x(gate) - left) ** 2 + (y(heights[neuron]) - top) ** 2 - (written.has(neuron) ? PULL : 0);
    if (distance < least) [least, best] = [distance, neuron];
  });
  return best;
}

/**
 * @param {PointerEvent} event
 * @param {number} neuron
 * @param {{ data: FeedForwardGates, frame: Frame, beside: string }} picture
 */
export function hover(event, neuron, { data, frame, beside }) {
  const { x, y, heights, radius } = frame;
  const picture = /** @type {SVGElement} */ (event.currentTarget);
  picture.classList.toggle("over", neuron >= 0);
  if (neuron < 0) {
    hideRing(picture);
    return tip.hide();
  }
  const ring = picture.querySelector(".pointed");
  ring?.setAttribute("cx", String(x(data.gate_pre.a[neuron])));
  ring?.setAttribute("cy", String(y(heights[neuron])));
  ring?.setAttribute("r", String(radius(neuron) + 2.5));
  tip.show(event.clientX, event.clientY, `Neuron ${neuron}`, told(data, neuron, beside));
}

/** @param {PointerEvent} event */
export function leave(event) {
  tip.hide();
  hideRing(/** @type {Element} */ (event.currentTarget));
}

/** @param {Element | undefined} picture */
export function hideRing(picture) {
  picture?.querySelector(".pointed")?.setAttribute("r", "0");
}
