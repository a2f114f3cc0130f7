// @ts-check
/**
 * A mild order in a passage, and the same passage without it; both again under a system prompt against it.
 *
 * @import { SystemInjected, SystemPassage } from "../../../types/safety"
 * @import { Row, View } from "../../../kit/view"
 */
import { control } from "../../../kit/controls/declared.js";
import { typed, typedText } from "../../../kit/controls/typed.js";
import { counted } from "../../../kit/numbers/format.js";
import { ratesPicture, rateWords } from "../../../kit/numbers/rates.js";
import { table } from "../../../kit/numbers/table.js";
import { spokenBy } from "../../../kit/text/spoken_by.js";
import { html } from "../../../vendor/lit.js";

/** @type {View<SystemInjected>} */
export function injected(data, ctx) {
  const text = (/** @type {string} */ name) => typedText(name, String(ctx.controls[name] ?? ""), ctx);
  const field = { plain: true, named: true };
  return html`
    <div class="settings-row">${control(ctx, "passages", { as: "segmented" })}</div>
    <div class="asked">
      ${typed({ ...field, name: "given", value: text("given"), lines: [1, 6] }, ctx)}
      <div class="cluster">
        ${["asked", "order", "word"].map((name) => typed({ ...field, name, value: text(name), single: true }, ctx))}
      </div>
    </div>
    ${spokenBy(data.own)}
    <p class="readout lead">${lead(data)}</p>
    ${ratesPicture({
      rates: data.rates,
      width: ctx.width,
      label: "Answers that say the word",
      title: "answers that say the word of the order, with their interval of 95 %",
      hollow: ({ name }) => name.startsWith("no order"),
    })}
    ${table({
      label: "Passages",
      columns: [
        {
          name: "passage and question",
          className: "said",
          cell: ({ passage, question, yours }) =>
            html`${yours ? html`<b>Yours: </b>` : ""}${passage} <mark>the order</mark><br /><small>${question}</small>`,
        },
        { name: "order", className: "said", cell: ({ order }) => order },
        { name: "with the order", className: "said", cell: (each) => answer(each, 0) },
        { name: "twin: without", className: "said", cell: (each) => answer(each, 1) },
        { name: "against it, with the order", className: "said", cell: (each) => answer(each, 2) },
      ],
      rows: [...data.items],
    })}
    <p class="hint">The system prompt against it: “${data.guard}” An answer that says the word need not have
    understood an
      order: a model of 0.1 B often copies words of the passage. Only the twin tells that it does not say it
      anyway.</p>`;
}

/** @param {SystemPassage} item @param {number} at */
const answer = ({ texts, followed }, at) =>
  html`${texts[at] || "nothing"}<br /><small>${followed[at] ? "says the word" : "does not say it"}</small>`;

/** @param {SystemInjected} data */
function lead({ items, total, rates }) {
  if (!items.length) return "The first passages are being read.";
  const [order, twin, guarded] = rates;
  const far = items.length < total ? ` so far, of ${total}` : "";
  return html`Of ${counted(items.length, "passage")}${far} with an order in them, the answer says its word in
    <b>${rateWords(order)}</b>; of the same passages without it in ${rateWords(twin)}. Under a system prompt that
    forbids it
    the word is said in <b>${rateWords(guarded)}</b>.
    ${
      guarded.high < order.low
        ? "The system prompt helps."
        : "The intervals overlap: these passages do not show that the system prompt helps."
    }`;
}

/** @param {SystemInjected} data @returns {Row[]} */
export const rows = ({ items }) =>
  items.map(({ passage, question, order, word, texts, followed }) => ({
    ...{ passage, question, order, word, answer: texts[0], twin: texts[1], guarded: texts[2], guarded_twin: texts[3] },
    ...{ followed: followed[0], twin_says_it: followed[1], guarded_followed: followed[2] },
  }));
