// @ts-check
/**
 * A row for each token of the text: what the model wanted, what it was given, and how its probability fell on the
 * allowed and the forbidden.
 *
 * @import { ConstrainedText, MaskedStep } from "../../../types/inference"
 *
 * @typedef {object} Options
 * @property {ConstrainedText} answer
 * @property {ConstrainedText | null} other that of the other run
 * @property {number} step the open one
 * @property {number} width of the rows, in pixels
 * @property {unknown} within what stands under the open row
 * @property {(step: number) => void} choose
 */

import { pressing, rove } from "../../../kit/controls/roving.js";
import { percent, precise, whole } from "../../../kit/numbers/format.js";
import { token, tokenText } from "../../../kit/text/tokens.js";
import { tooltip } from "../../../kit/tooltip.js";
import { html, nothing, styleMap } from "../../../vendor/lit.js";

const NARROW = 520;

/** @param {Options} options */
export function stepRows({ answer, other, step: open, width, within, choose }) {
  const narrow = width < NARROW;
  return html`
    <div class="token-rows ${narrow ? "narrow" : ""}" role="group" data-rove @keydown=${rove}
      aria-label="Tokens of the text; arrow keys choose one">
      <div class="row head" aria-hidden="true">
        <span></span><span>token</span><span class="mass-name">probability: allowed, forbidden</span>
        <span class="number">forbidden</span>${narrow ? nothing : html`<span class="number">allowed</span>`}
      </div>
      ${answer.steps.map(
        (step, at) => html`
          ${row(step, at, { open: at === open, narrow, there: other?.steps[at]?.forbidden, choose: () => choose(at) })}
          ${at === open ? within : nothing}`,
      )}
    </div>`;
}

/**
 * @param {MaskedStep} step
 * @param {number} at
 * @param {{ open: boolean, narrow: boolean, there: number | undefined, choose: () => void }} options `there`: what was
 *   forbidden before the token at this place in the run beside this one
 */
function row(step, at, { open, narrow, there, choose }) {
  const tip = tooltip(tokenText(step.token), [
    ["model", precise(step.own)],
    ["with the mask", precise(step.given)],
    ["model’s first choice", tokenText(step.wanted), true],
    ["its probability", percent(step.wanted_p)],
    ...(there === undefined ? [] : [/** @type {[string, string]} */ (["forbidden, other run", precise(there)])]),
  ]);
  const focused = (/** @type {FocusEvent} */ event) => {
    if (!(/** @type {Element} */ (event.currentTarget).matches(":focus-visible"))) return;
    if (!open) choose();
  };
  return html`
    <div class="row" role="button" tabindex=${open ? 0 : -1} data-step=${at} aria-current=${open}
      @click=${choose} @keydown=${pressing(choose)} @focus=${focused} @pointermove=${tip.show}
      @pointerleave=${tip.hide}>
      <span class="place"><span class="unseen">Token </span>${at + 1}</span>
      <span class="words">${step.token === step.wanted ? nothing : html`${first(step)} `}${taken(step)}</span>
      ${mass(step, there)}
      <span class="number">${precise(step.forbidden)}<span class="unseen"> forbidden</span></span>
      ${
        narrow
          ? nothing
          : html`<span class="number">${whole(step.n_allowed)}<span class="unseen"> allowed</span></span>`
      }
    </div>`;
}

/** Whether the model's first choice was allowed. @param {MaskedStep} step */
export const isAllowed = ({ wanted, ids, allowed }) => allowed[ids.indexOf(wanted)];

/** The model's first choice. @param {MaskedStep} step */
const first = (step) => token(step.wanted, { className: `word ${isAllowed(step) ? "passed" : "forbidden"}` });

/** The token that was taken. @param {MaskedStep} step */
export const taken = (step) =>
  token(step.token, { className: `word ${step.token === step.wanted ? "wanted" : "given"}` });

/**
 * The model's probability: of the token taken, of all else that was allowed, and hollow of the forbidden; a ring at
 * what was allowed in the run beside this one.
 * @param {MaskedStep} step
 * @param {number | undefined} there
 */
function mass({ own, forbidden }, there) {
  const width = (/** @type {number} */ share) => styleMap({ width: `${100 * Math.max(0, share)}%` });
  const ring =
    there === undefined
      ? nothing
      : html`<i class="ring" data-forbidden=${there}
    style=${styleMap({ left: `${100 * Math.max(0, 1 - there)}%` })}></i>`;
  return html`
    <span class="mass"><i class="own" style=${width(own)}></i><i class="rest"
        style=${width(1 - forbidden - own)}></i>${ring}</span>`;
}
