// @ts-check
/**
 * The head of another width, of the model of the run beside this one: in words, as rings in the charts, for the export.
 *
 * @import { FlashGrown, GrownRun } from "../../../types/systems"
 * @import { Row, ViewContext } from "../../../kit/view"
 */
import { whole } from "../../../kit/numbers/format.js";
import { figures, memory, timed } from "../../../kit/numbers/magnitude.js";
import { asLong } from "../../../kit/numbers/timing.js";
import { html, nothing } from "../../../vendor/lit.js";
import { METHODS, runsOf } from "./methods.js";

/** @param {FlashGrown} data @param {GrownRun} run the same method and length on the other head */
export const thereOf = ({ base }, run) => base?.runs.find(({ method, n }) => method === run.method && n === run.n);

/** At the longest length that each method was run at. @param {FlashGrown} data @param {ViewContext} ctx */
export function besideWords(data, { beside }) {
  const { base, d } = data;
  if (!base) return nothing;
  const lines = METHODS.flatMap(({ method, name }) => {
    const run = runsOf(data, method).at(-1);
    const there = run && thereOf(data, run);
    if (!run || !there) return [];
    const times = base.times.find((each) => each.method === method && each.n === run.n) ?? null;
    return html`; ${name} takes <b data-ms=${there.ms}>${timed(there.ms)}</b> for ${whole(run.n)} tokens,
      ${asLong(times)}, and ${memory(there.peak)}, ${figures(there.peak / run.peak)} times as much`;
  });
  return html`<p class="readout basenote">${beside.start} a head of ${base.model} is <b data-d=${base.d}>${whole(
    base.d,
  )}</b> wide, here ${whole(d)}${lines}. Both took turns, round by round. The squares have the same size at every
    width.</p>`;
}

/**
 * Its points of a chart: rings in the colour of the method, behind those of this head.
 * @param {FlashGrown} data
 * @param {string} method
 * @param {(run: GrownRun) => number} value
 * @param {(run: GrownRun) => string} said
 * @param {string} color
 */
export function rings({ base }, method, value, said, color) {
  const of = base?.runs.filter((run) => run.method === method) ?? [];
  if (!base || !of.length) return [];
  return [
    {
      x: of.map(({ n }) => n),
      y: of.map(value),
      mode: "markers",
      hollow: true,
      size: 12,
      color,
      symbol: "circle",
      customdata: of.map((run) => [`d = ${base.d}`, whole(run.n), said(run)]),
      hover: "other run, %{customdata[0]}, N = %{customdata[1]}: %{customdata[2]}<extra></extra>",
    },
  ];
}

/** @param {FlashGrown} data @param {GrownRun} run @param {ViewContext} ctx @returns {Row} */
export function columnsThere(data, run, { beside }) {
  if (!data.base) return {};
  const there = thereOf(data, run);
  const times = data.base.times.find(({ method, n }) => method === run.method && n === run.n);
  return {
    [`d_in_${beside.column}`]: data.base.d,
    [`ms_in_${beside.column}`]: there?.ms ?? null,
    [`times_as_long_in_${beside.column}`]: times?.median ?? null,
    [`clear_in_${beside.column}`]: times?.clear ?? null,
    [`peak_bytes_in_${beside.column}`]: there?.peak ?? null,
  };
}
