// @ts-check
/**
 * Each neuron as a dot: how far its gate opens, what the other branch brings, and how much it writes. Below, how the
 * gates lie, and what the nonlinearity makes of them.
 *
 * @import { FeedForwardGates } from "../../../types/transformer"
 * @import { Mark } from "../../../kit/drawing/mark"
 *
 * @typedef {{ x: (neuron: number) => number, y: (neuron: number) => number, r: (neuron: number) => number }} Dots where
 *   each neuron lies, and its radius
 */

import { bar, dot, labels, line, text } from "../../../kit/drawing/marks.js";
import { items, picture } from "../../../kit/drawing/picture.js";
import { signed, whole } from "../../../kit/numbers/format.js";
import { tip } from "../../../kit/tooltip.js";
import { extent, max, range, scaleSqrt, tickStep } from "../../../vendor/d3.js";
import { html, ref, svg } from "../../../vendor/lit.js";
import { histogram } from "./histogram.js";
import { told } from "./told.js";

const MARGIN = { left: 44, right: 12, top: 24, bottom: 44 };
/** The radius of the strongest neuron, and the least one that is seen. */
const LARGEST = 12;
const SMALLEST = 1.1;
/** Small dots come in three sizes, one path each: the width of its line, and up to which radius. */
const SIZES = [
  { most: 2, width: 2.4 },
  { most: 4, width: 5 },
  { most: Number.POSITIVE_INFINITY, width: 9 },
];
/** So many are named beside their dots, and the chosen one; what its ring takes. */
const NAMED = 8;
const RING = 5;
/** Small grey dots may lie under a label, larger ones may not. */
const LARGE = 4;
/** How near the pointer has to come to a dot, in pixels. */
const REACH = 14;
/** Levels of the product on each side of nought, and a factor that it cannot be divided by. */
const LEVELS = 3;
const NOUGHT = 1e-6;
/** How near a level's name another mark may lie. */
const CLEAR = { x: 44, y: 20, zero: 12 };

/**
 * @param {FeedForwardGates} data
 * @param {{ width: number, chosen: number, there: FeedForwardGates | null, said: string,
 *   open: (neuron: number) => void }} options `said`: how the other run is called
 */
export function cloud(data, { width, chosen, there, said, open }) {
  const { gate_pre, gated, activation, hidden, lengths } = data;
  const heights = data.up?.a ?? hidden.a;
  const size = scaleSqrt([0, lengths.a[data.listed.a[0]] || 1], [0, LARGEST]);
  /** @type {Dots} */
  const dots = {
    x: (neuron) => gate_pre.a[neuron],
    y: (neuron) => heights[neuron],
    r: (neuron) => Math.max(SMALLEST, size(lengths.a[neuron])),
  };
  const listed = Array.from(data.listed.a);
  const all = Array.from(hidden.a.keys());
  const small = all.filter((neuron) => !listed.includes(neuron));
  const large = [...listed, ...small.filter((neuron) => dots.r(neuron) > LARGE)];
  const across = padded(gate_pre.a, 0.05);
  const up = padded(heights, 0.07);
  const tell = (/** @type {number} */ neuron) => ({
    title: `Neuron ${neuron}`,
    lines: told(data, neuron, there, said),
  });
  return html`
    ${picture({
      label:
        `${whole(all.length)} neurons: gate across, other branch up; ` +
        "arrow keys walk the strongest, Enter opens one",
      className: "cloud",
      width,
      height: Math.min(430, Math.max(270, width * 0.92)) + MARGIN.bottom,
      margin: MARGIN,
      x: across,
      y: up,
      bottom: { count: 6, grid: true, title: gated ? "gate" : `before ${activation}` },
      left: { count: 6, title: gated ? "other branch" : "activation" },
      marks: [
        bar({ x: [across[0], 0], y: up, color: "sunken", className: "closed" }),
        gated ? products(data, dots) : line({ ...curve(data), y: (_, at) => data.curve_y.a[at], color: "line2" }),
        grey(small, dots),
        nearest(all, dots, { tell, open }),
        items({
          data: listed,
          told: tell,
          press: open,
          chosen: (neuron) => neuron === chosen,
          key: (neuron) => neuron,
          marks: (neuron) =>
            dot({
              ...{ x: dots.x(neuron), y: dots.y(neuron), r: dots.r(neuron) },
              ...{ color: hidden.a[neuron] < 0 ? "neg" : "pos", className: "writer" },
            }),
        }),
        labels({
          data: new Set([chosen, ...listed.slice(0, NAMED)]),
          ...dots,
          r: (neuron) => dots.r(neuron) + (neuron === chosen ? RING : 0),
          text: String,
          className: "ink b haloed",
          clear: ({ x, y }) => large.map((each) => ({ x: x(dots.x(each)), y: y(dots.y(each)), r: dots.r(each) })),
          over: { left: -2, top: -16, bottom: -2 },
        }),
        ({ x, y }) =>
          svg`<circle class="chosen" cx=${x(dots.x(chosen))} cy=${y(dots.y(chosen))} r=${dots.r(chosen) + 3} />`,
        text({ x: across[0], y: up[1], dx: 6, dy: 9, text: "closed" }),
        text({ x: across[1], y: up[1], dx: -4, dy: 9, text: "open", anchor: "end" }),
      ],
    })}
    ${histogram(data, { width, across, margin: MARGIN })}`;
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
  return /** @type {const} */ ([from - air, to + air]);
}

/**
 * The neurons that are not among those that write most.
 * @param {number[]} neurons
 * @param {Dots} dots
 * @returns {Mark}
 */
const grey = (neurons, dots) => (plane) =>
  SIZES.map(({ most, width }, at) => {
    const least = SIZES[at - 1]?.most ?? 0;
    const path = neurons
      .filter((neuron) => dots.r(neuron) > least && dots.r(neuron) <= most)
      .map((neuron) => `M${plane.x(dots.x(neuron)).toFixed(1)} ${plane.y(dots.y(neuron)).toFixed(1)}h0`);
    return svg`<path class="others" d=${path.join("")} stroke-width=${width} />`;
  });

/**
 * What the pointer does beside the dots: the nearest is ringed, told and opened.
 * @param {number[]} neurons
 * @param {Dots} dots
 * @param {{ tell: (neuron: number) => { title: string, lines: [string, string, unknown?][] },
 *   open: (neuron: number) => void }} does
 * @returns {Mark}
 */
const nearest =
  (neurons, dots, { tell, open }) =>
  ({ x, y, left, right, top, bottom }) => {
    const near = (/** @type {MouseEvent} */ event) => {
      const box = /** @type {Element} */ (event.currentTarget).getBoundingClientRect();
      const [across, down] = [event.clientX - box.left + left, event.clientY - box.top + top];
      const away = (/** @type {number} */ each) => Math.hypot(x(dots.x(each)) - across, y(dots.y(each)) - down);
      const found = neurons.reduce((best, each) => (away(each) < away(best) ? each : best), neurons[0]);
      return away(found) < REACH ? found : null;
    };
    /** @type {Element | undefined} */
    let ring;
    const leave = () => {
      ring?.setAttribute("r", "0");
      tip.hide();
    };
    const hover = (/** @type {PointerEvent} */ event) => {
      const found = near(event);
      /** @type {Element} */ (event.currentTarget).classList.toggle("pressed", found !== null);
      if (found === null) return leave();
      const { title, lines } = tell(found);
      ring?.setAttribute("transform", `translate(${x(dots.x(found))} ${y(dots.y(found))})`);
      ring?.setAttribute("r", String(dots.r(found) + 2.5));
      tip.show(event.clientX, event.clientY, title, lines);
    };
    const press = (/** @type {MouseEvent} */ event) => {
      const found = near(event);
      if (found !== null) open(found);
    };
    return svg`
      <rect class="sweep" x=${left} y=${top} width=${right - left} height=${bottom - top} @pointermove=${hover}
        @pointerleave=${leave} @click=${press} />
      <circle class="pointed" r="0" ${ref((element) => {
        ring = element;
      })} />`;
  };

/** Places of the nonlinearity's curve. @param {FeedForwardGates} data */
export const curve = ({ curve_x }) => ({ data: curve_x.a, x: (/** @type {number} */ value) => value });

/**
 * Where gate times branch is the same: the product, drawn, with its levels named where nothing else lies.
 * @param {FeedForwardGates} data
 * @param {Dots} dots
 * @returns {Mark}
 */
const products =
  (data, dots) =>
  ({ x, y, right }) => {
    const { a: factor } = data.curve_y;
    const [[, end], [low, high]] = [x.domain(), y.domain()];
    const step = tickStep(0, max(data.listed.a, (neuron) => Math.abs(data.hidden.a[neuron])) ?? 1, LEVELS);
    const last = data.curve_x.a.findIndex((value) => value >= end * 0.985);
    const inside = (/** @type {number} */ value) => (value >= low && value <= high ? value : Number.NaN);
    return range(1, LEVELS + 1)
      .flatMap((times) => [times * step, -times * step])
      .flatMap((level) => {
        const height = level / (factor[last] || 1);
        const taken = Array.from(data.listed.a).some(
          (each) => x(dots.x(each)) > right - CLEAR.x && Math.abs(y(dots.y(each)) - y(height)) < CLEAR.y,
        );
        const clear = height >= low && height <= high && Math.abs(y(height) - y(0)) >= CLEAR.zero && !taken;
        return [
          line({
            data: data.curve_x.a,
            x: (value) => (value >= x.domain()[0] && value <= end ? value : Number.NaN),
            y: (_, at) => (Math.abs(factor[at]) > NOUGHT ? inside(level / factor[at]) : Number.NaN),
            ...{ color: "line2", stroke: 1, dash: "2 3" },
          }),
          clear &&
            text({
              ...{ x: end, y: height, dx: -2, dy: -7, anchor: "end", className: "dim" },
              text: signed(level, step < 1 ? 1 : 0),
            }),
        ];
      });
  };
