// @ts-check
/**
 * What every pair adds to the score, side by side, within the most that it could; and their sum.
 *
 * @import { Clocks } from "./clocks.js"
 */
import { leftAxis } from "../../../kit/axis.js";
import { decimal, signed } from "../../../kit/format.js";
import { tooltip } from "../../../kit/tooltip.js";
import { max, scaleLinear } from "../../../vendor/d3.js";
import { nothing, svg } from "../../../vendor/lit.js";
import { shownPairs, sized } from "./clocks.js";
import { told } from "./turning.js";

const LEFT = 48;
const MIDDLE = 66;
const REACH = 50;
const HEIGHT = 150;
/** Pixels at the right for the sum, where there is room for it. */
const SUM = { from: 560, room: 104 };
/** Columns as wide as this have outlines and a gap between them. */
const ROOMY = 3;
/** Pixels that a number below takes. */
const NAME = 18;

/**
 * @typedef {Clocks & { before: ArrayLike<number> | null }} Pairs `before`: what each pair added in the unmodified run
 */

/** @param {Pairs} options */
export function pairs(options) {
  const { parts, turning, chosen, width, select } = options;
  const wide = hasSum(width);
  const right = width - (wide ? SUM.room : 6);
  const top = max(turning.most) || 1;
  const y = scaleLinear([-top, top], [MIDDLE + REACH, MIDDLE - REACH]);
  const column = (right - LEFT) / parts.length;
  const step = (/** @type {KeyboardEvent} */ event) => {
    const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!by) return;
    event.preventDefault();
    select(Math.min(parts.length - 1, Math.max(0, told(chosen) + by)));
  };
  return svg`
    <svg class="fig pairs" viewBox="0 0 ${width} ${HEIGHT}" height=${HEIGHT} role="application" tabindex="0"
      aria-label="What each of ${parts.length} pairs adds to q·k; left and right choose a pair" @keydown=${step}>
      ${leftAxis({
        scale: y,
        x: LEFT,
        grid: right - LEFT,
        values: [-top, 0, top],
        format: (value) => axisNumber(value, top),
      })}
      ${parts.map((_, pair) => pairBar(options, { pair, y, x: LEFT + pair * column, width: column }))}
      ${
        chosen.pair === null
          ? nothing
          : svg`<rect class="chosen" x=${LEFT + chosen.pair * column} y=${MIDDLE - REACH - 6} width=${column}
            height=${2 * REACH + 12} rx="2" />`
      }
      ${wide ? sum(options, right + 14) : nothing}
    </svg>`;
}

/** Whether the sum stands beside the pairs. @param {number} width */
export const hasSum = (width) => width >= SUM.from;

/**
 * @param {Pairs} options
 * @param {{ pair: number, x: number, y: (value: number) => number, width: number }} place
 */
function pairBar({ parts, turning, before, chosen, details, select }, { pair, x, y, width }) {
  const tip = tooltip(`Pair ${pair}`, details(pair));
  const gap = width > 5 ? 3 : width > ROOMY ? 1 : 0.2;
  const inner = { x: x + gap / 2, width: Math.max(0.6, width - gap) };
  const [part, most] = [parts[pair], turning.most[pair]];
  const every = [1, 2, 4, 8, 16, 32].find((count) => count * width >= NAME) ?? 64;
  const bold = shownPairs(parts.length, chosen).includes(pair);
  return svg`
    <g class="pair" @click=${() => select(pair)} @pointermove=${tip.show} @pointerleave=${tip.hide}>
      <rect class="hit" x=${x} y="0" width=${width} height=${HEIGHT} />
      ${
        width > ROOMY
          ? svg`<rect class="most" x=${inner.x} y=${y(most)} width=${inner.width}
            height=${Math.max(1, y(-most) - y(most))} rx="1" />`
          : nothing
      }
      <rect class=${part >= 0 ? "adds" : "takes"} x=${inner.x} y=${y(Math.max(0, part))} width=${inner.width}
        height=${Math.max(0.6, Math.abs(y(part) - y(0)))} rx="1" />
      ${
        before
          ? svg`<line class="before" x1=${x} x2=${x + width} y1=${y(before[pair])} y2=${y(before[pair])} />`
          : nothing
      }
      ${
        pair % every === 0
          ? svg`<text class=${bold ? "b ink" : "dim"} x=${x + width / 2} y=${HEIGHT - 12}
            text-anchor="middle">${pair}</text>`
          : nothing
      }
    </g>`;
}

/**
 * @param {Pairs} options
 * @param {number} x
 */
function sum({ data, turning, chosen }, x) {
  const score = turning.score(chosen.distance);
  return svg`
    <text class="h" x=${x} y=${MIDDLE - 10}>q·k</text>
    <text class="sum ${score < 0 ? "takes" : "adds"}" x=${x} y=${MIDDLE + 12}>${signed(score, 1)}</text>
    <text class="dim" x=${x}
      y=${MIDDLE + 29}>× ${Number(data.scale.toPrecision(3))} = ${signed(score * data.scale)}</text>`;
}

/**
 * @param {number} value
 * @param {number} top
 */
const axisNumber = (value, top) => (value ? sized(value, 10 * top) : decimal(0, 0));
