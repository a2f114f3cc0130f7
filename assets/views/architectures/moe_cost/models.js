// @ts-check
/**
 * All models in numbers.
 *
 * @import { MoeRow, MoeSizes } from "../../../types/architectures"
 * @import { ViewContext } from "../../../kit/view"
 * @import { Column } from "../../../kit/numbers/table.js"
 * @import { Settings } from "./arithmetic.js"
 */
import { counted, percent, whole } from "../../../kit/numbers/format.js";
import { memory, operations } from "../../../kit/numbers/magnitude.js";
import { table } from "../../../kit/numbers/table.js";
import { html } from "../../../vendor/lit.js";
import { costs } from "./arithmetic.js";
import { ownOf } from "./compared.js";

/**
 * @param {MoeSizes} data
 * @param {ViewContext} ctx
 * @param {Settings} now
 */
export function models(data, ctx, now) {
  const of = (/** @type {MoeRow} */ row) => costs(data, row, now);
  const here = ownOf(data);
  /** @type {Column<MoeRow>[]} */
  const columns = [
    { name: "Model", cell: (row) => html`<b>${row.name}</b>${row.own && row !== here ? ` (${ctx.beside.name})` : ""}` },
    { name: "experts", number: true, cell: experts },
    { name: "stored", number: true, cell: ({ total }) => whole(total) },
    {
      name: "as stated",
      number: true,
      title: "quoted from the makers",
      cell: ({ stated }) => (stated === null ? "" : `${stated} B`),
    },
    { name: "a token uses", number: true, cell: ({ active }) => whole(active) },
    { name: "share", number: true, cell: ({ active, total }) => percent(active / total) },
    { name: `weights, ${now.bits}`, number: true, cell: (row) => memory(of(row).stored) },
    {
      name: `${now.gpu.name}, ${memory(now.gpu.memory)} each`,
      number: true,
      title: `weights, ${counted(now.sequences, "sequence")} of ${whole(now.context)} tokens and overhead`,
      cell: (row) => cards(of(row).gpus),
    },
    {
      name: "FLOPs a token",
      title: `of the token after ${whole(now.context)} others`,
      number: true,
      cell: (row) => operations(of(row).token),
    },
  ];
  const grid = table({
    className: "keeps-names",
    label: "All models",
    columns,
    rows: data.rows,
    selected: (row) => row === now.row,
    select: (row) => ctx.control("model", row.name),
  });
  return html`<div class="all-models">${grid}</div>`;
}

/** @param {number | null} gpus */
const cards = (gpus) => (gpus === null ? "no number is enough" : whole(gpus));

/** @param {MoeRow} row */
function experts({ n_experts, k, n_shared }) {
  if (!n_experts) return "dense";
  return `${k} of ${n_experts}${n_shared ? ` + ${n_shared}` : ""}`;
}
