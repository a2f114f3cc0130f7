// @ts-check
/**
 * Each rank in numbers, over both passes.
 *
 * @import { RankTotals, RingRecording, WayBeside } from "../../../types"
 * @import { BesideWords } from "../../../kit/view"
 */
import { under } from "../../../kit/beside.js";
import { whole } from "../../../kit/format.js";
import { operations, timed } from "../../../kit/magnitude.js";
import { table } from "../../../kit/table.js";
import { positions } from "./square.js";

/**
 * @param {RingRecording} recording
 * @param {number} chosen
 * @param {(rank: number) => void} follow
 * @param {WayBeside | undefined} its the same way in the run beside this one
 * @param {BesideWords} beside
 */
export function totals({ totals: all }, chosen, follow, its, beside) {
  const number = true;
  /** @param {string} name @param {(of: RankTotals) => string} cell @param {string} [title] */
  const column = (name, cell, title) => ({
    name,
    cell: (/** @type {RankTotals} */ of, /** @type {number} */ at) =>
      under(cell(of), beside, its && cell(its.totals[at])),
    number,
    title,
  });
  return table({
    label: "Each rank in both passes",
    columns: [
      { name: "Rank", cell: (/** @type {RankTotals} */ _, at) => `rank ${at}` },
      {
        name: "positions",
        cell: ({ chunks }, at) =>
          under(chunks.map(positions).join(", "), beside, its?.totals[at].chunks.map(positions).join(", ")),
      },
      column("tiles", ({ computed, skipped }) => `${computed} of ${computed + skipped}`, "computed in each pass"),
      column("operations", ({ flops }) => operations(flops), "floating-point operations, counted tile by tile"),
      column("sent", ({ sent }) => `${whole(sent)} bytes`, "counted where a tensor goes to isend"),
      column("sent, by formula", ({ formula }) => `${whole(formula)} bytes`),
      column("computing", ({ compute }) => timed(compute)),
      column("waiting", ({ wait }) => timed(wait)),
      column("sending", ({ send }) => timed(send)),
    ],
    rows: all,
    selected: (_, at) => at === chosen,
    select: (_, at) => follow(at),
    className: "keeps-names",
  });
}
