// @ts-check
/**
 * One passage: what is in it, and what each word and each list adds to its scores.
 *
 * @import { RetrieveLists } from "../../../types/context"
 */
import { counted, decimal, percent, whole } from "../../../kit/numbers/format.js";
import { table } from "../../../kit/numbers/table.js";
import { html, styleMap } from "../../../vendor/lit.js";

/** @param {RetrieveLists} data @param {number} at @param {string[]} names of the lists */
export function taken({ passages, words, idf, weight }, at, names) {
  const passage = passages[at];
  const most = Math.max(...passage.words, 1e-9);
  return html`
    <h3 class="sub3" dir="auto">${passage.title}</h3>
    <p class="hint">${marked(passage).map((text) => html`<span class="chip warn">${text}</span> `)}</p>
    <blockquote dir="auto">${passage.text}${
      passage.characters > passage.text.length + passage.title.length + 2 ? " …" : ""
    }</blockquote>
    <div class="side-by-side">
      ${table({
        label: "BM25’s score by word",
        className: "keeps-names",
        rows: words.map((word, index) => ({ word, rare: idf[index], adds: passage.words[index] })),
        columns: [
          { name: "word", cell: ({ word }) => word },
          { name: "idf", number: true, cell: ({ rare }) => decimal(rare), title: "How rare the word is." },
          { name: "adds to BM25", cell: ({ adds }) => meter(adds, most) },
        ],
      })}
      ${table({
        label: "What each list adds",
        className: "keeps-names",
        rows: [
          { name: `${names[2]}: 1 / (60 + rank)`, parts: passage.rrf, digits: 4 },
          {
            name: `${names[3]}: scaled score × ${percent(1 - weight)} or ${percent(weight)}`,
            parts: passage.convex,
            digits: 2,
          },
        ],
        columns: [
          { name: "fused by", cell: ({ name }) => name },
          { name: `${names[0]}`, number: true, cell: ({ parts, digits }) => decimal(parts[0], digits) },
          { name: `${names[1]}`, number: true, cell: ({ parts, digits }) => decimal(parts[1], digits) },
          { name: "sum", number: true, cell: ({ parts, digits }) => decimal(parts[0] + parts[1], digits) },
        ],
      })}
    </div>
    <p class="hint">Cosine of the passage’s and the question’s vectors: ${decimal(passage.dense, 3)}. Ranks:
      ${names
        .map((name, index) => `${name} ${passage.ranks[index] ? whole(passage.ranks[index]) : "–"}`)
        .join(", ")}.</p>`;
}

/** A bar from nought. @param {number} value @param {number} most */
const meter = (value, most) =>
  html`<span class="meter"><i style=${styleMap({ "--size": `${(100 * Math.max(0, value)) / most}%` })}></i></span>
    <span class="num">${decimal(value)}</span>`;

/** @param {RetrieveLists["passages"][number]} passage */
const marked = ({ tags, orders, right_to_left: turned, unseen }) =>
  [
    tags && `${counted(tags, "tag")} of markup, read as text`,
    turned > 0 && `${percent(turned)} right to left`,
    unseen && `${counted(unseen, "character")} that nobody sees`,
    ...orders.map((words) => `speaks to the model: “${words}”`),
  ].filter((each) => typeof each === "string");
