// @ts-check
/**
 * Why one number a row is enough, and D in two ways, with the numbers of one row of this run.
 *
 * @import { BackwardTiles } from "../../../types/systems"
 */

import { row as rowOf } from "../../../kit/cells/tensor.js";
import { derivation } from "../../../kit/numbers/derivation.js";
import { decimal } from "../../../kit/numbers/format.js";
import { sum } from "../../../vendor/d3.js";
import { html } from "../../../vendor/lit.js";
import { size } from "./tile_matrix.js";

/**
 * @param {BackwardTiles} data
 * @param {number} query row of the window
 * @param {(at: number) => string} quoted
 */
export function rowProof(data, query, quoted) {
  const weights = rowOf(data.p, query);
  const key = weights.indexOf(Math.max(...weights));
  const [m, l, lse] = [data.m.a[query], data.l.a[query], data.lse.a[query]];
  const score = rowOf(data.s, query)[key];
  const product = sum(rowOf(data.d_out, query), (value, at) => value * rowOf(data.out, query)[at]);
  const drawn = sum(weights, (weight, at) => weight * rowOf(data.dp, query)[at]);
  const whole = data.first === 0;
  return html`
    <h3 class="sub3">One row, ${quoted(query)}: why L is enough
      <small>with its strongest key, ${quoted(key)}</small></h3>
    ${derivation([
      {
        name: "L",
        formula: `m + ln l = ${decimal(m, 4)} + ln ${decimal(l, 4)}`,
        result: decimal(m + Math.log(l), 4),
        note: "FlashAttention-1 keeps m and l, -2 keeps L",
      },
      {
        name: "P from m, l",
        formula: `exp(s − m) ÷ l = exp(${decimal(score, 4)} − ${decimal(m, 4)}) ÷ ${decimal(l, 4)}`,
        result: decimal(Math.exp(score - m) / l, 6),
      },
      {
        name: "P from L",
        formula: `exp(s − L) = exp(${decimal(score, 4)} − ${decimal(lse, 4)})`,
        result: decimal(Math.exp(score - lse), 6),
        note: "the same; the gradient reads m and l nowhere else",
      },
      {
        name: "D from O",
        formula: `dO · O, a sum over ${data.d_head} dimensions`,
        result: size(product),
        note: "read once, before all tiles",
      },
      {
        name: whole ? "D from P" : "its part here",
        formula: `Σ dP × P over the ${whole ? "keys" : "drawn keys"}`,
        result: size(drawn),
        note: whole
          ? "the same, but this sum needs the whole row of the square"
          : `over all keys of the run: ${size(data.delta_p.a[query])}`,
      },
    ])}`;
}
