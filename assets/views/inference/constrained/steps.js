// @ts-check
/**
 * Constrained decoding: a text token by token under a rule, and what was forbidden at each of them.
 *
 * @import { ConstrainedText } from "../../../types/inference"
 * @import { Row, Run, View, ViewContext } from "../../../kit/view"
 * @import { Draft } from "./rule.js"
 *
 * @typedef {object} Kept
 * @property {{ run: Run, data: ConstrainedText }} answer the last one of a rule that could be used
 * @property {Draft | null} draft what is being written in the field
 * @property {{ of: string, step: number, id: number | null } | null} chosen a token of the text `of`, and of the
 *   vocabulary
 *
 * @typedef {ViewContext<Kept, ConstrainedText>} Context
 */
import { tokenText } from "../../../kit/text/tokens.js";
import { html, nothing } from "../../../vendor/lit.js";
import { rule } from "./rule.js";
import { settings } from "./settings.js";
import { detail, theMask } from "./step_detail.js";
import { stepRows } from "./step_rows.js";
import { compared, otherText, summary, texts } from "./texts.js";

/** From this width on a token's details stand beside the rows, else under the row that is open. */
const BESIDE = 812;
/** Pixels of the details there, with the gap before them. */
const SIDE = { width: 372, gap: 32 };
const MOST = 560;
/** Under so few rows there is room for the mask. */
const SHORT = 12;

/** @type {View<ConstrainedText, Kept>} */
export function steps(data, ctx) {
  const answer = answerOf(data, ctx);
  if (!data.wrong && ctx.kept.answer?.data !== data) ctx.keep({ answer: { run: ctx.run, data } });
  return html`
    ${rule(data, ctx)} ${settings(data, ctx)}
    ${data.wrong && answer ? html`<p class="hint">This text was written under the previous rule:</p>` : nothing}
    ${answer ? written(answer, ctx) : nothing}`;
}

/**
 * A row for each token that is named at each step.
 * @param {ConstrainedText} data
 * @param {Context} ctx
 * @returns {Row[]}
 */
export function rows(data, ctx) {
  const { steps = [] } = answerOf(data, ctx) ?? {};
  return steps.flatMap((step, at) =>
    step.ids.map((id, named) => ({
      step: at + 1,
      taken: tokenText(step.token),
      first_choice: tokenText(step.wanted),
      first_choice_probability: step.wanted_p,
      forbidden: step.forbidden,
      tokens_allowed: step.n_allowed,
      u: step.u,
      token: tokenText(id),
      id,
      allowed: step.allowed[named],
      model: step.p[named],
      given_the_mask: step.q[named],
      drawn_from: step.drawn[named],
    })),
  );
}

/**
 * What is drawn: a rule that cannot be used takes nothing away.
 * @param {ConstrainedText} data
 * @param {Context} ctx
 */
function answerOf(data, { kept, run }) {
  if (!data.wrong) return data;
  return kept.answer?.run === run ? kept.answer.data : null;
}

/**
 * @param {ConstrainedText} answer
 * @param {Context} ctx
 */
function written(answer, ctx) {
  const other = otherText(ctx);
  const beside = ctx.width >= BESIDE;
  const step = stepOf(answer, ctx);
  const below = beside && answer.steps.length <= SHORT;
  const of = {
    ...{ answer, step, id: chosenOf(answer, ctx)?.id ?? null },
    point: (/** @type {number | null} */ id) => ctx.keep({ chosen: { of: nameOf(answer, ctx), step, id } }),
  };
  const details = detail({ ...of, width: beside ? SIDE.width : Math.min(MOST, ctx.width - 16) }, !below);
  const left = ctx.width - SIDE.width - SIDE.gap;
  return html`
    ${texts(answer, other, ctx)} ${summary(answer)} ${other ? compared(answer, other, ctx) : nothing}
    <div class="decoded ${beside ? "beside" : "within"}">
      <div>
        ${stepRows({
          answer,
          other,
          step,
          width: beside ? left : ctx.width,
          within: beside ? nothing : details,
          choose: (chosen) => ctx.keep({ chosen: { of: nameOf(answer, ctx), step: chosen, id: null } }),
        })}
        ${below ? html`<div class="mask-below" data-rove>${theMask({ ...of, width: SIDE.width })}</div>` : nothing}
      </div>
      ${beside ? details : nothing}
    </div>`;
}

/**
 * A text that grows keeps its name, so that what is chosen stays.
 * @param {ConstrainedText} answer
 * @param {Context} ctx
 */
const nameOf = ({ rule, temperature, seed }, ctx) => JSON.stringify([ctx.run.query, rule, temperature, seed]);

/**
 * @param {ConstrainedText} answer
 * @param {Context} ctx
 */
function chosenOf(answer, ctx) {
  const { chosen } = ctx.kept;
  return chosen && chosen.of === nameOf(answer, ctx) && chosen.step < answer.steps.length ? chosen : null;
}

/**
 * The chosen token, else the first at which the rule forbade the model's own choice.
 * @param {ConstrainedText} answer
 * @param {Context} ctx
 */
function stepOf(answer, ctx) {
  const parted = answer.steps.findIndex((step) => !step.allowed[step.ids.indexOf(step.wanted)]);
  return chosenOf(answer, ctx)?.step ?? Math.max(0, parted);
}
