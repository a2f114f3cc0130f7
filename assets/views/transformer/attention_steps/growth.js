// @ts-check
/**
 * The parts of one block against the length of the text: time by the clock, work by the formula.
 *
 * @import { AttentionGrown, TimesAsLong } from "../../../types"
 * @import { Row, View } from "../../../kit/view"
 */
import { control } from "../../../kit/declared.js";
import { decimal, percent, whole } from "../../../kit/format.js";
import { figures, operations, timed } from "../../../kit/magnitude.js";
import { table } from "../../../kit/table.js";
import { verdict } from "../../../kit/timing.js";
import { html, nothing } from "../../../vendor/lit.js";
import { PARTS, partOf, timeChart, workChart, workOf } from "./growth_charts.js";

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
