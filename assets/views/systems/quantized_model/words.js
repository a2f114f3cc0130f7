// @ts-check
/** What the three views say alike. */
import { scientific } from "../../../kit/format.js";
import { html, nothing } from "../../../vendor/lit.js";

/** A KL divergence or a difference of losses, in nats. @param {number} value */
export function nats(value) {
  if (value === 0) return "0";
  if (Math.abs(value) < 0.0005) return scientific(value);
  return value.toFixed(Math.abs(value) < 1 ? 4 : 2).replace("-", "−");
}

/** @param {string[][]} refused title and reason of each */
export function refusedFormats(refused) {
  if (!refused.length) return nothing;
  /** @type {Map<string, string[]>} */
  const by = new Map();
  for (const [title, reason] of refused) by.set(reason, [...(by.get(reason) ?? []), title]);
  return html`<p class="hint">These formats do not suit this model: ${[...by].map(
    ([reason, titles], at) => html`${at ? "; " : ""}${titles.join(", ")} (${reason.replace(/\.$/, "")})`,
  )}.</p>`;
}
