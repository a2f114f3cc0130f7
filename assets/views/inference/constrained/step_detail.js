// @ts-check
/**
 * One token of the text: the likeliest tokens before and after the mask, and the mask over the vocabulary.
 *
 * @import { ConstrainedText, MaskedStep } from "../../../types/inference"
 *
 * @typedef {object} Options
 * @property {ConstrainedText} answer
 * @property {number} step
 * @property {number | null} id of the vocabulary, to which the keyboard has come
 * @property {number} width in pixels
 * @property {(id: number) => void} point
 */

import { legend } from "../../../kit/drawing/legend.js";
import { counted, percent, precise, whole } from "../../../kit/numbers/format.js";
import { token } from "../../../kit/text/tokens.js";
import { html, nothing } from "../../../vendor/lit.js";
import { beforeAndAfter } from "./before_and_after.js";
import { mask } from "./mask.js";
import { isAllowed, taken } from "./step_rows.js";

/** @param {Options} options @param {boolean} masked whether the mask stands here, and not elsewhere */
export function detail(options, masked) {
  const { answer, step: at, width } = options;
  const step = answer.steps[at];
  // Another `data-rove`: the rows' arrow keys pass it over.
  return html`
    <div class="detail" data-rove>
      <h3>Token ${at + 1}: ${taken(step)}</h3>
      <p class="hint verdict">${verdict(step)}${step.n_allowed === 1 ? " The rule allowed only this token." : ""}</p>
      ${beforeAndAfter({ answer, step, width })} ${masked ? theMask(options) : nothing}
    </div>`;
}

/** @param {Options} options */
export function theMask(options) {
  const { answer, step } = options;
  const allowed = counted(answer.steps[step].n_allowed, "token");
  return html`
    <h3 class="mask-head">
      The mask <small>${whole(answer.d_vocab)} tokens by id; ${allowed} allowed before token ${step + 1}</small>
    </h3>
    ${mask(options)}
    ${legend([
      ["allowed", "allowed"],
      ["taken", "taken token"],
    ])}`;
}

/** @param {MaskedStep} step */
function verdict(step) {
  if (step.token === step.wanted) return `This is the model’s own first choice, ${precise(step.own)}.`;
  const fate = isAllowed(step) ? "was allowed, but another token was drawn" : "was forbidden";
  return html`The model’s first choice ${token(step.wanted)} (${percent(step.wanted_p)}) ${fate}. The taken token has
    ${precise(step.own)} without the mask and ${precise(step.given)} with it.`;
}
