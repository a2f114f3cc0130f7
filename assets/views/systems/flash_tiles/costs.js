// @ts-check
/**
 * What was read, written, held and computed so far, against the whole run of each algorithm on the same head.
 *
 * @import { TileSums } from "../../../types/systems"
 * @import { Now } from "./run.js"
 */

import { stacks } from "../../../kit/drawing/stacks.js";
import { percent, whole } from "../../../kit/numbers/format.js";
import { max } from "../../../vendor/d3.js";
import { html } from "../../../vendor/lit.js";
import { both } from "./other.js";
import { bytes, counted, SHORT } from "./run.js";

/** @type {["read" | "written" | "extra" | "flops", string][]} */
const KINDS = [
  ["read", "Bytes read"],
  ["written", "Bytes written"],
  ["extra", "Extra memory at peak, bytes"],
  ["flops", "FLOPs, on their own scale"],
];
const GAP = 36;
const TWO = 860;
const NUMBER = 84;

/** @param {Now} now */
export function costs(now) {
  const { run, at, ctx } = now;
  const { sums } = run.data;
  const sofar = counted(run, at + 1);
  const scales = {
    bytes: max(sums, ({ read, written, extra }) => Math.max(read, written, extra)) ?? 1,
    flops: max(sums, ({ flops }) => flops) ?? 1,
  };
  const width = ctx.width >= TWO ? (ctx.width - GAP) / 2 : ctx.width;
  return html`
    <h3 class="sub3">Cost up to step ${at + 1} of ${run.steps.length} <small>solid: so far; outline: ${all(run.data)};
    the three counts of bytes share one scale</small></h3>
    <div class="costs">
      ${KINDS.map(
        ([kind, name]) => html`
          <figure>
            <figcaption>${name}</figcaption>
            ${stacks({
              rows: sums.map((each) => row(each, kind, each.algorithm === run.algorithm ? sofar[kind] : null)),
              width,
              most: scales[kind === "flops" ? "flops" : "bytes"],
              label: `${name}, of each algorithm`,
              names: 66,
              numbers: NUMBER,
              columns: ["so far", "all steps"],
            })}
          </figure>`,
      )}
    </div>
    <p class="readout">${verdict(run.data)}</p>
    ${both(run.data, ctx)}`;
}

/** @param {TileSums} sums @param {"read" | "written" | "extra" | "flops"} kind @param {number | null} sofar */
function row(sums, kind, sofar) {
  const all = sums[kind];
  const open = sofar !== null;
  return {
    name: SHORT[sums.algorithm],
    title: SHORT[sums.algorithm],
    parts: [
      { from: 0, to: all, look: /** @type {const} */ ("hollow") },
      ...(open ? [{ from: 0, to: sofar, look: /** @type {const} */ ("dark") }] : []),
    ],
    numbers: [open ? whole(sofar) : "", whole(all)],
    details: /** @type {[string, string][]} */ ([
      ...(open ? [["so far", whole(sofar)]] : []),
      ["all steps", whole(all)],
      ["steps", whole(sums.steps)],
    ]),
    selected: open,
  };
}

/** @param {import("../../../types/systems").FlashTiles} data */
function verdict(data) {
  const { sums, dtype, whole: every, n_tokens } = data;
  const half = dtype === "bfloat16" ? " S, P, m, l and L stay float32." : "";
  const cut = every.length ? html` For all ${whole(n_tokens)} positions, by the formula: ${told(every)}.` : "";
  return html`Bytes moved in ${all(data)}: ${told(sums.map(({ read, written }) => read + written))}. Standard attention
    uses the same tiles, computes masked scores too, and stores S and P.${half}${cut}`;
}

/**
 * What the counts are of: a long text is drawn window by window.
 *
 * @param {import("../../../types/systems").FlashTiles} data
 */
const all = ({ whole: every, first, q }) =>
  every.length ? `all steps on positions ${first} to ${first + q.shape[0] - 1}` : "all steps";

/** Bytes of each algorithm. @param {readonly number[]} moved */
const told = ([standard, first, second]) => html`standard <b>${bytes(standard)}</b>, FA-1 <b>${bytes(first)}</b>
    (${percent(first / standard)} of standard), FA-2 <b>${bytes(second)}</b> (${percent(second / standard)})`;
