// @ts-check
/**
 * The speed that the formula promises, a line for each draft by the number of drafted tokens, and what was measured.
 *
 * @import { DraftsWorth, DraftWorth, SpeculationRounds } from "../../../types/inference"
 * @import { BesideWords, ViewContext } from "../../../kit/view"
 *
 * @typedef {ViewContext<any, DraftsWorth>} Context
 */

import { plot } from "../../../kit/chart/plot.js";
import { css } from "../../../kit/colour/theme.js";
import { decimal } from "../../../kit/numbers/format.js";
import { max } from "../../../vendor/d3.js";
import { kindName, times } from "./kinds.js";

/** @type {Record<string, string>} */
const DASHES = { int4: "solid", int8: "dash", lookup: "dot", skip: "dashdot", exit: "longdash" };
/** From this width on lines are named at their ends; below it, in a legend. */
const NAMED = 480;
const HEIGHT = { named: 300, legend: 380 };
/** Pixels of the plot's own height, and between the names of two lines. */
const PLOT = 242;
const APART = 14;
const ROOM = 1.06;
const FONT = 11;

/** The same draft in the other run. @param {string} kind @param {Context} ctx */
export const draftThere = (kind, { there }) => there?.drafts.find((each) => each.kind === kind);

/**
 * @param {{ data: DraftsWorth, run: SpeculationRounds | undefined, kind: string, width: number,
 *   open: (kind: string) => void, ctx: Context }} options
 */
export function promise({ data, run, kind, width, open, ctx }) {
  const named = width > NAMED;
  const lines = data.drafts.map((draft) => line(draft, draft.kind === kind, !named));
  const chosen = data.drafts.find((draft) => draft.kind === kind) ?? data.drafts[0];
  const there = draftThere(chosen.kind, ctx);
  const all = [...data.drafts, ...(there ? [there] : [])];
  const top = ROOM * Math.max(1, max(all, ({ speedup }) => max(speedup)) ?? 1, max(chosen.high) ?? 1);
  const words = named
    ? { annotations: [...endings(lines, top), plainly()] }
    : { legend: { orientation: "h", x: 0, y: -0.2, yanchor: "top", font: { size: FONT + 1, color: css("ink2") } } };
  return plot({
    label: "Expected speed against plain decoding, by the number of drafted tokens; arrow keys walk the first line",
    height: named ? HEIGHT.named : HEIGHT.legend,
    traces: [...lines, ...(there ? [other(there, ctx.beside)] : []), ...measured(run), ...band(chosen)],
    x: { title: "γ, tokens drafted a pass", dtick: 1, range: [0.8, chosen.speedup.length + 0.2] },
    y: { range: [0, top], ticksuffix: " ×" },
    marks: [{ y: 1, label: "plain", color: "ink3", dash: "dot" }],
    margin: { r: named ? 148 : 12, t: (there || run?.ratio) && named ? 30 : 14 },
    layout: words,
    onClick: (point) => {
      const draft = data.drafts[point?.trace ?? -1];
      if (draft) open(draft.kind);
    },
  });
}

/** @param {DraftWorth} draft */
const gammas = ({ speedup }) => speedup.map((_, at) => at + 1);

/**
 * @param {DraftWorth} draft
 * @param {boolean} chosen
 * @param {boolean} legend
 */
function line(draft, chosen, legend) {
  return {
    x: gammas(draft),
    y: draft.speedup,
    name: kindName(draft.kind),
    color: chosen ? "prob" : "river-deep",
    dash: DASHES[draft.kind],
    width: chosen ? 3 : 1.6,
    legend,
    customdata: draft.low.map((low, at) => `${decimal(low)} to ${decimal(draft.high[at])}`),
    hover: `${kindName(draft.kind)}, γ = %{x}: %{y:.2f} × (%{customdata})<extra></extra>`,
  };
}

/**
 * The chosen draft at the positions of the run beside this one.
 * @param {DraftWorth} draft
 * @param {BesideWords} beside
 */
const other = (draft, beside) => ({
  x: gammas(draft),
  y: draft.speedup,
  name: `${kindName(draft.kind)}, ${beside.name}`,
  mode: "lines+markers",
  color: "prob",
  dash: "dot",
  width: 1.5,
  hollow: true,
  hover: `${beside.name}, γ = %{x}: %{y:.2f} ×<extra></extra>`,
});

/** The middle half of the rounds. @param {DraftWorth} draft */
function band(draft) {
  const edge = {
    x: gammas(draft),
    color: "prob",
    width: 0,
    legend: false,
    hoverinfo: "skip",
    hover: "<extra></extra>",
  };
  return [
    { ...edge, y: draft.low },
    { ...edge, y: draft.high, fill: "tonexty" },
  ];
}

/** @param {SpeculationRounds | undefined} run */
function measured(run) {
  if (!run?.ratio || run.repeats < run.of_repeats) return [];
  const { median, low, high } = run.ratio;
  const error_y = {
    type: "data",
    symmetric: false,
    array: [high - median],
    arrayminus: [median - low],
    thickness: 1,
    width: 4,
    color: css("ink"),
  };
  return [
    {
      x: [run.gamma],
      y: [median],
      error_y,
      name: "measured above",
      mode: "markers",
      color: "ink",
      size: 10,
      hover:
        `${kindName(run.draft)}, γ = ${run.gamma}, measured: ${times(median)} (${decimal(low)} ` +
        `to ${decimal(high)})<extra></extra>`,
    },
  ];
}

/**
 * Names at the lines' ends, moved apart where lines end together.
 * @param {ReturnType<typeof line>[]} lines
 * @param {number} top of the scale
 */
function endings(lines, top) {
  const scale = PLOT / top;
  let low = Number.NEGATIVE_INFINITY;
  return lines
    .map(({ x, y, name, color }) => ({ x: x[x.length - 1], y: y[y.length - 1], name, color }))
    .sort((one, other) => one.y - other.y)
    .map(({ x, y, name, color }) => {
      low = Math.max(y * scale, low + APART);
      const place = { x, y, yshift: low - y * scale, xshift: 8, xanchor: "left", yanchor: "middle", showarrow: false };
      return { ...place, text: name, font: { size: FONT, color: css(color === "prob" ? "prob" : "ink2") } };
    });
}

/** The name of the level line at 1. */
const plainly = () => ({
  x: 1,
  xanchor: "left",
  xshift: -8,
  y: 1,
  yanchor: "bottom",
  text: "plain",
  showarrow: false,
  font: { size: FONT, color: css("ink3") },
});
