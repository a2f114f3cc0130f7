// @ts-check
/**
 * The axes of what is drawn in SVG: ticks of a d3 scale, with their numbers and a title with its unit.
 *
 * @typedef {object} Scale what of a d3 scale an axis reads
 * @property {(count?: number) => number[]} ticks
 * @property {(count?: number) => (value: number) => string} [tickFormat]
 * @property {() => number[]} range
 */
import { nothing, svg } from "../../vendor/lit.js";

/**
 * Along the bottom, or with `grid` up through the picture.
 * @param {object} options
 * @param {Scale & ((value: number) => number)} options.scale
 * @param {number} options.y of the axis, in pixels
 * @param {number} [options.grid] how far its lines reach up
 * @param {number} [options.count] of ticks, about
 * @param {number[]} [options.values] the ticks, where the scale's own do not suit
 * @param {(value: number) => string} [options.format]
 * @param {string} [options.title] with its unit
 */
export function bottomAxis({ scale, y, grid = 0, count = 5, values, format = formatOf(scale, count), title }) {
  const [from, to] = ends(scale);
  return svg`
    <g class="axis" aria-hidden="true">
      ${(values ?? scale.ticks(count)).map(
        (value) => svg`
          <line class=${value === 0 ? "zero" : "hair"} x1=${scale(value)} x2=${scale(value)} y1=${y - grid}
            y2=${y + 4} />
          <text class="dim" x=${scale(value)} y=${y + 16} text-anchor="middle">${format(value)}</text>`,
      )}
      ${title ? svg`<text class="dim" x=${(from + to) / 2} y=${y + 32} text-anchor="middle">${title}</text>` : nothing}
    </g>`;
}

/**
 * Along the top, its lines reaching down through the picture.
 * @param {object} options
 * @param {Scale & ((value: number) => number)} options.scale
 * @param {number} options.y of the axis, in pixels
 * @param {number} [options.grid] how far its lines reach down
 * @param {number} [options.count]
 * @param {number[]} [options.values]
 * @param {(value: number) => string} [options.format]
 */
export function topAxis({ scale, y, grid = 0, count = 5, values, format = formatOf(scale, count) }) {
  return svg`
    <g class="axis" aria-hidden="true">
      ${(values ?? scale.ticks(count)).map(
        (value) => svg`
          <line class=${value === 0 ? "zero" : "hair"} x1=${scale(value)} x2=${scale(value)} y1=${y - 4}
            y2=${y + grid} />
          <text class="dim" x=${scale(value)} y=${y - 9} text-anchor="middle">${format(value)}</text>`,
      )}
    </g>`;
}

/**
 * Along the left side.
 * @param {object} options
 * @param {Scale & ((value: number) => number)} options.scale
 * @param {number} options.x of the axis, in pixels
 * @param {number} [options.grid] how far its lines reach to the right
 * @param {number} [options.count]
 * @param {number[]} [options.values]
 * @param {(value: number) => string} [options.format]
 * @param {string} [options.title] above the axis, with its unit
 */
export function leftAxis({ scale, x, grid = 0, count = 5, values, format = formatOf(scale, count), title }) {
  const top = Math.min(...ends(scale));
  return svg`
    <g class="axis" aria-hidden="true">
      ${(values ?? scale.ticks(count)).map(
        (value) => svg`
          <line class=${value === 0 ? "zero" : "hair"} x1=${x - 4} x2=${x + grid} y1=${scale(value)}
            y2=${scale(value)} />
          <text class="dim" x=${x - 7} y=${scale(value) + 4} text-anchor="end">${format(value)}</text>`,
      )}
      ${title ? svg`<text class="dim" x=${x} y=${top - 10} text-anchor="start">${title}</text>` : nothing}
    </g>`;
}

/**
 * @param {Scale} scale
 * @param {number} count
 */
const formatOf = (scale, count) => scale.tickFormat?.(count) ?? String;

/** @param {Scale} scale */
function ends(scale) {
  const range = scale.range();
  return [range[0], range[range.length - 1]];
}
