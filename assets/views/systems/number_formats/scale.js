// @ts-check
/**
 * The scale that all formats share: an axis with the handle, and a format's numbers as strokes on a line.
 *
 * @import { FormatGrid, NumberGrid } from "../../../types/systems"
 * @import { Scale as Axis } from "../../../kit/drawing/axis.js"
 *
 * @typedef {Axis & ((value: number) => number) & { domain: () => number[] }} Numbers
 * @typedef {{ x: Numbers, width: number, ticks: number[] }} Scale
 * @typedef {{ place: number, move: (at: number) => void }} Moving
 */

import { stepping } from "../../../kit/controls/roving.js";
import { topAxis } from "../../../kit/drawing/axis.js";
import { leastIndex, scaleLinear, scaleLog } from "../../../vendor/d3.js";
import { svg } from "../../../vendor/lit.js";
import { written } from "./numbers.js";

/** Half of the longest tick’s name, such as 1/1024. */
const EDGE = 20;
const AXIS = { height: 44, line: 24 };
const LINE = { height: 30, middle: 15, stroke: 7 };
const NARROW = 520;
/** A stroke that shows what lies closer than a pixel. */
const DENSE = "numbers closer than a pixel";

/**
 * @param {NumberGrid} data
 * @param {number} width
 * @returns {Scale}
 */
export function scaleOf({ reach, smallest, logarithmic }, width) {
  const range = [EDGE, width - EDGE];
  if (logarithmic) {
    const powers = [-10, -8, -6, -4, -2, -1, 0].map((power) => 2 ** power);
    return { x: scaleLog([smallest, reach], range), width, ticks: powers };
  }
  const x = scaleLinear([-reach, reach], range);
  return { x, width, ticks: x.ticks(width < NARROW ? 5 : 11) };
}

/**
 * The axis, and the handle on it that is dragged or moved by the arrow keys.
 * @param {NumberGrid} data
 * @param {Scale} scale
 * @param {Moving} moving
 */
export function handle(data, scale, { place, move }) {
  const numbers = data.numbers.a;
  const here = scale.x(numbers[place]);
  return svg`
    <svg class="fig scale" viewBox="0 0 ${scale.width} ${AXIS.height}" width=${scale.width} height=${AXIS.height}
      @pointerdown=${drag(data, scale, move)}>
      ${topAxis({
        scale: scale.x,
        y: AXIS.line,
        grid: 4,
        values: scale.ticks,
        format: (tick) => named(tick, data.logarithmic),
      })}
      <line class="rail" x1=${EDGE} x2=${scale.width - EDGE} y1=${AXIS.line} y2=${AXIS.line} />
      <line class="number" x1=${here} x2=${here} y1=${AXIS.line} y2=${AXIS.height} />
      <circle class="handle" cx=${here} cy=${AXIS.line} r="8" tabindex="0" role="slider" aria-label="The number"
        aria-valuemin=${numbers[0]} aria-valuemax=${numbers[numbers.length - 1]} aria-valuenow=${numbers[place]}
        aria-valuetext=${written(numbers[place])}
        @keydown=${stepping({ at: place, count: numbers.length, choose: move })} />
    </svg>`;
}

/** @param {number} tick @param {boolean} logarithmic */
const named = (tick, logarithmic) =>
  logarithmic && tick < 1 ? `1/${Math.round(1 / tick)}` : String(tick).replace("-", "−");

/**
 * A format's numbers, the dragged one, and where it falls.
 * @param {NumberGrid} data
 * @param {FormatGrid} format
 * @param {Scale} scale
 * @param {Moving} moving
 */
export function formatLine(data, format, scale, { place, move }) {
  const { x, width } = scale;
  const [least, most] = x.domain();
  const held = (/** @type {number} */ value) => x(Math.max(least, Math.min(most, value)));
  const here = x(data.numbers.a[place]);
  const value = format.values.a[place];
  const there = held(value);
  const inside = value >= least && value <= most;
  const lands = `${written(data.numbers.a[place])} becomes ${written(value)}`;
  return svg`
    <svg class="fig line" viewBox="0 0 ${width} ${LINE.height}" width=${width} height=${LINE.height} role="img"
      aria-label="${format.title}: ${format.count} numbers; ${lands}"
      @pointerdown=${drag(data, scale, move)}>
      <rect class="hit" width=${width} height=${LINE.height} />
      <line class="rail" x1=${EDGE} x2=${width - EDGE} y1=${LINE.middle} y2=${LINE.middle} />
      ${format.levels.a.length ? svg`<path class="levels" d=${strokes(format.levels.a, scale)} />` : dense(width)}
      <line class="number" x1=${here} x2=${here} y1="0" y2=${LINE.height} />
      <line class="error" x1=${here} x2=${there} y1=${LINE.middle} y2=${LINE.middle} />
      ${inside ? svg`<circle class="lands" cx=${there} cy=${LINE.middle} r="5" />` : beyond(there, value < least)}
    </svg>`;
}

/** What falls outside the scale. @param {number} x @param {boolean} below */
const beyond = (x, below) =>
  svg`<path class="lands" d="M${x} ${LINE.middle - 6}l${below ? -7 : 7} 6l${below ? 7 : -7} 6z" />`;

/** @param {number} width */
const dense = (width) => svg`
  <rect class="dense" x=${EDGE} y=${LINE.middle - LINE.stroke} width=${width - 2 * EDGE} height=${2 * LINE.stroke}>
    <title>${DENSE}</title>
  </rect>`;

/**
 * @param {ArrayLike<number>} levels
 * @param {Scale} scale
 */
function strokes(levels, { x }) {
  const [least, most] = x.domain();
  return Array.from(levels)
    .filter((level) => level >= least && level <= most)
    .map((level) => `M${x(level).toFixed(1)} ${LINE.middle - LINE.stroke}v${2 * LINE.stroke}`)
    .join("");
}

/**
 * Follows the pointer until it is let go.
 * @param {NumberGrid} data
 * @param {Scale} scale
 * @param {(at: number) => void} move
 */
function drag({ numbers }, { x, width }, move) {
  return (/** @type {PointerEvent} */ event) => {
    const picture = /** @type {SVGSVGElement} */ (event.currentTarget);
    const follow = (/** @type {PointerEvent} */ { clientX }) => {
      const box = picture.getBoundingClientRect();
      const pointed = ((clientX - box.left) / box.width) * width;
      move(leastIndex(numbers.a, (number) => Math.abs(x(number) - pointed)) ?? 0);
    };
    const end = new AbortController();
    picture.setPointerCapture(event.pointerId);
    picture.addEventListener("pointermove", follow, { signal: end.signal });
    for (const over of ["pointerup", "pointercancel"])
      picture.addEventListener(over, () => end.abort(), { signal: end.signal });
    follow(event);
  };
}
