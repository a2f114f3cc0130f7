// @ts-check
/**
 * How many of the true nearest are found by the list's length, over all questions of the set; and the graph's levels.
 *
 * @import { HnswWalk } from "../../../types/context"
 */
import { dot, line, rule } from "../../../kit/drawing/marks.js";
import { picture, sweep } from "../../../kit/drawing/picture.js";
import { decimal, percent, whole } from "../../../kit/numbers/format.js";
import { table } from "../../../kit/numbers/table.js";
import { range, scaleLog } from "../../../vendor/d3.js";
import { html } from "../../../vendor/lit.js";

/** @param {HnswWalk} data @param {number} width */
export function recall({ lengths, recall: shares, low, high, looked, count, questions, true: right }, width) {
  const all = range(lengths.length);
  const nearest = (/** @type {number} */ value) =>
    all.reduce(
      (best, at) => (Math.abs(Math.log(lengths[at] / value)) < Math.abs(Math.log(lengths[best] / value)) ? at : best),
      0,
    );
  return html`<section><h3 class="sub3">Recall@${right.length} against ef <small>${questions} questions, 95%
  interval</small></h3>
    ${picture({
      label: `Recall at lists of ${lengths[0]} to ${lengths[lengths.length - 1]}`,
      width,
      height: 220,
      margin: { left: 46, right: 16, top: 12, bottom: 44 },
      x: scaleLog().domain([lengths[0] * 0.9, lengths[lengths.length - 1] * 1.1]),
      y: [Math.max(0, Math.min(...low) - 0.02), 1],
      left: { format: (value) => percent(value) },
      bottom: { values: lengths.filter((_, at) => at % 3 === 0), format: (value) => whole(value), title: "ef" },
      marks: [
        all.map((at) => line({ data: [low[at], high[at]], x: () => lengths[at], y: Number, color: "ink3" })),
        line({ data: all, x: (at) => lengths[at], y: (at) => shares[at], color: "prob" }),
        dot({ data: all, x: (at) => lengths[at], y: (at) => shares[at], r: 3.5, color: "prob" }),
        rule({ y: 0.95, color: "line" }),
        sweep({
          at: nearest,
          told: (at) => ({
            title: `ef ${lengths[at]}`,
            lines: [
              ["recall", `${percent(shares[at])} (${percent(low[at])} to ${percent(high[at])})`],
              ["distances for this question", `${whole(looked.a[at])} of ${whole(count)}`],
            ],
          }),
        }),
      ],
    })}</section>`;
}

/** @param {HnswWalk} data */
export const levels = ({ at_level: at, count, m, degree, most, unlinked, reached, bytes }) => html`
  <section><h3 class="sub3">The graph</h3>
    ${table({
      label: "Nodes by level",
      rows: [...at.keys()].reverse(),
      columns: [
        { name: "level", cell: (level) => `${level} or above` },
        { name: "nodes", number: true, cell: (level) => whole(at[level]) },
        { name: "expected, N · M^−level", number: true, cell: (level) => decimal(count / m ** level, 1) },
      ],
    })}
    <p class="hint">At level 0 a node has ${decimal(degree, 1)} links on average, at most ${most} (2M is ${2 * m}).
      ${whole(reached)} of ${whole(count)} nodes can be reached from the entry; no other node links to
      ${whole(unlinked)}.
      All links take ${whole(Math.round(bytes / 1000))} kB.</p></section>`;
