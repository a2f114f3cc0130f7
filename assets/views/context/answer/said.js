// @ts-check
/**
 * The answers token by token; one token of the answer with passages may be chosen, and the columns explain it.
 *
 * @import { AnswerCauses } from "../../../types/context"
 * @import { Line } from "../../../kit/tooltip"
 * @import { ViewContext } from "../../../kit/view"
 */
import { shaded } from "../../../kit/colour/legible.js";
import { diverging } from "../../../kit/colour/ramp.js";
import { rove } from "../../../kit/controls/roving.js";
import { legend } from "../../../kit/drawing/legend.js";
import { precise, signed } from "../../../kit/numbers/format.js";
import { token, tokenText } from "../../../kit/text/tokens.js";
import { tooltip } from "../../../kit/tooltip.js";
import { html, nothing, styleMap } from "../../../vendor/lit.js";

/** Nats from which on the colour is full. */
const MOST = 4;
const DEEPEST = 0.85;

/** @param {AnswerCauses} data @param {ViewContext} ctx @param {number} chosen */
export function answers(data, ctx, chosen) {
  const { bare, first, first_now: now } = data;
  return html`
    <dl class="answers">
      ${data.passages.length ? html`<dt>with the passages</dt><dd>${explained(data, ctx, chosen)}</dd>` : nothing}
      ${first ? html`<dt>before the change</dt><dd>${line(first.ids, first.logp.a, now?.a ?? null)}</dd>` : nothing}
      <dt>without passages</dt><dd>${line(bare.ids, bare.logp.a, null)}</dd>
    </dl>
    ${
      data.passages.length
        ? legend([
            [{ color: "pos" }, "made likelier by the passages"],
            [{ color: "neg" }, "made less likely"],
          ])
        : nothing
    }`;
}

/** @param {AnswerCauses} data @param {ViewContext} ctx @param {number} chosen */
function explained(data, ctx, chosen) {
  const choose = (/** @type {number} */ at) => ctx.control("token", at < 0 ? "" : at);
  return html`
    <div class="tokens" role="group" aria-label="The answer’s tokens" data-rove @keydown=${rove}>
      <button type="button" class="whole" aria-pressed=${chosen < 0} tabindex=${chosen < 0 ? 0 : -1}
        @click=${() => choose(-1)}>whole answer</button>
      ${data.ids.map((id, at) => {
        const gain = data.logp.a[at] - data.none.a[at];
        const told = tooltip(tokenText(id), () => linesOf(data.logp.a[at], data.none.a[at], "without passages"));
        return html`<button type="button" aria-pressed=${at === chosen} tabindex=${at === chosen ? 0 : -1}
          style=${ground(gain)} aria-label="${tokenText(id)}, ${signed(gain)} nats by the passages"
          @pointermove=${told.show} @focus=${told.beside} @pointerleave=${told.hide} @blur=${told.hide}
          @click=${() => choose(at)}>${token(id, { className: "mono" })}</button>`;
      })}
    </div>`;
}

/**
 * An answer to read.
 * @param {readonly number[]} ids
 * @param {ArrayLike<number>} logp
 * @param {ArrayLike<number> | null} now
 */
const line = (ids, logp, now) => html`
  <div class="tokens">
    ${ids.map((id, at) => {
      const told = tooltip(tokenText(id), () =>
        linesOf(logp[at], now ? now[at] : Number.NaN, "behind the changed passages"),
      );
      return html`<span style=${now ? ground(now[at] - logp[at]) : nothing} @pointermove=${told.show}
        @pointerleave=${told.hide}>${token(id, { className: "mono" })}</span>`;
    })}
  </div>`;

/** @param {number} gain in nats */
const ground = (gain) =>
  Number.isFinite(gain) ? styleMap(shaded(diverging()(DEEPEST * Math.max(-1, Math.min(1, gain / MOST))))) : nothing;

/** @param {number} logp @param {number} other @param {string} name @returns {Line[]} */
function linesOf(logp, other, name) {
  /** @type {Line[]} */
  const lines = [["probability", precise(Math.exp(logp))]];
  if (Number.isFinite(other)) lines.push([name, precise(Math.exp(other))], ["change", `${signed(logp - other)} nats`]);
  return lines;
}
