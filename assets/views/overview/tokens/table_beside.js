// @ts-check
/**
 * What the other run says beside the tokens of this one.
 *
 * @import { ViewContext } from "../../../kit/view"
 * @import { TokensBeside, TokensTable } from "../../../types/overview"
 */
import { percent } from "../../../kit/numbers/format.js";
import { explained } from "../../../kit/text/terms.js";
import { token, tokenText } from "../../../kit/text/tokens.js";
import { maxIndex, mean } from "../../../vendor/d3.js";
import { html, nothing } from "../../../vendor/lit.js";

/**
 * What of the other run stands beside a position.
 * @param {TokensBeside} beside
 * @param {number} at
 */
export function other(beside, at) {
  if (beside.position[at] < 0) return { other_position: null };
  return {
    other_position: beside.position[at],
    other_token: tokenText(beside.ids[at]),
    other_next: tokenText(beside.next_id[at]),
    other_next_probability: beside.next_p.a[at],
    probability_elsewhere: beside.apart?.a[at],
  };
}

/**
 * Over all steps, how far the two runs' next tokens lie apart, and where most.
 * @param {TokensTable} data
 * @param {ViewContext} ctx
 */
export function parting({ beside }, ctx) {
  const apart = beside?.apart?.a;
  const most = apart ? maxIndex(apart) : -1;
  if (!apart || most < 0 || !apart[most]) return nothing;
  return html`<p class="readout basenote">The next-token probabilities of the two runs differ by
    <b>${percent(mean(apart) ?? 0)}</b> (${explained("total variation")}, mean over all corresponding positions). They
    differ most after ${token(ctx.run.ids[most])} at position ${most}: <b>${percent(apart[most])}</b>.</p>`;
}

/** @param {ViewContext} ctx */
export function elsewhere(ctx) {
  ctx.control("source", "prompt", "tokenizers_compared");
  ctx.go("tokenizers_compared", "lanes");
}

/**
 * The other run's token, where it is another, and its likeliest next one.
 * @param {TokensBeside} beside
 * @param {number} id
 * @param {number} at
 */
export function there(beside, id, at) {
  if (beside.position[at] < 0) return html`<span class="muted">no counterpart</span>`;
  const another = beside.ids[at] === id ? nothing : html`<b>${token(beside.ids[at])}</b>, next `;
  return html`<span data-there=${beside.position[at]}
    data-p=${beside.next_p.a[at]}>${another}${token(beside.next_id[at])}
    ${percent(beside.next_p.a[at])}</span>`;
}

/**
 * How much of the probability of what comes next lies on other tokens there.
 * @param {TokensBeside} beside
 * @param {number} at
 */
export function elsewhereAt({ apart, position }, at) {
  if (position[at] < 0) return nothing;
  const share = apart?.a[at] ?? 0;
  return html`<span data-apart=${share}>${percent(share)}</span>`;
}
