// @ts-check
/**
 * The parts of one block against the length of the text: time by the clock, work by the formula.
 *
 * @import { Row, View } from "../../../kit/view"
 * @import { TimesAsLong } from "../../../types/shared"
 * @import { AttentionGrown, GrownPart, PartWork } from "../../../types/transformer"
 */

import { plot } from "../../../kit/chart/plot.js";
import { control } from "../../../kit/controls/declared.js";
import { logAxis } from "../../../kit/drawing/log_axis.js";
import { decimal, percent, whole } from "../../../kit/numbers/format.js";
import { figures, operations, timed } from "../../../kit/numbers/magnitude.js";
import { table } from "../../../kit/numbers/table.js";
import { verdict } from "../../../kit/numbers/timing.js";
import { html, nothing } from "../../../vendor/lit.js";

/** Below so many pixels the table has only what is compared. */
const ROOM = 620;

/** @type {View<AttentionGrown>} */
export function growth(data, ctx) {
  return html`
    <div class="settings-row ruled">
      ${control(ctx, "longest", { format: (n) => `${whole(n)} tokens` })}
    </div>
    <p class="readout said">${byCount(data)} ${byClock(data)} ${why(data)}</p>
    <div class="side-by-side">
      <div>
        <h3 class="sub3">Time <small>log scales; whiskers: quartiles of the rounds</small></h3>
        ${timeChart(data)}
      </div>
      <div>
        <h3 class="sub3">FLOPs <small>lines: formula; points: counted by torch</small></h3>
        ${workChart(data)}
      </div>
    </div>
    ${formulas(data)} ${numbers(data, ctx.width < ROOM)}
    <p class="hint">${method(data)}</p>`;
}

/**
 * @param {AttentionGrown} data
 * @returns {Row[]}
 */
export function rows(data) {
  return data.lengths.flatMap((n, at) =>
    data.parts.map(({ part, ms, low, high, power, within }) => {
      const work = data.work.find((each) => each.part === part);
      return {
        n,
        part,
        ms: ms[at],
        low_ms: low[at],
        high_ms: high[at],
        flops: work?.formula[at],
        flops_counted: work?.counted[at],
        fitted_power: power,
        fitted_power_within: within,
      };
    }),
  );
}

/** @param {AttentionGrown} data */
const byCount = ({ by_count }) =>
  html`By the count, scores and mix need more operations than the feed-forward layer from
    <b>${whole(Math.ceil(by_count))}</b> tokens on.`;

/** @param {AttentionGrown} data */
function byClock({ lengths, below, above, by_clock, slower, whole: done }) {
  const last = whole(lengths[lengths.length - 1]);
  if (above === null && !done)
    return `By the clock, attention has not clearly overtaken it so far, up to ${last} tokens.`;
  if (above === null)
    return verdict(
      slower,
      ({ median }) =>
        `By the clock, plain attention takes ${figures(median)} times as long as the feed-forward at ${last} tokens, ` +
        "in the median round.",
      `attention’s time against the feed-forward’s at ${last} tokens`,
    );
  if (below === null || by_clock === null)
    return html`By the clock, plain attention takes longer at every length where the difference is clear, from
      <b>${whole(above)}</b> tokens on.`;
  return html`By the clock, plain attention takes longer from about <b>${whole(Math.round(by_clock))}</b> tokens on:
    clearly less time at ${whole(below)} tokens, clearly more from ${whole(above)}.`;
}

/** What the count leaves out, where it shows. @param {AttentionGrown} data */
function why(data) {
  const { lengths, by_count, by_clock, fused } = data;
  if (by_clock === null || by_clock > by_count) return nothing;
  const last = whole(lengths[lengths.length - 1]);
  const said = (/** @type {TimesAsLong} */ { median, low, high }) =>
    `In the median round at ${last} tokens it takes ${percent(median)} of plain attention’s time (middle half of the ` +
    `rounds: ${percent(low)} to ${percent(high)}).`;
  return html`The count leaves out mask and softmax, which multiply nothing but move the square of scores through
    memory. Torch’s fused kernel never writes that square out.
    ${verdict(fused, said, `the fused kernel’s time at ${last} tokens`)}`;
}

/** @param {AttentionGrown} data */
function formulas(data) {
  const { n_heads, n_kv_heads, d_head, d_model, d_mlp, matrices, n_experts, k } = data;
  const heads = n_heads * d_head;
  const experts = n_experts ? ` · ${k} experts + router` : "";
  const plain = n_heads === n_kv_heads && heads === d_model;
  return html`
    <dl class="formulas">
      <dt>Scores and mix</dt>
      <dd><code>4 n² · h · d_head = 4 n² · ${n_heads} · ${d_head} = ${whole(4 * heads)}
          n²</code>${heads === d_model ? ", 4 n² d" : ""}</dd>
      <dt>Projections</dt>
      <dd><code>4 n · d · (h + g) · d_head = 4 n · ${d_model} · (${n_heads} + ${n_kv_heads}) · ${d_head} =
          ${whole(
            4 * d_model * (n_heads + n_kv_heads) * d_head,
          )} n</code>${plain ? ", 8 n d²" : "; 8 n d² with as many key-value heads g as query heads h"}</dd>
      <dt>Feed-forward</dt>
      <dd><code>${2 * matrices} n · d · d_ff${experts} = ${2 * matrices} n · ${d_model} · ${d_mlp}${experts} =
          ${whole(workOf(data, "feed_forward").formula[0] / data.lengths[0])} n</code></dd>
    </dl>`;
}

/** @param {AttentionGrown} data @param {boolean} narrow */
function numbers(data, narrow) {
  const shown = PARTS.filter(({ part }) => !narrow || part === "attention" || part === "feed_forward");
  return table({
    label: "Milliseconds of each part at each length",
    className: "grown",
    rows: [...data.lengths.keys(), -1],
    columns: [
      { name: "tokens", cell: (at) => (at < 0 ? "power of n" : whole(data.lengths[at])), number: true },
      ...shown.map(({ part, name }) => ({
        name,
        number: true,
        cell: (/** @type {number} */ at) => (at < 0 ? power(data, part) : timed(partOf(data, part).ms[at])),
      })),
      {
        name: "attention’s FLOPs",
        number: true,
        cell: (at) => (at < 0 ? "2" : operations(workOf(data, "attention").formula[at])),
      },
    ],
  });
}

/** @param {AttentionGrown} data @param {string} part */
function power(data, part) {
  const { power: found, within } = partOf(data, part);
  return found === null ? "–" : html`${decimal(found)} <small>± ${decimal(within ?? 0)}</small>`;
}

/** @param {AttentionGrown} data */
function method({ rounds, fitted_from, stopped, lengths, longest, window, whole: done }) {
  const ends = {
    memory: ` Stopped before ${whole(longest)} tokens: the square of scores would not fit into the allowed memory.`,
    time: ` Stopped before ${whole(longest)} tokens: the time limit was reached.`,
  };
  const end = ends[/** @type {"memory" | "time"} */ (stopped)] ?? "";
  const far = done ? end : ` So far up to ${whole(lengths[lengths.length - 1])} tokens.`;
  const sees = window
    ? ` A query of this block sees ${whole(window)} tokens back; the plain kernel still computes the whole square.`
    : "";
  return (
    `Block 0 reads tokens of the passages: float32, one thread, medians of ${Math.min(...rounds)} to ` +
    `${Math.max(...rounds)} rounds; the parts take turns. Memory that a part frees is reused, so no time is spent on ` +
    "asking the system for pages. Attention is q kᵀ, scale, mask, softmax and pattern × v on the whole square, " +
    "although the mask hides half of it: a kernel that skips that half crosses at twice the length. Norms and " +
    `rotations are not timed. Powers are fitted from ${whole(fitted_from)} tokens on; at shorter lengths, starting ` +
    `an operation costs as much as the operation. ±: their 95 % interval, Student’s t over the lengths. ` +
    `–: too few lengths, or times too far apart.${sees}${far}`
  );
}

// The two charts of attention's growth: milliseconds by length, and floating-point operations by length.

const HEIGHT = 340;
/** Room at the right for the lines' names. */
const NAMES = 96;

/** They differ by colour, dashes and the shape of their points. */
export const PARTS = /** @type {const} */ ([
  { part: "attention", name: "attention", color: "ink", symbol: "square", dash: "solid" },
  { part: "softmax", name: "its softmax", color: "ink3", symbol: "square-open", dash: "dot" },
  { part: "fused", name: "torch’s fused", color: "river-deep", symbol: "diamond", dash: "dash" },
  { part: "projections", name: "projections", color: "pos", symbol: "triangle-up", dash: "dashdot" },
  { part: "feed_forward", name: "feed-forward", color: "prob", symbol: "circle", dash: "solid" },
]);

/** @param {AttentionGrown} data @param {string} part */
const partOf = (data, part) => /** @type {GrownPart} */ (data.parts.find((each) => each.part === part));

/** @param {AttentionGrown} data @param {string} part */
const workOf = (data, part) => /** @type {PartWork} */ (data.work.find((each) => each.part === part));

/** @param {AttentionGrown} data */
function timeChart(data) {
  const { lengths, by_clock } = data;
  return plot({
    label: "Milliseconds of each part of the block by length; arrow keys walk the lengths",
    height: HEIGHT,
    traces: PARTS.map(({ part, name, ...look }) => {
      const { ms, low, high } = partOf(data, part);
      const customdata = lengths.map((n, at) => [name, whole(n), timed(ms[at]), timed(low[at]), timed(high[at])]);
      const hover = "%{customdata[0]}, n = %{customdata[1]}: %{customdata[2]} (%{customdata[3]} to %{customdata[4]})";
      return {
        x: lengths,
        y: ms,
        whiskers: { low, high },
        customdata,
        hover: `${hover}<extra></extra>`,
        ...drawn(name, look),
      };
    }),
    x: lengthAxis(lengths),
    y: { ...logAxis(data.parts.flatMap(({ low, high }) => [...low, ...high])), title: "ms" },
    marks: by_clock === null ? [] : [crossing(by_clock, "by the clock")],
    margin: { r: NAMES },
  });
}

/** @param {AttentionGrown} data */
function workChart(data) {
  const { lengths, by_count } = data;
  const shown = PARTS.filter(({ part }) => workOf(data, part));
  const axis = logAxis(data.work.flatMap(({ formula }) => formula));
  const within = by_count >= lengths[0] && by_count <= lengths[lengths.length - 1];
  return plot({
    label: "Floating-point operations of each part of the block by length; arrow keys walk the lengths",
    height: HEIGHT,
    traces: [
      ...shown.map(({ part, name, color, dash }) => {
        const { formula } = workOf(data, part);
        const customdata = lengths.map((n, at) => [name, whole(n), operations(formula[at])]);
        const hover = "%{customdata[0]}, n = %{customdata[1]}: %{customdata[2]} by formula<extra></extra>";
        return { x: lengths, y: formula, name, labelled: true, color, dash, customdata, hover };
      }),
      ...shown.map(({ part, name, color, symbol }) => {
        const { counted } = workOf(data, part);
        const customdata = lengths.map((n, at) => [name, whole(n), whole(counted[at])]);
        const hover = "%{customdata[0]}, n = %{customdata[1]}: %{customdata[2]} counted<extra></extra>";
        return { x: lengths, y: counted, mode: "markers", color, symbol, hollow: true, size: 8, customdata, hover };
      }),
    ],
    x: lengthAxis(lengths),
    y: { ...axis, ticktext: axis.tickvals.map(operations) },
    marks: within ? [crossing(by_count, "by the count")] : [],
    margin: { r: NAMES, l: 74 },
  });
}

/** @param {number} n @param {string} how */
const crossing = (n, how) => ({
  x: n,
  label: `${whole(Math.round(n))} ${how}`,
  side: /** @type {const} */ ("left"),
  dash: "dot",
  color: "ink3",
});

/** @param {string} name @param {{ color: string, symbol: string, dash: string }} look */
const drawn = (name, look) => ({ ...look, name, labelled: true, mode: "lines+markers", size: 7 });

/** Doublings of the shortest. @param {readonly number[]} lengths */
function lengthAxis(lengths) {
  const doubled = lengths.filter((n) => Number.isInteger(Math.log2(n / lengths[0])));
  return { ...logAxis(lengths), tickvals: doubled, ticktext: doubled.map(whole), title: "tokens n" };
}
