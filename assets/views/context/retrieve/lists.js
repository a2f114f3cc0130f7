// @ts-check
/**
 * Five rankings of the same passages side by side, and one passage's scores taken apart.
 *
 * @import { RetrieveLists } from "../../../types/context"
 * @import { Row, View, ViewContext } from "../../../kit/view"
 */
import { control } from "../../../kit/controls/declared.js";
import { typed, typedText } from "../../../kit/controls/typed.js";
import { decimal, percent, whole } from "../../../kit/numbers/format.js";
import { html, nothing } from "../../../vendor/lit.js";
import { taken } from "./apart.js";
import { files } from "./files.js";

/** What the lists are called, and what ranks in them. @type {Record<string, [name: string, how: string]>} */
const NAMES = {
  bm25: ["BM25", "by words"],
  dense: ["MiniLM", "by meaning"],
  rrf: ["RRF", "by both ranks"],
  convex: ["Convex", "by both scores"],
  mmr: ["MMR", "varied"],
};

/** @type {View<RetrieveLists>} */
export function lists(data, ctx) {
  const at = chosen(data, ctx);
  const own = ctx.controls.source === "own";
  return html`
    <div class="asked">
      ${typed(
        { name: "question", value: typedText("question", data.question, ctx), single: true, plain: true, named: true },
        ctx,
      )}
      <div class="cluster">
        ${data.examples.map(
          (text) => html`<button type="button" class="chip" aria-pressed=${text === data.question}
            @click=${() => ctx.control("question", text)}>${text}</button>`,
        )}
      </div>
    </div>
    <div class="settings-row">${control(ctx, "source")} ${control(ctx, "variant", { as: "select" })}
      ${control(ctx, "weight")} ${control(ctx, "trade")}
      ${typed({ name: "title", value: typedText("title", "", ctx), single: true, plain: true, named: true }, ctx)}</div>
    ${
      own
        ? typed({ name: "own", value: typedText("own", "", ctx), lines: [4, 12], plain: true, named: true }, ctx)
        : nothing
    }
    ${ctx.controls.source === "files" ? files(ctx, data.kept) : nothing}
    <p class="readout lead">${data.lacking || lead(data)}</p>
    ${
      data.lacking
        ? nothing
        : html`<div class="rankings">
            ${data.names.map((name, which) => ranking(data, ctx, which, NAMES[name], at))}
          </div>`
    }
    ${
      at < 0
        ? nothing
        : taken(
            data,
            at,
            data.names.map((name) => NAMES[name][0]),
          )
    }`;
}

/**
 * The passage that is taken apart: the chosen one, or MiniLM's first.
 * @param {RetrieveLists} data @param {ViewContext} ctx
 */
function chosen({ passages, lists: held }, ctx) {
  const said = Number(ctx.controls.passage) - 1;
  return said >= 0 && said < passages.length ? said : (held[1][0] ?? -1);
}

/**
 * @param {RetrieveLists} data @param {ViewContext} ctx @param {number} which
 * @param {[string, string]} named @param {number} at the chosen passage
 */
function ranking({ lists: held, passages, known }, ctx, which, [name, how], at) {
  return html`
    <section><h3 class="sub3">${name} <small>${how}</small></h3>
      ${held[which].length ? nothing : html`<p class="hint">Nothing: no passage holds a word of the question.</p>`}
      <ol>
        ${held[which].map(
          (passage) => html`<li><button type="button" aria-pressed=${passage === at}
            class=${passage === known ? "known" : ""} @click=${() => ctx.control("passage", passage + 1)}>
            <span dir="auto">${passages[passage].title}</span> <small class="num">${score(
              passages[passage],
              which,
            )}</small>
          </button></li>`,
        )}
      </ol>
    </section>`;
}

/** What the list ranks by. @param {RetrieveLists["passages"][number]} passage @param {number} which */
function score(passage, which) {
  if (which === 0) return decimal(passage.bm25);
  if (which === 2) return decimal(sum(passage.rrf), 4);
  if (which === 3) return decimal(sum(passage.convex));
  return decimal(passage.dense);
}

/** @param {readonly number[]} values */
const sum = (values) => values.reduce((total, each) => total + each, 0);

/** Which passage is first by words, which by meaning, and why. @param {RetrieveLists} data */
function lead(data) {
  const { passages, lists: held, words, known, searched, allowed } = data;
  const [byWords, byMeaning] = [passages[held[0][0]], passages[held[1][0]]];
  const of = `${whole(allowed)} of ${whole(searched)} passages are searched.`;
  if (!byWords) return html`No passage holds a word of the question, so BM25’s list is empty. ${of}`;
  const most = byWords.words.indexOf(Math.max(...byWords.words));
  const why = html`BM25 puts <b>${byWords.title}</b> first: “${words[most]}” gives
    ${percent(byWords.words[most] / byWords.bm25)} of its score.`;
  const same = byWords === byMeaning;
  const lacks = words.filter((_, at) => byMeaning.words[at] <= 0);
  const other = same
    ? "MiniLM agrees."
    : html`MiniLM puts <b>${byMeaning.title}</b> first (cosine ${decimal(byMeaning.dense)}), which BM25
      ${byMeaning.ranks[0] ? `has at rank ${whole(byMeaning.ranks[0])}` : "does not have"}${
        lacks.length ? `: it lacks ${lacks.map((word) => `“${word}”`).join(", ")}` : ""
      }.`;
  return html`${why} ${other} ${known < 0 ? nothing : answer(data)} ${of}`;
}

/** @param {RetrieveLists} data */
function answer({ passages, known, names }) {
  const { title, ranks } = passages[known];
  const said = names.map((name, at) => `${NAMES[name][0]} ${ranks[at] ? whole(ranks[at]) : "–"}`).join(", ");
  return html`The article that is known to answer, <b>${title}</b>, has these ranks: ${said}.`;
}

/** @param {RetrieveLists} data @returns {Row[]} */
export const rows = ({ passages, names, words }) =>
  passages.map((each) => ({
    passage: each.title,
    ...Object.fromEntries(names.map((name, at) => [`rank_${name}`, each.ranks[at] || null])),
    bm25: each.bm25,
    ...Object.fromEntries(words.map((word, at) => [`bm25_${word}`, each.words[at]])),
    cosine: each.dense,
    rrf_bm25: each.rrf[0],
    rrf_minilm: each.rrf[1],
    convex_bm25: each.convex[0],
    convex_minilm: each.convex[1],
  }));
