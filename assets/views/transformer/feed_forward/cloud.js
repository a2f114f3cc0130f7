// @ts-check
/**
 * Each neuron as a dot: how far its gate opens, what the other branch brings, and how much it writes. Below, how the
 * gates lie, and what the nonlinearity makes of them.
 *
 * @import { FeedForwardGates } from "../../../types"
 *
 * @typedef {object} Frame
 * @property {number} width
 * @property {number} left
 * @property {number} right
 * @property {number} top
 * @property {number} bottom
 * @property {number} end of the whole picture, histogram and all
 * @property {(value: number) => number} x
 * @property {(value: number) => number} y
 * @property {ScaleLinear} across
 * @property {ScaleLinear} up
 * @property {ArrayLike<number>} heights what is drawn upward
 * @property {(neuron: number) => number} radius
 *
 * @import { ScaleLinear as Linear } from "d3-scale"
 * @typedef {Linear<number, number>} ScaleLinear
 *
 * @typedef {{ width: number, chosen: number, beside: string, open: (neuron: number) => void }} Options
 */
import { bottomAxis, leftAxis } from "../../../kit/axis.js";
import { whole } from "../../../kit/format.js";
import { rove } from "../../../kit/roving.js";
import { extent, scaleLinear, scaleSqrt } from "../../../vendor/d3.js";
import { html, ref, svg } from "../../../vendor/lit.js";
import { hideRing, hover, leave, nearestNeuron } from "./cloud_pointer.js";
import { curves } from "./curves.js";
import { histogram } from "./histogram.js";
import { writers } from "./writers.js";

const LEFT = 44;
const RIGHT = 12;
const TOP = 24;
/** Below the cloud: numbers of the axis and its title. */
const AXIS = 44;
const HISTOGRAM = 96;
/** The radius of the strongest neuron, and the least one that is seen. */
const LARGEST = 12;
const SMALLEST = 1.1;

/**
 * @param {FeedForwardGates} data
 * @param {Options} options
 */
export function cloud(data, { width, chosen, beside, open }) {
  const frame = frameOf(data, width);
  const { across, up, left, right, top, bottom, end, x, y } = frame;
  const near = (/** @type {MouseEvent} */ event) => nearestNeuron(event, data, frame);
  const press = (/** @type {number} */ neuron) => neuron >= 0 && open(neuron);
  const named = `${whole(data.hidden.a.length)} neurons: gate across, other branch up`;
  return html`
    <svg class="fig cloud" preserveAspectRatio="xMinYMin" viewBox="0 0 ${width} ${end}" height=${end} role="group"
      data-rove aria-label="${named}; arrow keys walk the strongest, Enter opens one"
      @keydown=${rove} @pointermove=${(/** @type {PointerEvent} */ event) =>
        hover(event, near(event), { data, frame, beside })}
      @pointerleave=${leave} @click=${(/** @type {MouseEvent} */ event) => press(near(event))} ${ref(hideRing)}>
      <rect class="closed" x=${left} y=${top} width=${Math.max(0, x(0) - left)} height=${bottom - top} />
      ${bottomAxis({
        scale: across,
        y: bottom,
        grid: bottom - top,
        count: 6,
        title: data.gated ? "gate" : `before ${data.activation}`,
      })}
      ${leftAxis({
        scale: up,
        x: left,
        grid: right - left,
        count: 6,
        title: data.gated ? "other branch" : "activation",
      })}
      ${curves(data, frame)} ${others(data, frame)} ${writers(data, frame, { chosen, beside, open })}
      <circle class="chosen" cx=${x(data.gate_pre.a[chosen])} cy=${y(frame.heights[chosen])}
        r=${frame.radius(chosen) + 3} />
      <circle class="pointed" r="0" />
      <text x=${left + 6} y=${top + 13}>closed</text>
      <text x=${right - 4} y=${top + 13} text-anchor="end">open</text>
      ${histogram(data, frame, HISTOGRAM)}
    </svg>`;
}

/**
 * @param {FeedForwardGates} data
 * @param {number} width
 * @returns {Frame}
 */
function frameOf(data, width) {
  const bottom = Math.min(430, Math.max(270, width * 0.92));
  const heights = data.up?.a ?? data.hidden.a;
  const across = scaleLinear(padded(data.gate_pre.a, 0.05), [LEFT, width - RIGHT]);
  const up = scaleLinear(padded(heights, 0.07), [bottom, TOP]);
  const size = scaleSqrt([0, data.lengths.a[data.listed.a[0]] || 1], [0, LARGEST]);
  return {
    width,
    left: LEFT,
    right: width - RIGHT,
    top: TOP,
    bottom,
    end: bottom + AXIS + HISTOGRAM,
    x: (value) => Math.round(10 * across(value)) / 10,
    y: (value) => Math.round(10 * up(value)) / 10,
    across,
    up,
    heights,
    radius: (neuron) => Math.max(SMALLEST, size(data.lengths.a[neuron])),
  };
}

/**
 * From the least to the largest value and nought, with some air.
 * @param {Float32Array} values
 * @param {number} share
 */
function padded(values, share) {
  const [low = 0, high = 0] = extent(values);
  const [from, to] = [Math.min(0, low), Math.max(0, high)];
  const air = share * (to - from || 1);
  return [from - air, to + air];
}

/** Small dots come in three sizes, one path each: the width of its line, and up to which radius. */
const SIZES = [
  { most: 2, width: 2.4 },
  { most: 4, width: 5 },
  { most: Number.POSITIVE_INFINITY, width: 9 },
];

/**
 * The neurons that are not among those that write most.
 * @param {FeedForwardGates} data
 * @param {Frame} frame
 */
function others({ gate_pre, listed }, { x, y, heights, radius }) {
  const written = new Set(listed.a);
  const paths = SIZES.map(() => "");
  gate_pre.a.forEach((gate, neuron) => {
    if (written.has(neuron)) return;
    const size = SIZES.findIndex(({ most }) => radius(neuron) <= most);
    paths[size] += `M${x(gate)} ${y(heights[neuron])}h0`;
  });
  return paths.map((path, size) => svg`<path class="others" d=${path} stroke-width=${SIZES[size].width} />`);
}
