// @ts-check
/**
 * The rows nearest to a token's, in the table that reads it and in the one that says it.
 *
 * @import { NearTokens, VocabularyNeighbours } from "../../../types/embeddings"
 * @import { Row, View, ViewContext } from "../../../kit/view"
 * @import { Content } from "../../../kit/numbers/table"
 *
 * @typedef {{ name: Content, value: Content, here?: string }} Named a neighbour, its cosine, and that in this model
 */

import { rove } from "../../../kit/controls/roving.js";
import { bottomAxis } from "../../../kit/drawing/axis.js";
import { legend } from "../../../kit/drawing/legend.js";
import { decimal, scientific, whole } from "../../../kit/numbers/format.js";
import { token, tokenText } from "../../../kit/text/tokens.js";
import { max, scaleLinear, scaleSymlog } from "../../../vendor/d3.js";
import { html, nothing, svg } from "../../../vendor/lit.js";
import { pick } from "./chosen.js";
import { neighbourThere, rowsBeside, sameWords, sharedWords } from "./neighbours_beside.js";

const [HEIGHT, BASE, TOP] = [150, 116, 16];

/** @type {View<VocabularyNeighbours>} */
export function neighbours(data, ctx) {
  const { base } = data;
  const abreast = (base !== null || data.sides.length > 1) && ctx.width > 820;
  const width = abreast ? (ctx.width - 40) / 2 : Math.min(ctx.width, 1000);
  return html`
    <p class="readout">${tied(data)}</p>
    ${compared(data, ctx)}
    <div class="near-sides ${abreast ? "abreast" : ""}">
      ${data.sides.map((side) => drawn(side, titleOf(side, data), ownNeighbour(side, data, ctx), data, width))}
      ${base?.sides.map((side) =>
        drawn(side, `${ctx.beside.The}: ${titleOf(side, base)}`, (at) => neighbourThere(side, at, ctx), base, width),
      )}
    </div>`;
}

/**
 * @param {VocabularyNeighbours} data
 * @param {ViewContext} ctx
 */
function compared(data, { beside }) {
  if (data.base)
    return html`<p class="readout basenote">${sharedWords(data, data.base, beside)}</p>
      ${legend([["both", "a neighbour in both runs"]])}`;
  return data.alike ? html`<p class="readout basenote">${sameWords(beside)}</p>` : nothing;
}

/** @param {VocabularyNeighbours} data @returns {Row[]} */
export function rows(data) {
  const { id, sides, base } = data;
  const own = sides.flatMap(({ table, ids, cosines }) =>
    ids.map((near, at) => ({
      token: tokenText(id),
      ...(base ? { run: "this" } : {}),
      table,
      rank: at + 1,
      neighbour: tokenText(near),
      id: near,
      cosine: cosines.a[at],
    })),
  );
  return base ? [...own, ...rowsBeside(data, base)] : own;
}

/** @param {NearTokens} side @param {{ tied: boolean }} model */
const titleOf = ({ table }, { tied }) =>
  tied ? "Input and output: W_E = W_U" : table === "W_E" ? "Input: W_E" : "Output: W_U";

/**
 * @param {NearTokens} side
 * @param {VocabularyNeighbours} data
 * @param {ViewContext} ctx
 * @returns {(at: number) => Named}
 */
function ownNeighbour({ ids, cosines, table }, { base }, ctx) {
  const theirs = base?.sides.filter((side) => side.table === table || base.tied || base.sides.length === 1) ?? [];
  const both = new Set(theirs.flatMap(({ shared }) => shared));
  return (at) => ({
    name: pick(ids[at], ctx, both.has(ids[at]) ? "both" : ""),
    value: decimal(cosines.a[at], 3),
  });
}

/** @param {VocabularyNeighbours} data */
function tied({ tied, apart, d_vocab, d_model, says_tied, id }) {
  const size = `${whole(d_vocab)} rows of ${whole(d_model)} numbers`;
  if (tied)
    return html`${token(id)} in W_E = W_U, one table of ${size}: this model’s weights are tied,
      ${says_tied ? "as its config says" : "although its config does not say so"};
      the largest difference between entries is ${scientific(apart ?? Number.NaN)}.`;
  return html`${token(id)} in two tables of ${size}, not tied: ${
    apart === null ? "their shapes differ" : html`entries differ by up to <b>${decimal(apart, 3)}</b>`
  }.`;
}

/**
 * @param {NearTokens} side
 * @param {string} title
 * @param {(at: number) => Named} neighbour
 * @param {{ d_vocab: number }} model
 * @param {number} width
 */
function drawn(side, title, neighbour, { d_vocab }, width) {
  const [nearest] = side.cosines.a;
  return html`
    <section>
      <h3 class="sub3">${title}
        <small>length of its row ${decimal(side.norm)}; ${whole(side.longer)} of ${whole(d_vocab)} rows are
          longer</small></h3>
      <ol class="near" data-rove @keydown=${rove}>
        ${side.ids.map((_, at) => {
          const { name, value, here } = neighbour(at);
          const share = Math.max(0, side.cosines.a[at]) / Math.max(1e-6, nearest);
          const track = html`<i class="track"><i style="width:${(100 * share).toFixed(1)}%"></i></i>`;
          return html`<li class=${here ? "against" : nothing}>
            ${name}${track}<span>${value}</span>${here ? html`<span>${here}</span>` : nothing}
          </li>`;
        })}
      </ol>
      ${all(side, width)}
    </section>`;
}

/** Cosines with all tokens. @param {NearTokens} side @param {number} width */
function all({ counts, ids, cosines }, width) {
  const n = counts.a.length;
  const x = scaleLinear([-1, 1], [8, width - 8]);
  const y = scaleSymlog([0, max(counts.a) ?? 1], [BASE, TOP]).constant(1);
  const bar = x(-1 + 2 / n) - x(-1);
  const least = cosines.a[ids.length - 1];
  const nearest = `the ${ids.length} nearest have at least ${decimal(least, 2)}`;
  return svg`
    <svg class="fig cosines" viewBox="0 0 ${width} ${HEIGHT}" width=${width} height=${HEIGHT} role="img"
      aria-label="Cosines of the token with all others: a histogram; ${nearest}">
      ${[...counts.a].map((count, at) =>
        count
          ? svg`<rect class=${-1 + (2 * (at + 1)) / n > least ? "bin near" : "bin"} x=${x(-1 + (2 * at) / n) + 0.5}
            width=${bar - 1} y=${y(count)} height=${BASE - y(count)} />`
          : nothing,
      )}
      ${bottomAxis({ scale: x, y: BASE, count: 8, title: "cosine with each token; the heights are logarithmic" })}
    </svg>`;
}
