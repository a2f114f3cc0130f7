// @ts-check
/**
 * What stands beside the bars: tokens, level where there is room, else turned, and only as many as can be read; and
 * what each phase took.
 *
 * @import { Fed } from "./fed"
 * @import { PhasesPicture } from "../../../types/inference"
 * @import { Picture } from "./timeline"
 */
import { counted } from "../../../kit/numbers/format.js";
import { timed } from "../../../kit/numbers/magnitude.js";
import { svgToken, tokenText } from "../../../kit/text/tokens.js";
import { nothing, svg } from "../../../vendor/lit.js";
import { median, prefillOf, stepsOf } from "./fed.js";

/** Pixels between two tokens. */
const APART = { down: 13, right: 12 };
/** Pixels of a character, and of the room around a token. */
const CHARACTER = 7;
const AROUND = 4;
const LONGEST = { level: 9, turned: 7 };

/** A time on the axis. @param {number} ms */
export const timeName = (ms) => (ms >= 1000 ? timed(ms) : `${ms} ms`);

/**
 * @param {Picture} picture
 * @param {number} here the selected position
 */
export function namedTokens({ fed, time, value, down }, here) {
  const middle = (/** @type {Fed} */ { from, to }) => time((from + to) / 2);
  return readable(fed, middle, here, down ? APART.down : APART.right).map((token) => {
    const at = middle(token);
    const className = token.position === here ? "m ink b name" : "m name";
    const zero = value(0);
    if (down) return svgToken(token.id, { x: zero - 8, y: at + 4, anchor: "end", most: LONGEST.level, className });
    const shown = Math.min(LONGEST.level - 1, [...tokenText(token.id)].length);
    if (time(token.to) - time(token.from) > CHARACTER * shown + AROUND) {
      return svgToken(token.id, { x: at, y: zero + 18, anchor: "middle", most: LONGEST.level, className });
    }
    return svg`
      <g transform="translate(${at - 4} ${zero + 8}) rotate(90)">
        ${svgToken(token.id, { x: 0, y: 0, most: LONGEST.turned, className })}
      </g>`;
  });
}

/**
 * Tokens that are at least so far apart, and the selected one always.
 * @param {Fed[]} fed
 * @param {(token: Fed) => number} middle
 * @param {number} here
 * @param {number} apart
 */
function readable(fed, middle, here, apart) {
  const chosen = fed.find(({ position }) => position === here);
  const taken = chosen ? middle(chosen) : Number.NEGATIVE_INFINITY;
  let last = Number.NEGATIVE_INFINITY;
  return fed.filter((token) => {
    const at = middle(token);
    const free = at - last >= apart && Math.abs(at - taken) >= apart;
    if (free) last = at;
    return free || token === chosen;
  });
}

/**
 * What the phases took, above their bars: as much of it as has room there.
 * @param {Picture} picture
 */
export function overNames({ data, time, value }) {
  const left = time(0);
  const prefill = prefillOf(data);
  const steps = stepsOf(data);
  const [each, all] = prefillWords(data);
  const end = time(prefill.ms);
  const y = value(prefill.high / prefill.tokens) - 10;
  const room = end - left;
  const both = room > 6 * all.length;
  return svg`
    ${
      room > 7 * each.length
        ? svg`<text class="ink b haloed" x=${left + 2} y=${both ? y - 15 : y}>${each}</text>`
        : nothing
    }
    ${both ? svg`<text class="haloed" x=${left + 2} y=${y}>${all}</text>` : nothing}
    ${
      steps.length
        ? svg`<text class="ink b haloed" x=${Math.max(end, 92)}
          y="12">one pass for each token, median ${timed(median(steps))}</text>`
        : nothing
    }`;
}

/**
 * The same beside the bars, where time runs downward.
 * @param {Picture} picture
 */
export function besideNames({ data, time, value }) {
  const prefill = prefillOf(data);
  const [first] = stepsOf(data);
  const [each, all] = prefillWords(data);
  const x = value(prefill.high / prefill.tokens) + 8;
  const y = time(prefill.ms / 2);
  return svg`
    <text class="ink b haloed" x=${x} y=${y - 2}>${each}</text>
    <text class="haloed" x=${x} y=${y + 13}>${all}</text>
    ${
      first
        ? svg`<text class="ink b haloed" x=${value(first.ms) + 4} y=${time(prefill.ms) + 16}>${timed(first.ms)}</text>`
        : nothing
    }`;
}

/** @param {PhasesPicture} data */
function prefillWords(data) {
  const { ms, tokens } = prefillOf(data);
  return [`${timed(ms / tokens)} a token`, `${counted(tokens, "token")}, one pass: ${timed(ms)}`];
}
