// @ts-check
/**
 * The likeliest tokens: what the model gave them, and what is left of that given the mask, each on a scale of its own.
 *
 * @import { ConstrainedText, MaskedStep } from "../../../types/inference"
 *
 * @typedef {{ answer: ConstrainedText, step: MaskedStep, width: number }} Options
 * @typedef {ReturnType<typeof frame>} Frame
 */
import { precise, whole } from "../../../kit/numbers/format.js";
import { svgToken, tokenText } from "../../../kit/text/tokens.js";
import { max, scaleLinear } from "../../../vendor/d3.js";
import { nothing, svg } from "../../../vendor/lit.js";

const [TOP, ROW] = [34, 20];
/** Pixels of the names, of a column's numbers, and between the columns. */
const [NAMES, NUMBERS, GAP] = [96, 64, 12];
const CHARACTERS = 12;

/** @param {Options} options */
export function beforeAndAfter(options) {
  const { answer, step, width } = options;
  const place = frame(options);
  const { before, after, height } = place;
  const drawn = isDrawn(answer) ? `With mask, T = ${answer.temperature.toFixed(1)}` : "With the mask";
  return svg`
    <svg class="fig before-after" viewBox="0 0 ${width} ${height}" height=${height} role="img"
      aria-label=${label(step, place)}>
      <text class="h" x=${before.range()[0]} y="11">Model</text>
      <text class="dim" x=${before.range()[0]} y="25">${reach(before)}</text>
      <text class="h" x=${after.range()[0]} y="11">${drawn}</text>
      <text class="dim" x=${after.range()[0]} y="25">${reach(after)}</text>
      ${step.ids.map((id, at) => row({ id, at, y: TOP + at * ROW }, step, place))}
      ${rest(answer, step, place)}
    </svg>`;
}

/** Whether the sampler draws from something else than the masked probabilities. @param {ConstrainedText} answer */
const isDrawn = ({ temperature }) => temperature !== 1 && temperature !== 0;

/** @param {Options} options */
function frame({ answer, step, width }) {
  const column = (width - NAMES - 8 - 2 * NUMBERS - GAP) / 2;
  const [first, second] = [NAMES + 8, NAMES + 8 + column + NUMBERS + GAP];
  const left = isDrawn(answer) ? step.drawn : step.q;
  const scale = (/** @type {number[]} */ shares, /** @type {number} */ x) =>
    scaleLinear([0, Math.min(1, max(shares) ?? 1)], [x, x + column]).nice(4);
  return {
    left,
    before: scale([...step.p, 0.02], first),
    after: scale([...left, 0.02], second),
    numbers: { before: first + column + NUMBERS - 2, after: width },
    height: TOP + (step.ids.length + 2) * ROW + 4,
  };
}

/** @param {Frame["before"]} scale */
const reach = (scale) => `0 to ${Number((100 * scale.domain()[1]).toPrecision(3))} %`;

/**
 * @param {{ id: number, at: number, y: number }} token
 * @param {MaskedStep} step
 * @param {Frame} place
 */
function row({ id, at, y }, step, { left, before, after, numbers }) {
  const [allowed, mine] = [step.allowed[at], id === step.token];
  const look = mine ? "mine" : allowed ? "" : "cut";
  return svg`
    <g class="named ${look}">
      ${mine ? svg`<rect class="chosen-name" x="0" y=${y - 1} width=${NAMES} height="18" rx="4" />` : nothing}
      ${svgToken(id, { x: NAMES - 4, y: y + 12, anchor: "end", most: CHARACTERS, className: mine ? "m b" : "m" })}
      ${bar(before, step.p[at], y, allowed)}
      <text class=${allowed ? "ink" : "dim"} x=${numbers.before} y=${y + 12}
        text-anchor="end">${precise(step.p[at])}</text>
      ${
        allowed
          ? svg`${bar(after, left[at], y, true)}
              <text class="ink" x=${numbers.after} y=${y + 12} text-anchor="end">${precise(left[at])}</text>`
          : svg`<text class="dim" x=${after.range()[0]} y=${y + 12}>cut</text>`
      }
    </g>`;
}

/**
 * @param {Frame["before"]} scale
 * @param {number} share
 * @param {number} y
 * @param {boolean} allowed
 */
function bar(scale, share, y, allowed) {
  const width = Math.max(0.8, scale(share) - scale(0) - 1);
  return svg`
    <rect class=${allowed ? "share" : "share hollow"} x=${scale(0) + 0.5} y=${y + 2.5} width=${width} height="11" rx="1"
      stroke-dasharray=${allowed ? nothing : "2 2"} />`;
}

/**
 * All tokens that are not named, allowed and forbidden.
 * @param {ConstrainedText} answer
 * @param {MaskedStep} step
 * @param {Frame} place
 */
function rest({ d_vocab }, step, { numbers }) {
  const named = step.allowed.filter(Boolean).length;
  const forbidden = step.allowed.length - named;
  const lines = [
    `${whole(Math.max(0, step.n_allowed - named))} other tokens allowed`,
    `${whole(d_vocab - step.n_allowed - forbidden)} other tokens forbidden`,
  ];
  return lines.map((line, at) => {
    const y = TOP + (step.ids.length + at) * ROW + 14;
    return svg`
      <text class="dim" x="0" y=${y}>${line}</text>
      <text class="dim" x=${numbers.before} y=${y} text-anchor="end">${precise(step.rest[at])}</text>`;
  });
}

/**
 * @param {MaskedStep} step
 * @param {Frame} place
 */
const label = (step, { left }) =>
  "The likeliest tokens: probability without and with the mask. " +
  step.ids
    .map((id, at) => `${tokenText(id)} ${precise(step.p[at])}, ${step.allowed[at] ? precise(left[at]) : "cut"}`)
    .join("; ");
