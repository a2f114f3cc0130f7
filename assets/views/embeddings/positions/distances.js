// @ts-check
/**
 * The score of the same two vectors at every distance.
 *
 * @import { PositionsRotation } from "../../../types"
 * @import { Chosen, Turning } from "./turning.js"
 */
import { bottomAxis, leftAxis } from "../../../kit/axis.js";
import { decimal, signed } from "../../../kit/format.js";
import { textWidth } from "../../../kit/measure.js";
import { tip } from "../../../kit/tooltip.js";
import { extent, line, range, scaleLinear, scaleSymlog } from "../../../vendor/d3.js";
import { svg } from "../../../vendor/lit.js";

const HEIGHT = 256;
const LEFT = 46;
const RIGHT = 16;
const TOP = 26;
const BOTTOM = 46;
/** Distances of at most so many tokens have a dot each. */
const DOTS = 32;
/** Pixels from the chosen distance to its name, and the name's type. */
const BESIDE = 9;
const NAME = '600 11px "Inter", sans-serif';
const STEPS = { ArrowRight: 1, ArrowLeft: -1, PageUp: 10, PageDown: -10 };

/**
 * @param {object} options
 * @param {PositionsRotation} options.data
 * @param {Turning} options.turning
 * @param {Chosen} options.chosen
 * @param {number} options.width in pixels
 * @param {(distance: number) => void} options.select
 */
export function distances({ data, turning, chosen, width, select }) {
  const scores = range(chosen.far + 1).map(turning.score);
  const [low, high] = /** @type {[number, number]} */ (extent([0, ...scores]));
  const x = scaleSymlog([0, chosen.far], [LEFT, width - RIGHT]);
  const y = scaleLinear([low, high], [HEIGHT - BOTTOM, TOP]);
  const at = (/** @type {PointerEvent | MouseEvent} */ event) => {
    const left = /** @type {Element} */ (event.currentTarget).getBoundingClientRect().left;
    return within(chosen, Math.round(x.invert(event.clientX - left + LEFT)));
  };
  const tell = (/** @type {PointerEvent} */ event) => {
    const score = scores[at(event)];
    /** @type {[string, string][]} */
    const lines = [
      ["q·k", signed(score, 1)],
      ["scaled", signed(score * data.scale)],
    ];
    tip.show(event.clientX, event.clientY, `distance ${at(event)}`, lines);
  };
  const step = (/** @type {KeyboardEvent} */ event) => {
    const by = STEPS[/** @type {keyof typeof STEPS} */ (event.key)];
    if (!by) return;
    event.preventDefault();
    select(within(chosen, chosen.distance + by));
  };
  return svg`
    <svg class="fig distances" viewBox="0 0 ${width} ${HEIGHT}" height=${HEIGHT} role="application" tabindex="0"
      aria-label="q·k at distances from 0 to ${chosen.far}; left and right change the distance" @keydown=${step}>
      ${leftAxis({
        scale: y,
        x: LEFT,
        grid: width - RIGHT - LEFT,
        format: (value) => (value ? signed(value, digits(high - low)) : "0"),
      })}
      ${bottomAxis({
        scale: x,
        y: HEIGHT - BOTTOM,
        values: doublings(chosen.far),
        format: (value) => decimal(value, 0),
        title: "distance in tokens",
      })}
      <path d=${line((_, distance) => x(distance), y)(scores) ?? ""} />
      ${scores.slice(0, DOTS + 1).map((score, distance) => svg`<circle cx=${x(distance)} cy=${y(score)} r="2.2" />`)}
      ${here({ chosen, score: scores[chosen.distance], x: x(chosen.distance), y: y(scores[chosen.distance]), width })}
      <rect class="hit" x=${LEFT} y="0" width=${width - RIGHT - LEFT} height=${HEIGHT - BOTTOM + 20}
        @pointermove=${tell} @pointerleave=${tip.hide}
        @click=${(/** @type {MouseEvent} */ event) => select(at(event))} />
    </svg>`;
}

/**
 * @param {Chosen} chosen
 * @param {number} distance
 */
const within = (chosen, distance) => Math.max(0, Math.min(chosen.far, distance));

/** 0, 1, 2, 4 and so on. @param {number} far */
const doublings = (far) => [0, ...range(Math.floor(Math.log2(far)) + 1).map((power) => 2 ** power)];

/** Digits of the axis' numbers. @param {number} span */
const digits = (span) => (span >= 5 ? 0 : span >= 0.5 ? 1 : 2);

/** @param {{ chosen: Chosen, score: number, x: number, y: number, width: number }} place */
function here({ chosen, score, x, y, width }) {
  const { distance, own } = chosen;
  const long = `${signed(score, 1)} at distance ${distance}${distance === own ? " (as in the text)" : ""}`;
  const room = Math.max(x, width - x) - 2 * BESIDE;
  const said = textWidth(long, NAME) <= room ? long : `${signed(score, 1)} at ${distance}`;
  const turned = x > width - textWidth(said, NAME) - 2 * BESIDE;
  return svg`
    <g class="here">
      <line x1=${x} x2=${x} y1="8" y2=${HEIGHT - BOTTOM} />
      <circle cx=${x} cy=${y} r="4.5" />
      <text class="b" x=${x + (turned ? -BESIDE : BESIDE)} y="16"
        text-anchor=${turned ? "end" : "start"}>${said}</text>
    </g>`;
}
