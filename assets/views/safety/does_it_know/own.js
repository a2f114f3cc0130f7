// @ts-check
/**
 * The signals along the answer to one's own question, of the model on the page.
 *
 * @import { KnowingOwn } from "../../../types/safety"
 * @import { Drafts, Field } from "../../../kit/controls/typed.js"
 * @import { Row, View } from "../../../kit/view"
 */
import { control } from "../../../kit/controls/declared.js";
import { typed, typedText } from "../../../kit/controls/typed.js";
import { decimal, percent } from "../../../kit/numbers/format.js";
import { html } from "../../../vendor/lit.js";
import { answer, rowsOf } from "./answer.js";

/** @type {Omit<Field, "value">} */
const FIELD = { name: "question", lines: [1, 3], plain: true, named: true };

/** @type {View<KnowingOwn, Drafts>} */
export function own(data, ctx) {
  const { asked, samples } = data;
  const { semantic, discrete, predictive, inconsistency } = asked.signals;
  return html`
    ${typed({ ...FIELD, value: typedText("question", undefined, ctx) }, ctx)}
    <div class="settings-row">
      ${control(ctx, "samples", { as: "segmented" })} ${control(ctx, "draw")}
    </div>
    <p class="readout lead">Of the drawn answers <b>${percent(1 - inconsistency, 0)}</b> have the commonest meaning.
      Semantic entropy <b>${decimal(semantic)}</b> nats (counted: ${decimal(discrete)}), predictive entropy
      ${decimal(predictive)}. Low entropy says that the model is of one mind; it does not say that it is right.</p>
    ${answer(asked, { title: "The likeliest answer", width: ctx.width, samples })}
    <p class="hint">Two answers have one meaning where their first lines are the same words, without case, punctuation
      and articles. “Paris” and “the city of Paris” count as two: a model of entailment would join them. The truth of
      the answer is not known here, and neither is whether the model has read it.</p>`;
}

/** @param {KnowingOwn} data @returns {Row[]} */
export const rows = ({ asked, model }) => rowsOf(asked, model);
