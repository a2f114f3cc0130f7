// @ts-check
/**
 * The text under the rule and without it, and what the rule did to it, in words.
 *
 * @import { ConstrainedText, MaskedStep } from "../../../types/inference"
 * @import { Milliseconds } from "../../../types/shared"
 * @import { Context } from "./steps.js"
 */

import { legend } from "../../../kit/drawing/legend.js";
import { counted, precise } from "../../../kit/numbers/format.js";
import { figures, timed } from "../../../kit/numbers/magnitude.js";
import { verdict } from "../../../kit/numbers/timing.js";
import { otherTokens, sharedWords, textBeside, textThere } from "../../../kit/runs/beside.js";
import { token } from "../../../kit/text/tokens.js";
import { greatestIndex } from "../../../vendor/d3.js";
import { html, nothing } from "../../../vendor/lit.js";

/** Tokens of the tokenizer's own cut that are written out. */
const SHOWN = 24;

/** @param {MaskedStep[]} steps */
const idsOf = (steps) => steps.map(({ token }) => token);

/** A line may break after each. @param {number[]} ids */
const words = (ids) => ids.map((id) => html`${token(id)}<wbr>`);

/**
 * The other run's text under the same rule, once there is one.
 * @param {Context} ctx
 * @returns {ConstrainedText | null}
 */
export const otherText = ({ there }) => (there?.steps.length && !there.wrong ? there : null);

/** @param {ConstrainedText} answer @param {ConstrainedText | null} other @param {Context} ctx */
export function texts({ steps, free }, other, ctx) {
  const pending = html`<span class="muted">The text without the rule is written next.</span>`;
  return html`
    <dl class="texts">
      <dt>With the rule</dt>
      <dd class="own">${words(steps.map((step) => step.token))}</dd>
      <dt>Without it</dt>
      <dd>${free === null ? pending : words(free)}</dd>
      ${
        other
          ? html`<dt>With it, ${ctx.beside.name}</dt>
              <dd>${textBeside(textThere(ctx, idsOf(steps), idsOf(other.steps)))}</dd>`
          : nothing
      }
    </dl>`;
}

/**
 * What the rule did to the text of the run beside this one, in words.
 * @param {ConstrainedText} answer
 * @param {ConstrainedText} other
 * @param {Context} ctx
 */
export function compared({ steps }, { steps: theirs, cost, whole }, ctx) {
  const text = textThere(ctx, idsOf(steps), idsOf(theirs));
  const own = theirs.filter(({ token, wanted }) => token === wanted).length;
  const forbidden = theirs.map((step) => step.forbidden);
  const worst = greatestIndex(forbidden) ?? 0;
  return html`
    <p class="readout basenote">${ctx.beside.start} the text under the rule
      ${sharedWords(text, steps.length)}: <b>${own}</b> of
      ${counted(forbidden.length, "token")} are its model’s own first choice${
        whole ? "" : ", and the text reached the limit before the rule let it end"
      }. The rule forbids most before token ${worst + 1}, <b>${precise(forbidden[worst])}</b>. Under the masks the text
      is ${timesAs(cost)} times as probable. ${otherTokens(text)}</p>
    ${legend([["dot", `allowed before the token at this place, ${ctx.beside.name}`]])}`;
}

/** @param {ConstrainedText} answer */
export function summary(answer) {
  const { steps, cost, changed, left_out } = answer;
  const worst = greatestIndex(steps, (step) => step.forbidden) ?? 0;
  const own = steps.filter((step) => step.token === step.wanted).length;
  return html`
    <p class="readout">
      The text has <b>${counted(steps.length, "token")}</b>, and <b>${own} of them</b> are the model’s own first choice.
      ${end(answer)} The rule forbids most before token ${worst + 1}: <b>${precise(steps[worst].forbidden)}</b> of the
      probability. Under the masks this text is ${timesAs(cost)} times as probable as without them.
      ${otherCut(answer)} ${maskCost(answer)}
      ${changed ? "Interventions do not act here: the model runs without them." : ""} ${left_out}
    </p>`;
}

/** How the text ended. @param {ConstrainedText} answer */
function end({ free, ended, stuck, whole }) {
  if (free === null) return "The text is being written.";
  if (ended) return "The rule lets the text end here.";
  if (stuck) return "The rule allows no further token here.";
  return whole
    ? "The text reached the limit where the rule lets it end."
    : "The text reached the limit before the rule let it end.";
}

/** What the mask takes, measured in turns with steps that have none. @param {ConstrainedText} answer */
function maskCost({ times }) {
  if (!times) return nothing;
  const { free, masked, mask, ratio, steps } = times;
  const half = (/** @type {Milliseconds} */ { low, high }) => `(${timed(low)} to ${timed(high)})`;
  const longer = ratio
    ? verdict(
        ratio,
        (times) => html`Step by step it takes <b>${figures(times.median)}</b> times as long with the mask.`,
      )
    : nothing;
  return html`<span class="cost" data-mask=${mask.ms}>A step takes <b>${timed(masked.ms)}</b> ${half(masked)} with the
    mask and <b>${timed(free.ms)}</b> ${half(free)} without it. ${longer} Computing the mask takes
    <b>${timed(mask.ms)}</b> ${half(mask)}. These are medians and middle halves of ${counted(steps, "step")} in
    turns.</span>`;
}

/** The tokenizer's own cut of the same text, where it differs. @param {ConstrainedText} answer */
function otherCut({ steps, stop, canonical }) {
  const text = steps.map((step) => step.token).filter((id) => id !== stop);
  if (!canonical.length || canonical.join() === text.join()) return nothing;
  const cut = canonical.slice(0, SHOWN).map((id, at) => html`${at ? " | " : ""}${token(id)}`);
  return html`The tokenizer cuts the same text into other tokens: <span
    class="mono">${cut}</span>${canonical.length > SHOWN ? " …" : ""}.`;
}

/** From here on a factor is written as a power of ten; the largest numbers have no other form. */
const POWER = Math.log(1e4);

/** @param {number} cost in nats */
const timesAs = (cost) =>
  cost < POWER
    ? html`<span data-cost=${cost}>${figures(Math.exp(cost))}</span>`
    : html`about 10<sup data-cost=${cost}>${Math.round(cost / Math.LN10)}</sup>`;
