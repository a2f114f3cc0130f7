// @ts-check
/**
 * What each filter takes of a text, and whether that is the answer.
 *
 * @import { ClinicFilters, ClinicText } from "../../../types/evaluation"
 * @import { Drafts } from "../../../kit/controls/typed.js"
 * @import { Row, View } from "../../../kit/view"
 */

import { typed, typedText } from "../../../kit/controls/typed.js";
import { counted } from "../../../kit/numbers/format.js";
import { rightOrWrong } from "../../../kit/numbers/right_wrong.js";
import { table } from "../../../kit/numbers/table.js";
import { html } from "../../../vendor/lit.js";

/** @type {View<ClinicFilters, Drafts>} */
export function filters(data, ctx) {
  return html`
    <p class="readout lead">${said(data.texts)}</p>
    ${cuts(data.texts, "Answers by three filters")}
    <div class="own-text">
      ${typed({ name: "text", value: typedText("text", undefined, ctx), lines: [1, 4], plain: true, named: true }, ctx)}
      ${typed({ name: "right", value: typedText("right", undefined, ctx), single: true, named: true }, ctx)}
    </div>
    <p class="readout lead">Two written judgements: the first mark is what the judge mentions, the last is the
      verdict.</p>
    ${cuts(data.judgements, "Judgements by first and last mark")}
    <p class="hint">Strict and flexible are GSM8K’s expressions in lm-evaluation-harness. The first mark was taken by
      FastChat’s judge. The texts are made up for this view.</p>`;
}

/** @param {ClinicFilters} data @returns {Row[]} */
export const rows = (data) =>
  [...data.texts, ...data.judgements].flatMap(({ text, right, cuts }) =>
    cuts.map((cut) => ({ text, right, filter: cut.filter, found: cut.found, is_right: cut.right })),
  );

/** @param {readonly ClinicText[]} texts @param {string} label */
function cuts(texts, label) {
  return table({
    label,
    columns: [
      { name: "text", className: "text", cell: ({ text }) => text },
      { name: "right answer", className: "cut", cell: ({ right }) => right },
      ...texts[0].cuts.map(({ filter }, at) => ({
        name: filter,
        className: "cut",
        cell: (/** @type {ClinicText} */ { cuts }) => rightOrWrong(cuts[at].right, cuts[at].found ?? "nothing"),
      })),
    ],
    rows: [...texts],
  });
}

/** How many each filter finds. @param {readonly ClinicText[]} texts */
function said(texts) {
  const right = texts[0].cuts.map(({ filter }, at) => {
    const count = texts.filter(({ cuts }) => cuts[at].right).length;
    return html`${at ? ", " : ""}${filter} <b>${count}</b>`;
  });
  return html`All ${counted(texts.length, "text")} hold the right answer. Right by each filter: ${right}.`;
}
