// @ts-check
/**
 * Every edge out of one head: into each later head's query, key and value, and into each MLP; measured and estimated.
 *
 * @import { EdgeShares, PatchEdges } from "../../../types/inside"
 * @import { Drafts } from "../../../kit/controls/typed.js"
 * @import { Row, View, ViewContext } from "../../../kit/view"
 */

import { heat } from "../../../kit/cells/heat.js";
import { chooseHead } from "../../../kit/controls/choose_head.js";
import { control } from "../../../kit/controls/declared.js";
import { refusedTask } from "../../../kit/controls/fitting_task.js";
import { halfWidth } from "../../../kit/layout.js";
import { headName, signed } from "../../../kit/numbers/format.js";
import { table } from "../../../kit/numbers/table.js";
import { max, range } from "../../../vendor/d3.js";
import { html, nothing } from "../../../vendor/lit.js";
import { bothPrompts, prompts, rText, runsOf } from "./shown.js";

const READS = ["query", "key", "value"];
const STRONGEST = 8;

/** @type {View<PatchEdges, Drafts>} */
export function edges(data, ctx) {
  const settings = html`<div class="settings-row ruled">
    ${chooseHead(ctx, { layer: data.layer, head: data.head })} ${control(ctx, "way")} ${prompts(ctx, data.task)}</div>`;
  const { pair, exact, estimate } = data;
  if (!pair || !estimate) return html`${settings}${refusedTask(ctx, data.problem, data.task)}`;
  const [source, target] = runsOf(data.way);
  const half = halfWidth(ctx.width);
  const most = max([...(exact ?? estimate).heads.a, ...(exact ?? estimate).mlp.a], Math.abs) || 1;
  return html`
    ${bothPrompts(pair)} ${settings}
    <p class="readout lead">All of ${headName(data.layer, data.head)} of the ${source} run put into the ${target} run
    moves
      the lead by <b>${signed(data.node)}</b>; one gradient expects ${signed(data.node_estimate)}.
      ${exact ? told(data, exact) : "Its edges are being measured."}</p>
    <div class="side-by-side">
      <div><h3 class="sub3">Measured <small>a run for each edge</small></h3>
        ${exact ? map(data, exact, half, most, ctx, "measured") : nothing}</div>
      <div><h3 class="sub3">Estimated <small>one gradient (EAP)</small></h3>${map(
        data,
        estimate,
        half,
        most,
        ctx,
        "estimated",
      )}</div>
    </div>
    ${exact ? strongest(exact, estimate, ctx) : nothing}
    <p class="hint">Columns are the heads, once for what they read as query, key and value; the last column is the MLP.
      ${
        data.n_kv_heads < estimate.heads.shape[2]
          ? `This model’s heads share ${data.n_kv_heads} keys and values: here
      each head has its own copy, so that an edge leads into one head.`
          : nothing
      }</p>`;
}

/** @param {PatchEdges} data @param {EdgeShares} exact */
const told = (data, exact) => html`Straight to the answer it moves <b>${signed(exact.logits)}</b>. Measured and
  estimated edges agree with <b>r = ${rText(data.r)}</b>. Measured ones add up to ${signed(exact.total)}: where that is
  not what the whole head moves, edges act together.`;

/** @param {EdgeShares} shares @param {number} row @param {number} column */
function valueAt({ heads, mlp }, row, column) {
  const [, layers, n] = heads.shape;
  return column < 3 * n ? heads.a[(Math.floor(column / n) * layers + row) * n + (column % n)] : mlp.a[row];
}

/** @param {number} row @param {number} column @param {number} heads */
function readerName(row, column, heads) {
  return column < 3 * heads ? `${READS[Math.floor(column / heads)]} of ${headName(row, column % heads)}` : `MLP ${row}`;
}

/**
 * @param {PatchEdges} data
 * @param {EdgeShares} shares
 * @param {number} width
 * @param {number} most
 * @param {ViewContext<any>} ctx
 * @param {string} label
 */
function map(data, shares, width, most, ctx, label) {
  const [, layers, heads] = shares.heads.shape;
  const columns = 3 * heads + 1;
  return heat({
    label: `${label} edges out of ${headName(data.layer, data.head)}`,
    ...{ width, most, columns },
    rows: layers,
    value: (row, column) =>
      row < data.layer || (row === data.layer && column < 3 * heads) ? Number.NaN : valueAt(shares, row, column),
    of: [shares, most],
    head: 20,
    top: [
      ...READS.map((name, at) => ({ at: at * heads + (heads - 1) / 2, text: name, className: "dim" })),
      { at: columns - 1, text: "MLP", className: "dim" },
    ],
    selected: ctx.kept.edge ?? null,
    select: (edge) => ctx.keep({ edge }),
    told: ({ row, column }) => ({
      title: readerName(row, column, heads),
      details: [
        ["measured", data.exact ? signed(valueAt(data.exact, row, column)) : "not yet"],
        ["estimated", data.estimate ? signed(valueAt(data.estimate, row, column)) : ""],
      ],
    }),
  });
}

/** @param {EdgeShares} exact @param {EdgeShares} estimate @param {ViewContext<any>} ctx */
function strongest(exact, estimate, ctx) {
  const [, layers, heads] = exact.heads.shape;
  const all = range(layers).flatMap((row) =>
    range(3 * heads + 1).map((column) => ({ row, column, value: valueAt(exact, row, column) })),
  );
  const top = all.sort((one, other) => Math.abs(other.value) - Math.abs(one.value)).slice(0, STRONGEST);
  return html`<h3 class="sub3">Who listens most <small>a row opens that head here</small></h3>
    ${table({
      label: "The strongest edges",
      rows: top,
      select: ({ row, column }) => column < 3 * heads && ctx.select({ layer: row, head: column % heads }),
      columns: [
        { name: "Into", cell: ({ row, column }) => readerName(row, column, heads) },
        { name: "measured", number: true, cell: ({ value }) => signed(value) },
        { name: "estimated", number: true, cell: ({ row, column }) => signed(valueAt(estimate, row, column)) },
      ],
    })}`;
}

/** @param {PatchEdges} data @returns {Row[]} */
export const rows = ({ exact, estimate }) => {
  if (!estimate) return [];
  const [, layers, heads] = estimate.heads.shape;
  return range(layers).flatMap((row) =>
    range(3 * heads + 1).map((column) => ({
      block: row,
      into: readerName(row, column, heads),
      measured: exact ? valueAt(exact, row, column) : null,
      estimated: valueAt(estimate, row, column),
    })),
  );
};
