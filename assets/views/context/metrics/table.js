// @ts-check
/**
 * Retrievers on questions with known articles: a table by kind of question, pairs compared, every question's ranks.
 *
 * @import { RetrievalMetrics } from "../../../types/context"
 * @import { Row, View, ViewContext } from "../../../kit/view"
 * @typedef {{ all?: boolean }} Kept
 */
import { control } from "../../../kit/controls/declared.js";
import { firstFew } from "../../../kit/numbers/first_few.js";
import { decimal, percent, scientific, signed, whole } from "../../../kit/numbers/format.js";
import { table as tabled } from "../../../kit/numbers/table.js";
import { html } from "../../../vendor/lit.js";

/** @type {Record<string, string>} */
const NAMES = { bm25: "BM25", dense: "MiniLM", rrf: "RRF", convex: "Convex" };
/** Below it a difference is said to be more than chance. */
const LEVEL = 0.05;

/** So many questions stand there at first. */
const FEW = 25;

/** @type {View<RetrievalMetrics, Kept>} */
export function table(data, ctx) {
  const kind = String(ctx.controls.kind ?? "all");
  const names = data.retrievers.map((name) => NAMES[name]);
  return html`
    <div class="settings-row">${control(ctx, "count", { as: "number" })} ${control(ctx, "variant", { as: "select" })}
      ${control(ctx, "weight")}</div>
    <p class="readout lead">${lead(data, names)}</p>
    <h3 class="sub3">By kind of question <small>first ten of ${whole(data.articles)} articles</small></h3>
    ${scores(data, names)}
    <h3 class="sub3">Two retrievers on the same questions</h3>
    ${apart(data, names)}
    <h3 class="sub3">Every question</h3>
    <div class="settings-row">${control(ctx, "kind")}</div>
    ${each(data, names, kind, ctx)}`;
}

/** @param {RetrievalMetrics} data @param {string[]} names */
function lead({ scores: all, kinds, texts, apart: pairs }, names) {
  const best = (/** @type {string} */ kind) =>
    all.filter((row) => row.kind === kind).reduce((a, b) => (b.ndcg > a.ndcg ? b : a));
  const parts = kinds
    .filter((kind) => all.some((row) => row.kind === kind))
    .map((kind) => `${names[best(kind).retriever]} on “${kind}” (nDCG ${decimal(best(kind).ndcg)})`);
  const unclear = pairs.filter(({ p }) => p >= LEVEL).length;
  return html`On all ${texts.length} questions <b>${names[best("all").retriever]}</b> is best
    (nDCG ${decimal(best("all").ndcg)}). Best by kind: ${parts.join(", ")}. Of ${pairs.length} pairs
    ${unclear || "none"} ${unclear ? "may differ by chance alone" : "differs by chance alone"}.`;
}

/** @param {RetrievalMetrics} data @param {string[]} names */
const scores = ({ scores: rows }, names) =>
  tabled({
    label: "Measures of every retriever",
    className: "keeps-names",
    rows,
    columns: [
      { name: "questions", cell: ({ kind, questions }) => html`${kind} <small>${questions}</small>` },
      { name: "retriever", cell: ({ retriever }) => names[retriever] },
      { name: "first", number: true, cell: ({ first }) => percent(first) },
      { name: "recall@10", number: true, cell: ({ recall }) => percent(recall) },
      { name: "95%", number: true, cell: ({ low, high }) => `${percent(low)} to ${percent(high)}` },
      { name: "MRR", number: true, cell: ({ mrr }) => decimal(mrr) },
      {
        name: "nDCG@10",
        number: true,
        cell: ({ ndcg }) => decimal(ndcg),
        title: "Both gains agree where one article is relevant.",
      },
    ],
  });

/** @param {RetrievalMetrics} data @param {string[]} names */
const apart = ({ apart: pairs }, names) =>
  tabled({
    label: "Pairs of retrievers",
    className: "keeps-names",
    rows: pairs,
    columns: [
      { name: "pair", cell: ({ one, other }) => `${names[one]} and ${names[other]}` },
      { name: "only the first finds it", number: true, cell: ({ only_one: only }) => only },
      { name: "only the second", number: true, cell: ({ only_other: only }) => only },
      { name: "McNemar’s p", number: true, cell: ({ p }) => (p < 1e-3 ? scientific(p) : decimal(p, 3)) },
      {
        name: "nDCG, second − first",
        number: true,
        cell: ({ difference, low, high }) => `${signed(difference)} (${signed(low)} to ${signed(high)})`,
      },
    ],
  });

/** @param {RetrievalMetrics} data @param {string[]} names @param {string} chosen @param {ViewContext<Kept>} ctx */
function each({ texts, titles, kind, kinds, ranks }, names, chosen, ctx) {
  const { shown, more } = firstFew(
    [...texts.keys()].filter((at) => chosen === "all" || kinds[kind[at]] === chosen),
    { few: FEW, noun: "questions", all: ctx.kept.all, show: (all) => ctx.keep({ all }) },
  );
  const n = texts.length;
  return html`${tabled({
    label: "Questions and the known article’s rank in each list",
    className: "keeps-names questions",
    rows: shown,
    columns: [
      {
        name: "question",
        cell: (at) =>
          html`<a href=${`?panel=retrieve&retrieve.question=${encodeURIComponent(texts[at])}`}>${texts[at]}</a>`,
      },
      { name: "known article", cell: (at) => titles[at] },
      ...names.map((name, row) => ({
        name,
        number: true,
        cell: (/** @type {number} */ at) => {
          const rank = ranks.a[row * n + at];
          return rank === 1 ? html`<b>1</b>` : rank ? whole(rank) : "–";
        },
      })),
    ],
  })}${more}`;
}

/** @param {RetrievalMetrics} data @returns {Row[]} */
export const rows = ({ texts, titles, kind, kinds, ranks, retrievers }) =>
  texts.map((text, at) => ({
    question: text,
    kind: kinds[kind[at]],
    known_article: titles[at],
    ...Object.fromEntries(retrievers.map((name, row) => [`rank_${name}`, ranks.a[row * texts.length + at] || null])),
  }));
