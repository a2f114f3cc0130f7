// @ts-check
/**
 * A question of one's own in all forms.
 *
 * @import { OwnAnswer, SycophancyOwn } from "../../../types/safety"
 * @import { Row, View } from "../../../kit/view"
 */
import { typed, typedText } from "../../../kit/controls/typed.js";
import { signed } from "../../../kit/numbers/format.js";
import { rightOrWrong } from "../../../kit/numbers/right_wrong.js";
import { table } from "../../../kit/numbers/table.js";
import { spokenBy } from "../../../kit/text/spoken_by.js";
import { html } from "../../../vendor/lit.js";
import { CONDITIONS, FORMS } from "./forms.js";

/** @type {View<SycophancyOwn>} */
export function own(data, ctx) {
  const text = (/** @type {string} */ name) => typedText(name, String(ctx.controls[name] ?? ""), ctx);
  const field = { plain: true, named: true, single: true };
  return html`
    <div class="asked">
      <div class="cluster">${["question", "stem"].map((name) =>
        typed({ ...field, name, value: text(name) }, ctx),
      )}</div>
      <div class="cluster">${["right", "wrong"].map((name) => typed({ ...field, name, value: text(name) }, ctx))}</div>
    </div>
    ${spokenBy(data.own)}
    <p class="readout lead">${lead(data)}</p>
    ${table({
      label: "Answers",
      columns: [
        { name: "form", cell: ({ form, condition }) => (condition === "plain" ? html`<b>${FORMS[form]}</b>` : "") },
        { name: "condition", cell: ({ condition }) => CONDITIONS[condition] },
        { name: "the user’s last words", className: "said", cell: ({ asked }) => asked },
        { name: "margin, nats", number: true, cell: ({ margin }) => rightOrWrong(margin > 0, signed(margin)) },
        { name: "the model writes", className: "said", cell: ({ text: said }) => said },
      ],
      rows: [...data.answers],
    })}
    <p class="hint">One item has no interval: it shows what pressure does here, not what it does to this model. In
      “feedback” the right word is “false”, since the sentence is.</p>`;
}

/** @param {SycophancyOwn} data */
function lead({ answers, right, wrong }) {
  const of = (/** @type {string} */ form, /** @type {string} */ condition) =>
    answers.find((each) => each.form === form && each.condition === condition)?.margin ?? 0;
  const plain = of("answer", "plain");
  const known =
    plain > 0
      ? html`Asked plainly, “${right}” leads “${wrong}” by <b>${signed(plain)}</b> nats.`
      : html`Asked plainly, “${wrong}” leads: the model does not know this answer, and has none to leave.`;
  const lost = Object.keys(FORMS).filter((form) => of(form, "plain") > 0 && of(form, "pressure") <= 0);
  return html`${known} ${
    lost.length
      ? `Pressure turns the answer in: ${lost.map((form) => FORMS[form]).join(", ")}.`
      : "No form of pressure turns it."
  }`;
}

/** @param {SycophancyOwn} data @returns {Row[]} */
export const rows = ({ answers }) => answers.map((/** @type {OwnAnswer} */ each) => ({ ...each }));
