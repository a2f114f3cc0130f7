// @ts-check
/**
 * Two models' streams block by block, a placebo beside them, and their heads matched.
 *
 * @import { HeadMatch, ModelsAlike } from "../../../types/inside"
 * @import { Row, View, ViewContext } from "../../../kit/view"
 */
import { heat } from "../../../kit/cells/heat.js";
import { halfWidth } from "../../../kit/layout.js";
import { decimal, headName, whole } from "../../../kit/numbers/format.js";
import { table } from "../../../kit/numbers/table.js";
import { html } from "../../../vendor/lit.js";

/** Heads that are listed. */
const LISTED = 16;
/** Every so many columns are named. */
const NAMED = 5;

/** @type {View<ModelsAlike>} */
export function blocks(data, ctx) {
  const best = strongest(data);
  return html`<div class="compare-models">
    <p class="readout lead">${
      data.itself
        ? html`<b>${data.own}</b> against itself: choose another model as the other run to compare two.`
        : html`<b>${data.own}</b> against <b>${data.other}</b>: block by block the closest streams have a mean CKA of
          <b>${decimal(best, 2)}</b>.`
    }
      Compared at ${whole(data.places)} of the ${whole(data.matched)} places in ${data.texts} texts where both have read
      the same characters (${whole(data.own_tokens)} and ${whole(data.other_tokens)} tokens). With the places in another
      order no cell is above ${decimal(data.chance, 2)}.</p>
    <div class="side-by-side">
      <div><h3 class="sub3">${data.own} down, ${data.other} across <small>CKA of the stream into each block, and after
        the last</small></h3>
        ${map(data, ctx, data.blocks, data.other)}
        <p class="hint">The diagonals of the Gram matrices are left out (debiased), since with fewer places than
          dimensions noise would look alike.</p></div>
      <div><h3 class="sub3">Placebo: ${data.own} with new weights across <small>same parts, never trained</small></h3>
        ${
          data.placebo.shape[1] ? map(data, ctx, data.placebo, "new weights") : html`<p class="hint">Measured next.</p>`
        }
        <p class="hint">What remains alike here comes from the embeddings’ identity of tokens, not from
          training.</p></div>
    </div>
    ${data.heads ? matches(data, data.heads, ctx) : html`<p class="hint">Heads are matched next.</p>`}</div>`;
}

/** The mean over own depths of the best in the other. @param {ModelsAlike} data */
function strongest({ blocks: { a, shape } }) {
  const [rows, columns] = shape;
  const each = Array.from({ length: rows }, (_, row) =>
    Math.max(...Array.from({ length: columns }, (_, column) => a[row * columns + column])),
  );
  return each.reduce((sum, one) => sum + one, 0) / rows;
}

/** @param {ModelsAlike} data @param {ViewContext} ctx @param {ModelsAlike["blocks"]} of @param {string} other */
function map(data, ctx, of, other) {
  const [rows, columns] = of.shape;
  const depth = (/** @type {number} */ at, /** @type {number} */ count) => (at === count - 1 ? "end" : String(at));
  return heat({
    label: `CKA of ${rows} depths of ${data.own} with ${columns} of ${other}`,
    width: halfWidth(ctx.width),
    ...{ rows, columns, most: 1, of: [of], head: 18, selected: null },
    value: (row, column) => of.a[row * columns + column],
    top: Array.from({ length: columns }, (_, at) => at)
      .filter((at) => at % NAMED === 0)
      .map((at) => ({ at, text: depth(at, columns), className: "dim" })),
    select: ({ row }) => row < rows - 1 && ctx.select({ layer: row }),
    told: ({ row, column }) => ({
      title: `${data.own} ${depth(row, rows)}, ${other} ${depth(column, columns)}`,
      details: [["CKA, debiased", decimal(of.a[row * columns + column], 3)]],
    }),
  });
}

/** @param {ModelsAlike} data @param {HeadMatch} heads @param {ViewContext} ctx */
function matches(data, heads, ctx) {
  const name = (/** @type {number} */ at, /** @type {number} */ of) => headName(Math.floor(at / of), at % of);
  const order = Array.from(heads.alike.a, (_, at) => at)
    .filter((at) => Number.isFinite(heads.alike.a[at]))
    .sort((a, b) => heads.alike.a[b] - heads.alike.a[a])
    .slice(0, LISTED);
  const one = heads.kernel.a.length > 0 && !data.itself;
  return html`
    <h3 class="sub3">Heads matched <small>the ${LISTED} of ${heads.alike.a.length} whose best match is
      closest</small></h3>
    ${table({
      label: "Heads of this model and their best match in the other",
      rows: order,
      select: (at) => ctx.select({ layer: Math.floor(at / heads.n_heads), head: at % heads.n_heads }),
      columns: [
        { name: data.own, cell: (at) => name(at, heads.n_heads) },
        { name: data.itself ? "closest other head" : data.other, cell: (at) => name(heads.best.a[at], heads.n_other) },
        { name: "CKA of their outputs", number: true, cell: (at) => decimal(heads.alike.a[at], 2) },
        ...(one
          ? [
              {
                name: "same head’s subspace",
                number: true,
                title: "|UᵀV|² of what the head of this name writes into in both models",
                cell: (/** @type {number} */ at) => decimal(heads.kernel.a[at], 1),
              },
            ]
          : []),
      ],
    })}
    <p class="hint">By chance a head’s best match has ${decimal(heads.chance, 2)} (places in another order).
      ${
        one
          ? html`Of the subspaces ${decimal(heads.largest, 0)} is the same, ${decimal(heads.expected, 2)} what random
            ones share (r²/d).`
          : "What heads write into is compared with another model of the same shape: others share no axes."
      }</p>`;
}

/** @param {ModelsAlike} data @returns {Row[]} */
export const rows = ({ blocks: { a, shape }, biased }) =>
  Array.from(a, (value, at) => ({
    own_depth: Math.floor(at / shape[1]),
    other_depth: at % shape[1],
    cka_debiased: value,
    cka: biased.a[at],
  }));
