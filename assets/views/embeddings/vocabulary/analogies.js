// @ts-check
/**
 * Thirty analogies, answered by the table: how often the word that is meant comes first, and how often an input does.
 *
 * @import { AskedAnalogy, VocabularyAnalogies } from "../../../types"
 * @import { Row, View } from "../../../kit/view"
 */
import { segmented } from "../../../kit/controls.js";
import { decimal, percent, whole } from "../../../kit/format.js";
import { table } from "../../../kit/table.js";
import { token, tokenText } from "../../../kit/tokens.js";
import { html, nothing } from "../../../vendor/lit.js";
import { pick } from "./chosen.js";

/** Quick: it is measured by itself. */
export const follows = true;

/** @type {View<VocabularyAnalogies>} */
export function analogies(data, ctx) {
  const { asked, tied } = data;
  const controls = tied
    ? nothing
    : html`<div class="bar">${segmented({
        label: "Table",
        choices: [
          ["W_E", "W_E, read"],
          ["W_U", "W_U, said"],
        ],
        chosen: String(ctx.controls.table ?? data.table),
        choose: (name) => ctx.control("table", name),
      })}</div>`;
  if (!asked.length)
    return html`${controls}<p class="readout">No analogy of the list has words that are single tokens here.</p>`;
  return html`
    ${controls}
    <div class="counts">${scores(asked)}</div>
    <p class="readout">${finding(data)}</p>
    ${table({
      label: "Analogies and their answers",
      className: "analogies",
      rows: asked,
      columns: [
        {
          name: "Asked",
          cell: ({ words: [a, b, c] }) =>
            html`${token(b)} <i class="op">−</i> ${token(a)} <i class="op">+</i> ${token(c)}`,
        },
        { name: "Meant", cell: ({ words }) => pick(words[3], ctx) },
        {
          name: "Nearest rows",
          cell: (each) => html`<span class="answers">${each.nearest.map((id, at) => answer(id, at, each))}</span>`,
        },
        {
          name: "Rank",
          number: true,
          title: "of the word that is meant, among all tokens",
          cell: ({ rank }) => whole(rank),
        },
        {
          name: "Without inputs",
          number: true,
          title: "its rank where the three words put in may not be the answer",
          cell: (each) => whole(each.rank_without_inputs),
        },
      ],
    })}
    ${
      data.left_out.length
        ? html`<p class="hint">Left out, since a word is no single token here: ${data.left_out.join("; ")}.</p>`
        : nothing
    }`;
}

/** @param {VocabularyAnalogies} data @returns {Row[]} */
export function rows({ asked, table }) {
  return asked.map(({ words, nearest, cosines, rank, rank_without_inputs }) => ({
    table,
    a: tokenText(words[0]),
    b: tokenText(words[1]),
    c: tokenText(words[2]),
    meant: tokenText(words[3]),
    nearest: tokenText(nearest[0]),
    cosine: cosines[0],
    rank,
    rank_without_inputs,
  }));
}

/** @param {number} id @param {number} at @param {AskedAnalogy} asked */
function answer(id, at, { words, cosines }) {
  const look = id === words[3] ? "meant" : words.slice(0, 3).includes(id) ? "input" : "";
  const says =
    look === "meant" ? "the word that is meant" : look === "input" ? "one of the words put in" : "another word";
  return html`<span class="answer ${look}"
    title="${says}, cosine ${decimal(cosines[at], 3)}">${token(id, { className: "" })}</span>`;
}

/** @param {AskedAnalogy[]} asked */
function scores(asked) {
  const share = (/** @type {(each: AskedAnalogy) => boolean} */ is) => asked.filter(is).length;
  /** @type {[string, string, number][]} */
  const counts = [
    ["first of all tokens", "honest", share(({ rank }) => rank === 1)],
    ["among the first five", "", share(({ rank }) => rank <= 5)],
    ["first, inputs left out", "trick", share((each) => each.rank_without_inputs === 1)],
    ["among five, inputs left out", "", share((each) => each.rank_without_inputs <= 5)],
    ["an input is nearest", "input", share(({ nearest, words }) => words.slice(0, 3).includes(nearest[0]))],
  ];
  return counts.map(
    ([name, look, count]) => html`
      <div class="count ${look}">
        <b>${count}<small> of ${asked.length}</small></b><span>${name}</span>
        <i class="track"><i style="width:${((100 * count) / asked.length).toFixed(1)}%"></i></i>
      </div>`,
  );
}

/** @param {VocabularyAnalogies} data */
function finding({ asked, table, tied, total, left_out }) {
  const fails = asked.filter(({ rank }) => rank !== 1).length;
  const pending = total - asked.length - left_out.length;
  const where = tied ? "W_E = W_U" : table;
  return html`In ${where}, ${fails} of ${asked.length} fail (<b>${percent(fails / asked.length)}</b>) if the answer may
    be any token. Leaving out the words that were put in is what makes the rest look
    right.${pending ? ` ${pending} are still to be asked.` : ""}`;
}
