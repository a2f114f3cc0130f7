// @ts-check
/**
 * The first passages of RRF's list ranked again: measures before and after, by kind of question.
 *
 * @import { MetricsReranked, OrderScores } from "../../../types/context"
 * @import { Row, View, ViewContext } from "../../../kit/view"
 * @typedef {{ all?: boolean }} Kept
 */
import { control } from "../../../kit/controls/declared.js";
import { firstFew } from "../../../kit/numbers/first_few.js";
import { decimal, percent, signed, whole } from "../../../kit/numbers/format.js";
import { table } from "../../../kit/numbers/table.js";
import { html } from "../../../vendor/lit.js";

/** @type {Record<string, string>} */
const NAMES = { before: "RRF", cross: "Cross-encoder", splade: "SPLADE", likelihood: "Likelihood" };
const ORDERS = ["before", "cross", "splade", "likelihood"];

/** So many questions stand there at first. */
const FEW = 25;

/** @type {View<MetricsReranked, Kept>} */
export function reranked(data, ctx) {
  const { scores, texts, depth } = data;
  const few = scores.filter((row) => row.few);
  const kind = String(ctx.controls.kind ?? "all");
  return html`
    <p class="readout lead">${lead(data)}</p>
    <h3 class="sub3">All ${texts.length} questions</h3>
    ${measured(
      "Reranking on all questions",
      scores.filter((row) => !row.few),
    )}
    <h3 class="sub3">${few[0].questions} questions, the likelihood too</h3>
    ${measured("Reranking on a part of the questions", few)}
    <p class="hint">Each order ranks RRF’s first ${depth} passages again. A known article beyond them stays where it
      was and counts as not found. The interval is a bootstrap’s over the questions, to RRF on the same ones.
      ${times(data)}</p>
    <h3 class="sub3">Every question <small>rank of the known article</small></h3>
    <div class="settings-row">${control(ctx, "kind")}</div>
    ${each(data, kind, ctx)}`;
}

/** @param {MetricsReranked} data */
function lead({ scores, seeds }) {
  const [all, ...kinds] = scores.filter((row) => row.order === "cross" && !row.few);
  const rest = kinds.map((row) => `${change(row)} on “${row.kind}”`);
  const best = scores.filter((row) => row.kind === "all").reduce((a, b) => (b.difference > a.difference ? b : a));
  const sparse = scores.filter((row) => row.order === "splade" && !row.few)[0];
  return html`The cross-encoder ${said(all)} RRF’s list on all questions: nDCG ${decimal(all.ndcg - all.difference)}
    becomes <b>${decimal(all.ndcg)}</b> (${change(all)}). By kind: ${rest.join(", ")}. Trained with
    ${seeds.length} seeds the change is ${seeds.map((each) => signed(each)).join(", ")}. SPLADE on all questions:
    ${change(sparse)}. The largest gain is by ${NAMES[best.order]}, on ${best.questions} questions: ${change(best)}.`;
}

/** @param {OrderScores} row */
const said = ({ low, high }) => (low > 0 ? "improves" : high < 0 ? "harms" : "may or may not improve");

/** @param {OrderScores} row */
const change = ({ difference, low, high }) => `${signed(difference)}, ${signed(low)} to ${signed(high)}`;

/** @param {MetricsReranked} data */
const times = ({ milliseconds }) => {
  const each = milliseconds.map((ms, at) => `${whole(Math.round(ms))} ms by ${NAMES[ORDERS[at + 1]]}`);
  return `A question took ${each.join(", ")}.`;
};

/** @param {string} label @param {OrderScores[]} rows */
const measured = (label, rows) =>
  table({
    label,
    className: "keeps-names",
    rows,
    columns: [
      { name: "questions", cell: ({ kind, questions }) => html`${kind} <small>${questions}</small>` },
      { name: "order", cell: ({ order }) => NAMES[order] },
      { name: "first", number: true, cell: ({ first }) => percent(first) },
      { name: "recall@10", number: true, cell: ({ recall }) => percent(recall) },
      { name: "MRR", number: true, cell: ({ mrr }) => decimal(mrr) },
      { name: "nDCG@10", number: true, cell: ({ ndcg }) => decimal(ndcg) },
      { name: "nDCG, change", number: true, cell: (row) => (row.order === "before" ? "–" : change(row)) },
    ],
  });

/** @param {MetricsReranked} data @param {string} chosen @param {ViewContext<Kept>} ctx */
function each({ texts, titles, kind, ranks }, chosen, ctx) {
  const n = texts.length;
  const { shown, more } = firstFew(
    [...texts.keys()].filter((at) => chosen === "all" || kind[at] === chosen),
    { few: FEW, noun: "questions", all: ctx.kept.all, show: (all) => ctx.keep({ all }) },
  );
  return html`${table({
    label: "Questions and the known article’s rank in each order",
    className: "keeps-names questions",
    rows: shown,
    columns: [
      {
        name: "question",
        cell: (at) =>
          html`<a href=${`?panel=retrieve&retrieve.question=${encodeURIComponent(texts[at])}`}>${texts[at]}</a>`,
      },
      { name: "known article", cell: (at) => titles[at] },
      ...ORDERS.map((order, row) => ({
        name: NAMES[order],
        number: true,
        cell: (/** @type {number} */ at) => {
          const rank = ranks.a[row * n + at];
          return rank === 1 ? html`<b>1</b>` : rank > 0 ? whole(rank) : rank === 0 ? "–" : "";
        },
      })),
    ],
  })}${more}`;
}

/** @param {MetricsReranked} data @returns {Row[]} */
export const rows = ({ texts, titles, kind, ranks }) =>
  texts.map((question, at) => ({
    question,
    kind: kind[at],
    known_article: titles[at],
    ...Object.fromEntries(ORDERS.map((order, row) => [`rank_${order}`, ranks.a[row * texts.length + at]])),
  }));
