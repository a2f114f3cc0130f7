// @ts-check
/**
 * The gradients of the same head in the other run: in words, and their lengths side by side.
 *
 * @import { BackwardTiles } from "../../../types/systems"
 * @import { ViewContext } from "../../../kit/view"
 *
 * @typedef {ViewContext<any, BackwardTiles>} Context
 */
import { decimal } from "../../../kit/numbers/format.js";
import { table } from "../../../kit/numbers/table.js";
import { token } from "../../../kit/text/tokens.js";
import { html, nothing } from "../../../vendor/lit.js";
import { size } from "./tile_matrix.js";

/** @type {["d_out" | "dq" | "dk" | "dv", string][]} */
const NAMES = [
  ["d_out", "dO"],
  ["dq", "dQ"],
  ["dk", "dK"],
  ["dv", "dV"],
];

/** @param {BackwardTiles} data @param {Context} ctx */
export function compared({ objective, target, value }, { there, beside }) {
  if (!there) return nothing;
  const what = objective === "logit" ? html`the logit of ${token(target)}` : html`the text’s loss`;
  return html`<p class="readout basenote">${beside.start}, ${what} is <b data-value=${there.value}>${decimal(
    there.value,
  )}</b>; here it is ${decimal(value)}.</p>`;
}

/**
 * L and D of the corresponding query in the other run; null where its picture does not hold it.
 * @param {number} position of this run
 * @param {Context} ctx
 */
export function rowThere(position, { there, align }) {
  const at = align(position);
  if (!there || at === null) return null;
  const row = at - there.first;
  return row >= 0 && row < there.lse.a.length ? { L: there.lse.a[row], D: there.delta.a[row] } : null;
}

/** Each gradient over all tokens, as one vector. @param {BackwardTiles} data @param {Context} ctx */
export function lengths({ lengths: here }, { there: other, beside }) {
  if (!other) return nothing;
  const there = other.lengths;
  return html`
    <h3 class="sub3">Lengths of the gradients <small>over all tokens of each run</small></h3>
    ${table({
      label: "Lengths of the gradients in both runs",
      columns: [
        { name: "gradient", cell: ([, name]) => name },
        { name: "this run", number: true, cell: ([key]) => size(here[key]) },
        { name: beside.name, number: true, cell: ([key]) => size(there[key]) },
        { name: "ratio", number: true, cell: ([key]) => (here[key] ? decimal(there[key] / here[key]) : "–") },
      ],
      rows: NAMES,
    })}`;
}
