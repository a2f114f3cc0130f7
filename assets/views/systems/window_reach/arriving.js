// @ts-check
/**
 * What arrives at the last block: the change of its stream by distance, with windows, without, and in the other run.
 *
 * @import { WindowReach } from "../../../types/systems"
 * @import { Context } from "./there.js"
 */

import { row } from "../../../kit/cells/tensor.js";
import { plot } from "../../../kit/chart/plot.js";
import { logAxis } from "../../../kit/drawing/log_axis.js";
import { range } from "../../../vendor/d3.js";

/** As the map above counts. */
const PERCENT = 100;

/**
 * @param {WindowReach} data
 * @param {Context} ctx
 */
export function arriving(data, ctx) {
  const last = data.change.shape[0] - 1;
  const bound = data.bound[last];
  const windowed = line(row(data.change, last), "with the windows", "prob");
  const free = data.whole ? { ...line(data.whole.a, "without windows", "river-deep"), dash: "dash" } : null;
  const there = ctx.there && lineThere(ctx.there, ctx);
  const y = [Math.min(...windowed.y), Math.max(...windowed.y)];
  const limit = { x: [bound, bound], y, mode: "lines", name: `bound, ${bound}`, color: "ink", dash: "dot", width: 1.5 };
  return plot({
    label: "Change of the last stream by distance, with the windows and without; arrow keys walk the distances",
    height: 260,
    traces: [windowed, ...(free ? [free] : []), ...(there ? [there] : []), limit],
    x: { title: "tokens after the replaced one", rangemode: "tozero" },
    y: logAxis([...windowed.y, ...(free?.y ?? []), ...(there?.y ?? [])]),
    margin: { t: 34 },
  });
}

/**
 * A log axis has no place for what has not changed.
 * @param {ArrayLike<number>} values
 * @param {string} name
 * @param {string} color
 */
function line(values, name, color) {
  const x = range(values.length).filter((at) => values[at] > 0);
  const hover = `%{x} tokens later: %{y:.2~r} %<extra>${name}</extra>`;
  return { x, y: x.map((at) => PERCENT * values[at]), name, color, mode: "lines+markers", size: 4, hover };
}

/**
 * @param {WindowReach} there
 * @param {Context} ctx
 */
const lineThere = ({ change }, { beside }) => ({
  ...line(row(change, change.shape[0] - 1), beside.name, "ink2"),
  hollow: true,
  size: 7,
  width: 1.25,
});
