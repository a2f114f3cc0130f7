// @ts-check
/**
 * Which part suffers: the KL divergence with each matrix packed alone, on a map; blocks and kinds of matrices together.
 *
 * @import { QuantizedParts } from "../../../types/systems"
 * @import { Row, View } from "../../../kit/view"
 * @import { Context, Kept } from "./parts_tables.js"
 */

import { ramp } from "../../../kit/colour/ramp.js";
import { css } from "../../../kit/colour/theme.js";
import { control } from "../../../kit/controls/declared.js";
import { counted, decimal, whole } from "../../../kit/numbers/format.js";
import { memory } from "../../../kit/numbers/magnitude.js";
import { leftOut } from "../../../kit/numbers/misfits.js";
import { max, range, sum } from "../../../vendor/d3.js";
import { html, nothing } from "../../../vendor/lit.js";
import { capital, lead, legendOf } from "./lead.js";
import { matrixName, partsMap } from "./map.js";
import { choose, partsThere, said, selectedOf, together, worst } from "./parts_tables.js";
import { nats } from "./words.js";

/** From this share of the greatest on a number stands in the cell. */
const WRITTEN = 0.06;

/** @type {View<QuantizedParts, Kept>} */
export function parts(data, ctx) {
  // The unembedding often outdoes all others: the colours go by the blocks', and it is as dark as the darkest.
  const most = max(finite(data.kl.a.filter((_, at) => data.grid.layer.a[at] >= 0))) ?? 0;
  const known = sum(finite(data.kl.a));
  return html`
    <div class="bar">
      ${control(ctx, "format", {
        as: "select",
        choices: data.formats.filter(({ misfit }) => !misfit).map(({ name, title }) => [name, title]),
        own: data.format.name,
      })}
      ${control(ctx, "by")}
    </div>
    <p class="readout">${lead(data)}</p>
    ${partsThere(data, known, ctx)}
    ${ctx.controls.by === "block" ? blocks(data, ctx) : map(data, ctx, most)}
    <p class="hint"><i class="ramp kl"></i> √KL from 0 to ${nats(most)} nats. ${
      ctx.controls.by === "block" ? nothing : legendOf(data, most)
    }</p>
    <div class="side-by-side">
      <div>
        <h3 class="sub3">The most sensitive matrices</h3>
        ${worst(data, ctx)}
      </div>
      <div>
        <h3 class="sub3">Packed together, and the sum of each alone <small>KL, nats</small></h3>
        ${together(data, known, ctx)}
      </div>
    </div>
    ${leftOut(data.formats.flatMap(({ title, misfit: reason }) => (reason ? [{ title, reason }] : [])))}
    ${
      data.tokens
        ? html`<p class="hint">An expert reads only the tokens that its router sends to it, so a small KL may mean few
          tokens. Routers and norms stay unchanged.</p>`
        : nothing
    }
    <p class="hint">${data.baseline} The KL is a mean over ${counted(data.n, "prediction")} on the first passage of each
      of six kinds of text. The first half of each window is context and is not scored, as in llama.cpp. ± is one
      standard error.</p>`;
}

/** @param {QuantizedParts} data @returns {Row[]} */
export function rows(data) {
  return range(data.kl.a.length).map((at) => ({
    format: data.format.name,
    matrix: data.grid.rows[data.grid.row.a[at]],
    block: data.grid.layer.a[at] < 0 ? null : data.grid.layer.a[at],
    kl: data.kl.a[at],
    standard_error: data.error.a[at],
    bytes: data.nbytes.a[at],
    ...(data.tokens ? { tokens_that_read_it: data.tokens.a[at] } : {}),
    weights: data.weights.a[at],
    kl_of_the_block_together: data.grid.layer.a[at] < 0 ? null : data.blocks.a[data.grid.layer.a[at]],
  }));
}

/** @param {ArrayLike<number>} values */
const finite = (values) => Array.from(values).filter(Number.isFinite);

/** @param {QuantizedParts} data @param {Context} ctx @param {number} most */
function map(data, ctx, most) {
  const { grid, kl } = data;
  const inRow = (/** @type {number} */ row) =>
    sum(
      range(kl.a.length).filter((at) => grid.row.a[at] === row),
      (at) => kl.a[at] || 0,
    );
  const inBlock = (/** @type {number} */ layer) =>
    sum(
      range(kl.a.length).filter((at) => grid.layer.a[at] === layer),
      (at) => kl.a[at] || 0,
    );
  return partsMap({
    grid,
    width: ctx.width,
    label: `Map of ${counted(kl.a.length, "matrix", "matrices")}: KL with each packed alone; arrow keys select one`,
    of: [data],
    colour: (at) => (Number.isFinite(kl.a[at]) ? ramp("prob")(Math.sqrt(Math.min(1, kl.a[at] / (most || 1)))) : null),
    written: (at) =>
      kl.a[at] > WRITTEN * most
        ? { text: tiny(kl.a[at]), fill: kl.a[at] > 0.3 * most ? css("on-prob") : css("ink") }
        : null,
    told: (at) => ({ title: capital(matrixName(grid, at)), details: told(data, at) }),
    selected: selectedOf(data, ctx),
    select: (matrix) => choose(data, ctx, matrix),
    edge: {
      rows: range(grid.rows.length).map(inRow),
      blocks: [...range(grid.n_layers), -1].map(inBlock),
      format: nats,
    },
  });
}

/** @param {number} value */
const tiny = (value) => (value >= 0.0095 ? value.toFixed(value < 0.995 ? 2 : 1) : "");

/** @param {QuantizedParts} data @param {number} at @returns {[string, string][]} */
function told(data, at) {
  if (!Number.isFinite(data.kl.a[at])) return [["", "not measured yet"]];
  return [
    ["KL, nats", `${nats(data.kl.a[at])} ± ${nats(data.error.a[at])}`],
    ["weights", whole(data.weights.a[at])],
    ["packed", memory(data.nbytes.a[at])],
    ["bits per weight", decimal((8 * data.nbytes.a[at]) / data.weights.a[at], 2)],
    ...(data.tokens ? [readBy(data.tokens, at)] : []),
  ];
}

/** @param {NonNullable<QuantizedParts["tokens"]>} tokens @param {number} at @returns {[string, string]} */
const readBy = (tokens, at) => ["read by", `${whole(tokens.a[at])} of ${counted(max(tokens.a) ?? 0, "token")}`];

/** @param {QuantizedParts} data @param {Context} ctx */
function blocks(data, ctx) {
  const n = data.grid.n_layers;
  const most = max(finite(data.blocks.a)) ?? 0;
  const grid = {
    rows: ["whole block"],
    n_layers: n,
    row: { a: new Uint8Array(n), shape: [n] },
    layer: { a: Int32Array.from(range(n)), shape: [n] },
  };
  const added = (/** @type {number} */ layer) =>
    sum(
      range(data.kl.a.length).filter((at) => data.grid.layer.a[at] === layer),
      (at) => data.kl.a[at] || 0,
    );
  return partsMap({
    grid,
    width: ctx.width,
    label: `${counted(n, "block")}: KL with all matrices of one packed; arrow keys select one`,
    of: [data, "block"],
    colour: (at) =>
      Number.isFinite(data.blocks.a[at]) ? ramp("prob")(Math.sqrt(data.blocks.a[at] / (most || 1))) : null,
    written: (at) =>
      Number.isFinite(data.blocks.a[at])
        ? { text: tiny(data.blocks.a[at]), fill: data.blocks.a[at] > 0.3 * most ? css("on-prob") : css("ink") }
        : null,
    told: (at) => ({
      title: `Block ${at}`,
      details: [
        ["KL, all its matrices packed", said(data.blocks.a[at])],
        ["sum of each alone", nats(added(at))],
      ],
    }),
    selected: Math.min(ctx.focus.layer ?? 0, n - 1),
    select: (layer) => ctx.select({ layer }),
  });
}
