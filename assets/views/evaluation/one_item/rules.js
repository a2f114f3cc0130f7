// @ts-check
/**
 * The choices under every rule: which wins.
 *
 * @import { ItemRule, OneItemOpened } from "../../../types/evaluation"
 * @import { BesideWords } from "../../../kit/view"
 */

import { legend } from "../../../kit/drawing/legend.js";
import { decimal } from "../../../kit/numbers/format.js";
import { rightOrWrong } from "../../../kit/numbers/right_wrong.js";
import { table } from "../../../kit/numbers/table.js";
import { html, nothing } from "../../../vendor/lit.js";
import { isRight, RULES } from "./words.js";

/** @param {OneItemOpened} data @param {BesideWords} beside */
export function rules(data, beside) {
  return html`
    ${table({
      label: "Scores of the choices by each rule",
      className: "keeps-names",
      rows: [...data.rules],
      columns: [
        {
          name: "Rule",
          cell: ({ rule }) => html`<b>${RULES[rule].metric}</b> <small>${RULES[rule].formula}</small>`,
        },
        ...data.choices.map(({ text }, at) => ({
          name: text,
          number: true,
          cell: (/** @type {ItemRule} */ { scores, winner }) =>
            html`<span class=${winner === at ? "wins" : ""}>${decimal(scores[at], scores[at] > -10 ? 3 : 2)}</span>`,
        })),
        { name: "takes", cell: ({ winner }) => verdict(data, winner) },
        ...(data.beside
          ? [
              {
                name: beside.column,
                cell: (/** @type {ItemRule} */ { there }) => (there === null ? "" : verdict(data, there)),
              },
            ]
          : []),
      ],
    })}
    ${legend([["wins", "the choice that the rule takes"]])}
    ${
      data.beside
        ? html`<p class="readout basenote">${beside.start}, ${data.beside} reads the same prompt.</p>`
        : nothing
    }`;
}

/** @param {OneItemOpened} data @param {number} choice */
export const verdict = (data, choice) => rightOrWrong(isRight(data, choice), data.choices[choice].text);
