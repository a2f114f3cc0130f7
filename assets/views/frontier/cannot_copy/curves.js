// @ts-check
/**
 * Accuracy by length and by bytes: a line is the mean of the seeds, a dot one seed.
 *
 * @import { CannotCopy } from "../../../types/frontier"
 */
import { plot } from "../../../kit/chart/plot.js";
import { logAxis } from "../../../kit/drawing/log_axis.js";
import { html } from "../../../vendor/lit.js";

const HEIGHT = 260;
const DOT = 5;
export const RIGHT = { title: "right", range: [-0.02, 1.03], tickformat: ".0%" };

/** @type {Record<string, { color: string, dash?: string, symbol?: string }>} */
export const LOOKS = {
  attention: { color: "river-deep" },
  hybrid: { color: "pos", dash: "8px,4px", symbol: "diamond" },
  "Mamba, 16 a channel": { color: "prob", symbol: "square" },
  "Mamba, 4 a channel": { color: "ink2", dash: "6px,3px", symbol: "triangle-up" },
  "Mamba, 2 a channel": { color: "neg", dash: "3px,4px", symbol: "triangle-down" },
  "Mamba-2, 16 a channel": { color: "prob", dash: "2px,3px", symbol: "cross" },
  "gated linear attention": { color: "ink", dash: "10px,3px", symbol: "star" },
};

/** @typedef {CannotCopy["arms"][number]["points"][number]} Points */

/** Each seed as a dot. @param {Points} points @param {(point: Points[number]) => number} x */
export const seedsAt = (points, x) => ({
  x: points.flatMap((point) => point.seeds.map(() => x(point))),
  y: points.flatMap((point) => point.seeds),
  mode: "markers",
  size: DOT,
  alpha: 0.65,
  legend: false,
});

/** @param {CannotCopy} data @param {{ task: number, title: string, asked: string }} what */
export const byLength = ({ arms, trained_to: most }, { task, title, asked }) =>
  html`<div><h3 class="sub3">${title} by length <small>each dot a seed, lines their means</small></h3>
    ${plot({
      label: `Accuracy of ${title.toLowerCase()} by ${asked}, of each kind of model and seed`,
      height: HEIGHT,
      traces: arms.flatMap(({ name, points }) => [
        {
          ...LOOKS[name],
          ...{ name, width: 2, mode: "lines" },
          x: points[task].map(({ length }) => length),
          y: points[task].map(({ mean }) => mean),
        },
        {
          ...LOOKS[name],
          ...seedsAt(points[task], ({ length }) => length),
          hover: `${name}: %{y:.0%} at %{x}<extra></extra>`,
        },
      ]),
      x: { title: asked },
      y: RIGHT,
      marks: [{ x: most[task], label: "longest trained", color: "ink3", dash: "dot", side: "left", below: true }],
    })}</div>`;

/**
 * At the longest trained length.
 * @param {CannotCopy} data
 * @param {{ task: number, title: string, thing: string }} what
 */
export function byBytes({ arms, trained_to: most }, { task, title, thing }) {
  const at = arms.map(({ name, points }) => ({ name, ...point(points[task], most[task]) }));
  return html`<div><h3 class="sub3">${title} of ${most[task]} ${thing} by what is carried
      <small>each dot a seed</small></h3>
    ${plot({
      label: `Accuracy of ${title.toLowerCase()} of ${most[task]} ${thing}, by the bytes that are carried`,
      height: HEIGHT,
      traces: at.map(({ name, bytes, seeds: values }) => ({
        ...LOOKS[name],
        ...{ name, mode: "markers", size: DOT + 3, alpha: 0.75 },
        x: values.map(() => bytes / 1000),
        y: values,
        hover: `${name}: %{y:.0%} with %{x:.1f} kB<extra></extra>`,
      })),
      x: { title: "kB carried, float32", ...logAxis(at.map(({ bytes }) => bytes / 1000)) },
      y: RIGHT,
    })}</div>`;
}

/** @param {Points} points @param {number} wanted */
function point(points, wanted) {
  const found = points.find(({ length }) => length === wanted);
  if (!found) throw new Error(`No accuracy at ${wanted}.`);
  return found;
}
