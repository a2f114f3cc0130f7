// @ts-check
/**
 * The generation of the run beside this one: how long it takes against this run's, in words and as an outline.
 *
 * @import { PhasesPicture } from "../../../types/inference"
 * @import { Milliseconds, TimesAsLong } from "../../../types/shared"
 * @import { Picture } from "./timeline.js"
 * @import { BesideWords, Row } from "../../../kit/view"
 */

import { turned } from "../../../kit/drawing/turned.js";
import { counted } from "../../../kit/numbers/format.js";
import { figures, timed } from "../../../kit/numbers/magnitude.js";
import { clause } from "../../../kit/numbers/timing.js";
import { max } from "../../../vendor/d3.js";
import { html, nothing, svg } from "../../../vendor/lit.js";
import { half } from "./passes.js";

/** @typedef {NonNullable<PhasesPicture["base"]>} Base */

/**
 * @param {PhasesPicture} data
 * @param {Base} base
 * @param {BesideWords} words
 */
export function besideWords({ rounds, of_rounds, tpot }, base, { start }) {
  const whole = rounds === of_rounds;
  const read = `${counted(base.n_prompt, "token")} read, ${base.n_new} written`;
  const other = base.same ? "" : " The engine wrote other tokens than that run did.";
  const first = html`TTFT <b data-ttft=${base.ttft.ms}>${timed(base.ttft.ms)}</b> (${half(base.ttft)}),
    ${against(base.ttft_times, whole)}`;
  if (!base.tpot)
    return html`${start}, ${base.model}, ${read}: ${first}. Its answer ended with its first token.${other}`;
  const alone = tpot ? "" : "this run has none to compare";
  return html`${start}, ${base.model}, ${read}: ${first}; TPOT
    <b data-tpot=${base.tpot.ms}>${timed(base.tpot.ms)}</b> (${half(base.tpot)}),
    ${alone || against(base.tpot_times, whole)}. Both were measured in turns, round by round.${other}`;
}

/**
 * That run's time against this one's; no verdict where the rounds disagree.
 * @param {TimesAsLong | null} times
 * @param {boolean} whole all rounds are made
 */
function against(times, whole) {
  if (!times || !whole) return "still being measured";
  return clause(times, ({ median }) => html`<b>${figures(median)} times</b> this run’s`);
}

/** Where its passes end. @param {Base | null} base */
export const endOf = (base) => (base ? base.passes.reduce((sum, { ms }) => sum + ms, 0) : 0);

/** Its longest time a token. @param {Base | null} base */
export const longestOf = (base) => max(base?.passes ?? [], ({ ms, tokens }) => ms / tokens) ?? 0;

/**
 * Its passes as a line along the tops of their bars.
 * @param {Picture} picture
 */
export function outline({ data, down, time, value }) {
  if (!data.base) return nothing;
  const { point } = turned(down);
  const corners = [point(time(0), value(0))];
  let from = 0;
  for (const { ms, tokens } of data.base.passes) {
    const top = value(ms / tokens);
    corners.push(point(time(from), top), point(time(from + ms), top));
    from += ms;
  }
  corners.push(point(time(from), value(0)));
  return svg`<polyline class="outline" points=${corners.map(({ x, y }) => `${x},${y}`).join(" ")} />`;
}

/**
 * Its passes.
 * @param {Base} base
 * @returns {Row[]}
 */
export const rowsBeside = ({ passes }) =>
  passes.map(({ phase, tokens, ms, low, high, flops, bytes, intensity }, pass) => {
    const times = { tokens, pass_ms: ms, low_ms: low, high_ms: high, flops, bytes, flops_a_byte: intensity };
    return { run: "other", pass, phase, ...times };
  });
