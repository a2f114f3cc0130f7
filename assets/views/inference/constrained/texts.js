// @ts-check
/**
 * The text under the rule and without it, and what the rule did to it, in words.
 *
 * @import { ConstrainedText, Milliseconds } from "../../../types"
 * @import { BesideWords } from "../../../kit/view"
 */
import { otherTokens, sharedWords, textBeside } from "../../../kit/beside.js";
import { counted, precise } from "../../../kit/format.js";
import { legend } from "../../../kit/legend.js";
import { figures, timed } from "../../../kit/magnitude.js";
import { verdict } from "../../../kit/timing.js";
import { token } from "../../../kit/tokens.js";
import { greatestIndex } from "../../../vendor/d3.js";
import { html, nothing } from "../../../vendor/lit.js";

/** Tokens of the tokenizer's own cut that are written out. */
const SHOWN = 24;

/** A line may break after each. @param {number[]} ids */
const words = (ids) => ids.map((id) => html`${token(id)}<wbr>`);

/** @param {ConstrainedText} answer @param {BesideWords} beside */
export function texts({ steps, free, base }, beside) {
  const pending = html`<span class="muted">comes when the text with the rule is written</span>`;
  return html`
    <dl class="texts">
      <dt>With the rule</dt>
      <dd class="own">${words(steps.map((step) => step.token))}</dd>
      <dt>Without it</dt>
      <dd>${free === null ? pending : words(free)}</dd>
      ${base ? html`<dt>With it, ${beside.name}</dt><dd>${textBeside(base.text)}</dd>` : nothing}
    </dl>`;
}

/**
 * What the rule did to the text of the run beside this one, in words.
 * @param {ConstrainedText} answer
 * @param {BesideWords} beside
 */
export function compared({ steps, base }, beside) {
  if (!base) return nothing;
  const { text, own, cost, forbidden, whole } = base;
  const worst = greatestIndex(forbidden) ?? 0;
  return html`
    <p class="readout basenote">${beside.start} the text under the rule
      ${sharedWords(text, steps.length)}: <b>${own}</b> of
      ${counted(forbidden.length, "token")} are its model’s own first choice${
        whole ? "" : ", and the limit came before the rule let it end"
      }. Most was forbidden before token ${worst + 1}, <b>${precise(forbidden[worst])}</b>; under the masks the text is
      e<sup data-cost=${cost}>${figures(cost)}</sup> times as probable. ${otherTokens(text)}</p>
    ${legend([["dot", `allowed before the token at this place, ${beside.name}`]])}`;
}

/** @param {ConstrainedText} answer */
export function summary(answer) {
  const { steps, cost, unmodified, left_out } = answer;
  const worst = greatestIndex(steps, (step) => step.forbidden) ?? 0;
  const own = steps.filter((step) => step.token === step.wanted).length;
  return html`
    <p class="readout">
      <b>${counted(steps.length, "token")}</b>, <b>${own} of them</b> the model’s own first choice. ${end(answer)}
      Most was forbidden before token ${worst + 1}: <b>${precise(steps[worst].forbidden)}</b> of the probability.
      Under the masks this text is e<sup>${figures(cost)}</sup> times as probable as by the model itself.
      ${otherCut(answer)} ${maskCost(answer)}
      ${unmodified ? "Interventions do not act here: the model’s own weights run." : ""} ${left_out}
    </p>`;
}

/** How the text ended. @param {ConstrainedText} answer */
function end({ free, ended, stuck, whole }) {
  if (free === null) return "The text is still being written.";
  if (ended) return "The rule lets it end here.";
  if (stuck) return "No token leads on from here.";
  return whole ? "It may end here; the limit came first." : "The limit came before the rule let it end.";
}

/** What the mask takes, measured in turns with steps that have none. @param {ConstrainedText} answer */
function maskCost({ times }) {
  if (!times) return nothing;
  const { free, masked, mask, ratio, steps } = times;
  const half = (/** @type {Milliseconds} */ { low, high }) => `(${timed(low)} to ${timed(high)})`;
  const longer = ratio
    ? verdict(ratio, (times) => html`With it a step takes <b>${figures(times.median)}</b> times as long.`)
    : nothing;
  return html`<span class="cost" data-mask=${mask.ms}>A step takes <b>${timed(masked.ms)}</b> ${half(masked)} with the
    mask and <b>${timed(free.ms)}</b> ${half(free)} without. ${longer} The mask itself: <b>${timed(mask.ms)}</b>
    ${half(mask)}. Medians and middle halves of ${counted(steps, "step")}, by turns.</span>`;
}

/** The tokenizer's own cut of the same text, where it differs. @param {ConstrainedText} answer */
function otherCut({ steps, stop, canonical }) {
  const text = steps.map((step) => step.token).filter((id) => id !== stop);
  if (!canonical.length || canonical.join() === text.join()) return nothing;
  const cut = canonical.slice(0, SHOWN).map((id, at) => html`${at ? " | " : ""}${token(id)}`);
  return html`The tokenizer would cut it otherwise: <span
    class="mono">${cut}</span>${canonical.length > SHOWN ? " …" : ""}.`;
}
