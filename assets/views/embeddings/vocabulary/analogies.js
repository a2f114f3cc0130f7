// @ts-check
/**
 * Thirty analogies, answered by the table: how often the word that is meant comes first, and how often an input does.
 *
 * @import { AskedAnalogy, VocabularyAnalogies } from "../../../types/embeddings"
 * @import { Row, View } from "../../../kit/view"
 */
import { control } from "../../../kit/controls/declared.js";
import { decimal, percent, whole } from "../../../kit/numbers/format.js";
import { table } from "../../../kit/numbers/table.js";
import { token, tokenText } from "../../../kit/text/tokens.js";
import { html, nothing } from "../../../vendor/lit.js";
import { pick } from "./chosen.js";

/** Quick: it is measured by itself. */
export const follows = true;

/** @type {View<VocabularyAnalogies>} */
export function analogies(data, ctx) {
  const { asked, tied } = data;
  const tables = tied ? nothing : html`<div class="bar">${control(ctx, "table")}</div>`;
  if (!asked.length)
    return html`${tables}<p class="readout">In this vocabulary no analogy of the list consists of single tokens.</p>`;
  return html`
    ${tables}
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
        { name: "Expected", cell: ({ words }) => pick(words[3], ctx) },
        {
          name: "Nearest rows",
          cell: (each) => html`<span class="answers">${each.nearest.map((id, at) => answer(id, at, each))}</span>`,
        },
        {
          name: "Rank",
          number: true,
          title: "of the expected word, among all tokens",
          cell: ({ rank }) => whole(rank),
        },
        {
          name: "Rank without inputs",
          number: true,
          title: "of the expected word, when the three input words are left out",
          cell: (each) => whole(each.rank_without_inputs),
        },
      ],
    })}
    <p class="hint">Each row is scaled to length 1 before it is added or subtracted, and the nearest rows are those of
      the largest cosine. ${
        data.left_out.length
          ? html`Left out, because a word is not a single token in this vocabulary: ${data.left_out.join("; ")}.`
          : nothing
      }</p>`;
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
  const says = look === "meant" ? "the expected word" : look === "input" ? "an input word" : "another word";
  return html`<span class="answer ${look}"
    title="${says}, cosine ${decimal(cosines[at], 3)}">${token(id, { className: "" })}</span>`;
}

/** @param {AskedAnalogy[]} asked */
function scores(asked) {
  const share = (/** @type {(each: AskedAnalogy) => boolean} */ is) => asked.filter(is).length;
  /** @type {[string, string, number][]} */
  const counts = [
    ["expected word is nearest", "honest", share(({ rank }) => rank === 1)],
    ["expected word among five nearest", "", share(({ rank }) => rank <= 5)],
    ["nearest, inputs left out", "trick", share((each) => each.rank_without_inputs === 1)],
    ["among five, inputs left out", "", share((each) => each.rank_without_inputs <= 5)],
    ["an input word is nearest", "input", share(({ nearest, words }) => words.slice(0, 3).includes(nearest[0]))],
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
  const helped = asked.filter((each) => each.rank !== 1 && each.rank_without_inputs === 1).length;
  const pending = total - asked.length - left_out.length;
  const where = tied ? "W_E = W_U" : table;
  return html`In ${where}, the nearest row is not the expected word for ${fails} of ${asked.length} analogies
    (<b>${percent(fails / asked.length)}</b>) when any token may be the answer. Leaving out the three input words turns
    ${whole(helped)} of these into hits.${pending ? ` ${pending} analogies are still to come.` : ""}`;
}
