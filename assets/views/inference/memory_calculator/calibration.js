// @ts-check
/**
 * The formulas against this machine: weights and caches of the running model, counted, and a run by the clock.
 *
 * @import { MemoryCalibration, RunMeasured } from "../../../types/inference"
 * @import { Row, View, ViewContext } from "../../../kit/view"
 * @import { Column } from "../../../kit/numbers/table.js"
 *
 * @typedef {{ what: string, sequences: string, formula: number, counted: number, books: number | null }} Weighed
 */

import { legend } from "../../../kit/drawing/legend.js";
import { derivation } from "../../../kit/numbers/derivation.js";
import { counted, percent, signed, whole } from "../../../kit/numbers/format.js";
import { machineLimits, machineSource, roofOf } from "../../../kit/numbers/machine.js";
import { figures, memory, scaled, timed } from "../../../kit/numbers/magnitude.js";
import { table } from "../../../kit/numbers/table.js";
import { under } from "../../../kit/runs/beside.js";
import { html, nothing } from "../../../vendor/lit.js";
import { saidThere } from "./calibration_there.js";

/** @type {View<MemoryCalibration>} */
export function calibration(data, ctx) {
  const { there } = ctx;
  const its = there ? weighed(there) : [];
  /** @param {(line: Weighed) => string} say @returns {Column<Weighed>["cell"]} */
  const both = (say) => (line, at) => under(say(line), ctx.beside, (its[at] && say(its[at])) || undefined);
  /** @type {Column<Weighed>[]} */
  const columns = [
    {
      name: "Held in memory",
      cell: ({ what }, at) => under(what, ctx.beside, its[at]?.what === what ? undefined : its[at]?.what),
    },
    { name: "sequences × tokens", number: true, cell: both(({ sequences }) => sequences) },
    { name: "formula, bytes", number: true, cell: both(({ formula }) => whole(formula)) },
    { name: "counted, bytes", number: true, cell: both(({ counted }) => whole(counted)) },
    { name: "difference", number: true, cell: both(difference) },
    { name: "positions, tables, bytes", number: true, cell: both(({ books }) => (books ? whole(books) : "")) },
  ];
  return html`
    ${saidThere(data, ctx)} ${there ? legend([["dot", `${ctx.beside.name}: ${there.model}`]]) : nothing}
    ${table({ label: "Weights and caches in memory, by the formula and counted", columns, rows: weighed(data) })}
    ${data.run ? measured(data.run) : nothing}
    <p class="hint method">
      The page counts the numbers that were written into the tensors; each place held NaN before. A paged cache takes
      whole
      pages of ${data.block} tokens: the difference is the room left in the last page. The formula leaves out positions
      and page tables.
    </p>`;
}

/**
 * @param {MemoryCalibration} data
 * @param {ViewContext<any, MemoryCalibration>} ctx
 * @returns {Row[]}
 */
export function rows(data, { there, beside }) {
  const its = there ? weighed(there) : [];
  return weighed(data).map(({ what, sequences, formula, counted, books }, at) => ({
    held: what,
    "sequences x tokens": sequences,
    formula_bytes: formula,
    counted_bytes: counted,
    bookkeeping_bytes: books,
    ...(its.length
      ? {
          [`sequences x tokens_in_${beside.column}`]: its[at]?.sequences,
          [`formula_bytes_in_${beside.column}`]: its[at]?.formula,
          [`counted_bytes_in_${beside.column}`]: its[at]?.counted,
        }
      : {}),
  }));
}

/** @param {RunMeasured} run */
function measured(run) {
  const { flops, bandwidth } = roofOf(run.machine);
  const share = (/** @type {number} */ bound, /** @type {RunMeasured["step"]} */ { median }) => percent(bound / median);
  const took = (/** @type {RunMeasured["step"]} */ { median, low, high }) =>
    `${timed(1000 * median)} measured, middle half ${timed(1000 * low)} to ${timed(1000 * high)}`;
  const lines = derivation([
    {
      name: "activations",
      formula: `${memory(run.estimate)} estimated for a prompt of ${counted(run.tokens, "token")} in 32 bits`,
      result: `${memory(run.activations)} measured`,
      note: `${figures(run.activations / run.estimate)} times the estimate, by torch’s allocator, without the cache.`,
    },
    {
      name: "a step",
      formula: `${timed(1000 * run.step_bound)} at ${scaled(bandwidth, "B/s")}`,
      result: took(run.step),
      note:
        `${figures(1 / run.step.median)} tokens a second: ${share(run.step_bound, run.step)} of the speed that ` +
        "memory allows. A model that fits in the processor's caches can exceed 100 %.",
    },
    {
      name: "a prompt",
      formula: `${timed(1000 * run.prompt_bound)} at ${scaled(flops, "FLOP/s")}`,
      result: took(run.prompt),
      note:
        `${share(run.prompt_bound, run.prompt)} of the speed that arithmetic allows; ` +
        `one pass reads ${counted(run.tokens, "token")}.`,
    },
  ]);
  return html`${lines}
    <p class="hint method">${machineLimits(run.machine)} ${machineSource(run.machine)}</p>`;
}

/**
 * @param {Pick<MemoryCalibration, "weights" | "caches">} data
 * @returns {Weighed[]}
 */
function weighed({ weights, caches }) {
  const numbers = `weights, fp32, ${whole(weights.count)} numbers`;
  return [
    { what: numbers, sequences: "", formula: weights.formula_bytes, counted: weights.bytes, books: null },
    ...caches.map(({ layout, batch, length, formula, tensors, books }) => ({
      what: `cache, ${layout}`,
      sequences: `${batch} × ${length}`,
      formula,
      counted: tensors,
      books,
    })),
  ];
}

/** @param {Weighed} line */
function difference({ formula, counted }) {
  if (counted === formula) return "0";
  const sign = counted > formula ? "+" : "−";
  return `${sign}${whole(Math.abs(counted - formula))} (${signed(100 * (counted / formula - 1), 1)} %)`;
}
