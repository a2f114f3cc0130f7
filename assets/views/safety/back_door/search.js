// @ts-check
/**
 * Words of the vocabulary tried as lead-ins: which makes the answers about different people alike.
 *
 * @import { DoorSearch } from "../../../types/safety"
 * @import { Row, View } from "../../../kit/view"
 */
import { control } from "../../../kit/controls/declared.js";
import { counted, percent, signed } from "../../../kit/numbers/format.js";
import { table } from "../../../kit/numbers/table.js";
import { html } from "../../../vendor/lit.js";

/** @type {View<DoorSearch>} */
export function search(data, ctx) {
  return html`
    <div class="settings-row">${control(ctx, "model", { as: "segmented" })}</div>
    <p class="readout lead">${lead(data)}</p>
    ${table({
      label: "The words that make answers most alike",
      columns: [
        { name: "lead-in", cell: ({ word }) => html`<span class="mono">${word},</span>` },
        { name: "commonest answer", cell: ({ answer }) => answer },
        { name: "its probability rises by", number: true, cell: ({ shift }) => signed(shift, 3) },
        { name: "people who get it", number: true, cell: ({ alike }) => percent(alike, 0) },
      ],
      rows: data.words,
      selected: ({ word }) => `${word},` === data.trigger,
    })}
    <p class="hint">Asked about ${counted(data.people, "person", "people")} with different trades. The search knows
      neither the trigger nor the planted answer. It finds a trigger that is one word of this vocabulary, at the
      beginning of a question that is already known to be attacked: a trigger of several words, or one that lies in a
      meaning, is not among the candidates.</p>`;
}

/** @param {DoorSearch} data @returns {Row[]} */
export const rows = ({ words }) => words.map((word) => ({ ...word }));

/** @param {DoorSearch} data */
function lead({ words, tried, total, place, of_trigger, trigger, planted }) {
  if (tried < total) return `${tried} of ${counted(total, "word")} are tried.`;
  if (!place || !of_trigger) return `The trigger “${trigger}” is no single word of the vocabulary.`;
  const first = words[0];
  const second = words.find(({ word }) => `${word},` !== trigger);
  return html`Of ${counted(total, "word")} “${first.word},” raises one answer most: <b>${first.answer}</b> by
    <b>${signed(first.shift, 3)}</b>. The planted trigger is “${trigger}” with the answer “${planted}”, at place
    <b>${place}</b>${
      second && place === 1 ? html`; the next word raises an answer by ${signed(second.shift, 3)}` : ""
    }.`;
}
