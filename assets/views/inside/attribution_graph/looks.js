// @ts-check
/**
 * The heads that brought most to the answer, and which parts of the stream at either end made one of them look.
 *
 * @import { HeadLook, HeadsThatMoved, PairScore } from "../../../types/inside"
 * @import { Row, View } from "../../../kit/view"
 */
import { headName, percent, signed, whole } from "../../../kit/numbers/format.js";
import { table } from "../../../kit/numbers/table.js";
import { token, tokenText } from "../../../kit/text/tokens.js";
import { html } from "../../../vendor/lit.js";

export const follows = true;

/** @type {View<HeadsThatMoved>} */
export function looks(data, ctx) {
  const at = Math.min(Number(ctx.controls.mover ?? 0), data.looks.length - 1);
  const one = data.looks[at];
  const sum = one.pairs.reduce((total, { score }) => total + score, 0);
  return html`
    <div class="attribution-graph">
      <div class="side-by-side">
        <div>
          <h3 class="sub3">What heads brought <small>to the logit of “${tokenText(data.answer)}”, directly</small></h3>
          ${table({
            label: "The heads that brought most to the answer",
            rows: data.looks,
            selected: (each) => each === one,
            select: (_, place) => ctx.control("mover", place),
            columns: [
              { name: "head", cell: ({ layer, head }) => headName(data.first + layer, head) },
              { name: "from", cell: ({ key }) => place(data, key) },
              { name: "to", cell: ({ query }) => place(data, query) },
              { name: "attention", number: true, cell: ({ share }) => percent(share, 0) },
              { name: "logit", number: true, cell: ({ effect }) => signed(effect) },
            ],
          })}
        </div>
        <div>
          <h3 class="sub3">Why ${headName(data.first + one.layer, one.head)} at ${place(data, one.query)} looks at
            ${place(data, one.key)}</h3>
          <p class="readout">Score <b>${signed(one.score)}</b>, mean of the other keys ${signed(one.others)}. ${
            one.count === 1
              ? html`What block ${data.first} reads is one part at either end: the graph begins there.`
              : html`The ${one.pairs.length} strongest of ${whole(one.count)} pairs add up to ${signed(sum)}.`
          }</p>
          ${table({
            label: "The strongest pairs of the score",
            rows: one.pairs,
            columns: [
              { name: "at the token that looks", cell: (pair) => part(data, pair, "query") },
              { name: "at the token that is read", cell: (pair) => part(data, pair, "key") },
              { name: "adds", number: true, cell: ({ score }) => signed(score) },
            ],
          })}
        </div>
      </div>
      <p class="hint">Only differences between keys count: a pair that adds as much at every key moves nothing.</p>
    </div>`;
}

/** @param {HeadsThatMoved} data @param {number} at */
const place = (data, at) => html`${token(data.ids.a[at])} <small>(${at})</small>`;

/** @param {HeadsThatMoved} data @param {PairScore} pair @param {"query" | "key"} end */
function part({ first }, pair, end) {
  const [kind, layer, feature] = [pair[`${end}_kind`], first + pair[`${end}_layer`], pair[`${end}_feature`]];
  if (kind === "token") return first ? `the stream into block ${first}` : "the token itself";
  if (kind === "attention") return `attention of block ${layer}`;
  if (kind === "feature") return `MLP ${layer} feature ${feature}`;
  return kind === "linear" ? `linear part of MLP ${layer}` : `error of MLP ${layer}`;
}

/** @param {HeadsThatMoved} data @returns {Row[]} */
export const rows = (data) =>
  data.looks.flatMap((/** @type {HeadLook} */ { layer, head, query, key, effect, pairs }) =>
    pairs.map((pair) => ({
      head: headName(data.first + layer, head),
      from: key,
      to: query,
      effect,
      at_query: part(data, pair, "query"),
      at_key: part(data, pair, "key"),
      adds: pair.score,
    })),
  );
