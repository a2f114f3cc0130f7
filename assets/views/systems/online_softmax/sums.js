// @ts-check
/**
 * m and l block by block, why the rescale is right, and what two parts of a row need to know of each other.
 *
 * @import { Round, Shown } from "./rounds.js"
 */

import { derivation } from "../../../kit/numbers/derivation.js";
import { counted, decimal, percent, scientific } from "../../../kit/numbers/format.js";
import { table } from "../../../kit/numbers/table.js";
import { under } from "../../../kit/runs/beside.js";
import { html, nothing } from "../../../vendor/lit.js";
import { positions } from "./rounds.js";

/** From so many pixels on a column has the factor's formula at its head. */
const ROOM = 1000;

/** @param {Shown} shown */
export function rounded({ data, rounds, done, there, ctx }) {
  const both = (/** @type {number} */ here, /** @type {number | undefined} */ other) =>
    under(html`<b>${decimal(here, 3)}</b>`, ctx.beside, other === undefined ? undefined : decimal(other, 3));
  const wide = ctx.width > 600;
  const cell =
    (/** @type {(round: Round, at: number) => unknown} */ made) =>
    (/** @type {Round} */ round, /** @type {number} */ at) =>
      at < done ? /** @type {string} */ (made(round, at)) : "·";
  return table({
    label: "m and l after each block",
    columns: [
      {
        name: wide ? "block" : "keys",
        cell: (round) => `${wide ? `${round.block}, keys ` : ""}${positions(data, round)}`,
      },
      {
        name: "m old",
        number: true,
        cell: cell(({ before }) => (Number.isFinite(before) ? decimal(before, 3) : "−∞")),
      },
      { name: "m new", number: true, cell: cell(({ m }, at) => both(m, there?.m.a[at])) },
      {
        name: ctx.width > ROOM ? "exp(m old − m new)" : "factor",
        number: true,
        cell: cell(({ factor }, at) =>
          at ? html`<span class=${factor < 1 ? "strong" : ""}>${decimal(factor, 3)}</span>` : "0",
        ),
      },
      { name: "Σ block", number: true, cell: cell(({ added }) => decimal(added, 3)) },
      { name: "l", number: true, cell: cell(({ l }, at) => both(l, there?.l.a[at])) },
    ],
    rows: rounds,
    selected: (_, at) => at === done - 1,
    rowClass: (_, at) => (at < done ? "" : "coming"),
    select: (_, at) => ctx.control("seen", at + 1),
  });
}

/**
 * Why the rescale is right: exp(s − m old) · exp(m old − m new) is exp(s − m new), term by term.
 * @param {Shown} shown
 */
export function why({ rounds, done, now }) {
  const last = rounds[rounds.length - 1];
  const seen = rounds.slice(0, done).reduce((sum, { keys }) => sum + keys.length, 0);
  const factor = done > 1 ? decimal(now.factor, 3) : "0";
  return html`
    <h3 class="sub3">Why the rescale is right</h3>
    <p class="hint">For each term of the sum, exp(s − m old) · exp(m old − m new) = exp(s − m new). So one factor
    corrects all of l, and all of O.</p>
    ${derivation([
      {
        name: "rescaled",
        formula: `l ${decimal(now.was, 3)} × ${factor} + ${decimal(now.added, 3)}`,
        result: decimal(now.l, 4),
      },
      {
        name: "computed again",
        formula: `Σ exp(s − ${decimal(now.m, 3)}) over the ${counted(seen, "key")} so far`,
        result: decimal(now.direct, 4),
        note: `difference ${scientific(Math.abs(now.direct - now.l))}`,
      },
    ])}
    ${
      last.unscaled - last.l > 1e-4 * last.l
        ? html`<p class="hint wrong">Without the factors l would end at ${decimal(last.unscaled, 3)} instead of
          ${decimal(last.l, 3)}, and the weights would sum to ${percent(last.l / last.unscaled)} instead of 100 %.</p>`
        : html`<p class="hint wrong">In this order m rises only in the first block, so every later factor is 1. Choose
          “Largest last” to see m rise.</p>`
    }
    ${
      done < rounds.length
        ? nothing
        : html`<p class="hint">L = m + ln l = ${decimal(now.m, 3)} + ln ${decimal(now.l, 3)} =
          ${decimal(now.m + Math.log(now.l), 4)}. The backward pass keeps only this number of the row.</p>`
    }`;
}

/** What two sets of keys have to know of each other: their log-sum-exps. @param {Shown} shown */
export function parts({ data, rounds, done }) {
  const [seen, rest] = [data.seen_lse.a[done - 1], data.rest_lse.a[done - 1]];
  const share = Math.exp(seen - data.lse);
  const count = (/** @type {Round[]} */ of) =>
    counted(
      of.reduce((sum, { keys }) => sum + keys.length, 0),
      "key",
    );
  return html`
    <h3 class="sub3 parts">Merged from two parts <small>the blocks so far and the other blocks, each computed
        alone</small></h3>
    ${
      done === rounds.length
        ? html`<p class="hint">All blocks are in. Step back to see two parts merged, as with another tile, another
            split of a long cache, or another machine.</p>`
        : derivation([
            {
              name: "so far",
              formula: `L = ln Σ exp(s) over ${count(rounds.slice(0, done))}`,
              result: decimal(seen, 4),
            },
            {
              name: "the others",
              formula: `L = ln Σ exp(s) over ${count(rounds.slice(done))}`,
              result: decimal(rest, 4),
            },
            {
              name: "merged",
              formula: "L = ln(exp(L so far) + exp(L others))",
              result: decimal(data.lse, 4),
              note:
                `out = ${decimal(share, 3)} · out so far + ${decimal(1 - share, 3)} · out of the others. ` +
                "Each share is exp(L part − L).",
            },
          ])
    }`;
}
