// @ts-check
/**
 * Searches by the question, by what the model wrote for it, and by both.
 *
 * @import { MetricsRewriting } from "../../../types/context"
 * @import { Row, View } from "../../../kit/view"
 */
import { control } from "../../../kit/controls/declared.js";
import { counted, decimal, percent, whole } from "../../../kit/numbers/format.js";
import { table } from "../../../kit/numbers/table.js";
import { html } from "../../../vendor/lit.js";

/** @type {Record<string, string>} */
const NAMES = {
  dense: "MiniLM, the question",
  hyde: "MiniLM, the written passage",
  both: "MiniLM, the mean of both",
  words: "BM25, the question",
  "more words": "BM25, question and passage",
};

/** @type {View<MetricsRewriting>} */
export function rewriting(data, ctx) {
  const { ways, texts, titles, passages, ranks } = data;
  const rank = (/** @type {number} */ way, /** @type {number} */ at) => {
    const found = ranks.a[way * texts.length + at];
    return found ? whole(found) : "–";
  };
  return html`
    <div class="settings-row">${control(ctx, "rewritten")} ${control(ctx, "count", { as: "number" })}</div>
    <p class="readout lead">${lead(data)}</p>
    ${table({
      label: "Recall of each search",
      className: "keeps-names",
      rows: [...ways],
      columns: [
        { name: "search by", cell: ({ way }) => NAMES[way] },
        { name: "recall@10", number: true, cell: ({ recall }) => percent(recall) },
        { name: "95% interval", number: true, cell: ({ low, high }) => `${percent(low)} to ${percent(high)}` },
        { name: "MRR", number: true, cell: ({ mrr }) => decimal(mrr, 3) },
      ],
    })}
    <h3 class="sub3">Each question <small>rank of the known article</small></h3>
    ${table({
      label: "Each question and what the model wrote",
      className: "keeps-names",
      rows: [...texts.keys()],
      columns: [
        { name: "question", cell: (at) => texts[at] },
        { name: "article", cell: (at) => titles[at] },
        { name: "MiniLM", number: true, cell: (at) => rank(0, at) },
        { name: "both", number: true, cell: (at) => rank(2, at) },
        { name: "BM25", number: true, cell: (at) => rank(3, at) },
        { name: "more words", number: true, cell: (at) => rank(4, at) },
        { name: "the model wrote", cell: (at) => html`<span dir="auto">${passages[at]}</span>` },
      ],
    })}
    <p class="hint">The passage need not be true: what counts is that it lies near the article. BM25 gets the question
      five times and the passage once. The p-values are McNemar’s.</p>`;
}

/** @param {MetricsRewriting} data */
function lead({ apart, texts, asked }) {
  const said = apart.map(
    ({ one, other, only_one: lost, only_other: won, p }) =>
      html`${NAMES[other]}: <b>${won}</b> found that ${NAMES[one]} does not find, <b>${lost}</b> lost
      (p ${decimal(p)}). `,
  );
  const part = texts.length < asked ? `${texts.length} of ${asked} are asked.` : "";
  return html`Of ${counted(texts.length, "question")}, by the first ten: ${said} ${part}`;
}

/** @param {MetricsRewriting} data @returns {Row[]} */
export const rows = ({ texts, titles, passages, ranks, ways }) =>
  texts.map((question, at) => ({
    question,
    article: titles[at],
    ...Object.fromEntries(ways.map(({ way }, row) => [`rank_${way}`, ranks.a[row * texts.length + at] || null])),
    passage: passages[at],
  }));
