// @ts-check
/**
 * The text, each token shaded by the neuron's activation there.
 *
 * @import { FeedForwardNeuron } from "../../../types/transformer"
 * @import { ViewContext } from "../../../kit/view"
 * @import { Line } from "../../../kit/tooltip.js"
 */

import { shaded } from "../../../kit/colour/legible.js";
import { diverging } from "../../../kit/colour/ramp.js";
import { rove } from "../../../kit/controls/roving.js";
import { nearby } from "../../../kit/nearby.js";
import { decimal, signed } from "../../../kit/numbers/format.js";
import { token, tokenText } from "../../../kit/text/tokens.js";
import { tooltip } from "../../../kit/tooltip.js";
import { max } from "../../../vendor/d3.js";
import { html, styleMap } from "../../../vendor/lit.js";

/** Tokens that are shown at most. */
const SHOWN = 240;
const DIGITS = 3;
/** The strongest shade leaves the token readable. */
const STRONGEST = 0.92;

/**
 * @param {number} count of tokens
 * @param {number} position
 */
export const shownStretch = (count, position) => nearby(count, SHOWN, position);

/**
 * @param {FeedForwardNeuron} data
 * @param {ViewContext<any, FeedForwardNeuron>} ctx
 */
export function shadedText(data, ctx) {
  const { hidden, position } = data;
  const { first, shown } = shownStretch(hidden.a.length, position);
  const largest = max(hidden.a, Math.abs) || 1e-9;
  const colour = diverging();
  const shade = (/** @type {number} */ value) =>
    shaded(colour(Math.sign(value) * STRONGEST * Math.sqrt(Math.abs(value) / largest)));
  const positions = Array.from({ length: shown }, (_, at) => first + at);
  return html`
    <div class="shaded-text" role="group" aria-label="The text, shaded by this neuron's activation" data-rove
      @keydown=${rove}>
      ${positions.map((at) => shadedToken(data, ctx, at, shade(hidden.a[at])))}
    </div>`;
}

/**
 * @param {FeedForwardNeuron} data
 * @param {ViewContext<any, FeedForwardNeuron>} ctx
 * @param {number} at
 * @param {Record<string, string>} shade
 */
function shadedToken({ gate_pre, up, hidden, position }, ctx, at, shade) {
  const id = ctx.run.ids[at];
  const on = at === position;
  /** @type {Line[]} */
  const branch = up ? [["branch", decimal(up.a[at], DIGITS)]] : [];
  const before = at < ctx.shared ? ctx.there?.hidden.a[at] : undefined;
  /** @type {Line[]} */
  const there = before === undefined ? [] : [[ctx.beside.short, signed(before, DIGITS)]];
  const tip = tooltip(`${tokenText(id)} at ${at}`, [
    ["gate", decimal(gate_pre.a[at], DIGITS)],
    ...branch,
    ["activation", signed(hidden.a[at], DIGITS)],
    ...there,
  ]);
  return html`
    <button class="shaded" type="button" tabindex=${on ? 0 : -1} aria-pressed=${on} style=${styleMap(shade)}
      aria-label="${tokenText(id)} at ${at}: ${decimal(hidden.a[at], DIGITS)}"
      @click=${() => ctx.select({ position: at })}
      @pointermove=${tip.show} @pointerleave=${tip.hide} @focus=${tip.beside}
      @blur=${tip.hide}>${token(id, { className: "mono" })}</button>`;
}
