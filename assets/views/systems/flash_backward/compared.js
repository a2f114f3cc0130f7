// @ts-check
/**
 * The gradients of the same head in the run beside this one: in words, and their lengths side by side.
 *
 * @import { BackwardTiles } from "../../../types/systems"
 * @import { BesideWords } from "../../../kit/view"
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

/** @param {BackwardTiles} data @param {BesideWords} beside */
export function compared({ base, objective, target, value }, beside) {
  if (!base) return nothing;
  const what = objective === "logit" ? html`the logit of ${token(target)}` : html`that text’s loss`;
  return html`<p class="readout basenote">${beside.start}, ${what} is <b data-value=${base.value}>${decimal(
    base.value,
  )}</b>; here it is ${decimal(value)}.</p>`;
}

/** Each gradient over all tokens, as one vector. @param {BackwardTiles} data @param {BesideWords} beside */
export function lengths({ base, lengths: here }, beside) {
  if (!base) return nothing;
  const { lengths: there } = base;
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
