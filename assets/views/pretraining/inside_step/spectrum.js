// @ts-check
/**
 * The singular values of a step, and of the iterates of Newton and Schulz.
 *
 * @import { SpectrumLine, StepSpectrum } from "../../../types/pretraining"
 * @import { Row, View } from "../../../kit/view"
 */

import { plot } from "../../../kit/chart/plot.js";
import { decimal, whole } from "../../../kit/numbers/format.js";
import { table } from "../../../kit/numbers/table.js";
import { html } from "../../../vendor/lit.js";
import { choices, optimizer, term } from "./named.js";

const HEIGHT = 300;
const COLOURS = ["line2", "ink3", "prob", "pos"];
/** From the first iterate to the last. */
const ITERATES = ["line2", "ink3", "neg", "river-deep", "pos", "prob"];
/** A singular value that is less than this share of the largest is not drawn: float32 cannot tell it from zero. */
const LEAST = 1e-7;

/** @type {View<StepSpectrum>} */
export function spectrum(data, ctx) {
  const shown = data.lines.filter(({ name }, at) => data.lines.findIndex((each) => each.name === name) === at);
  return html`
    ${choices(ctx)}
    <p class="readout lead">${said(shown)}</p>
    ${plot({
      label: "Singular values of weight, gradient and updates, each by its largest",
      height: HEIGHT,
      traces: shown.map((line, at) => ({ ...drawn(line, true), name: named(line.name), color: COLOURS[at] })),
      x: { title: "singular value, largest first" },
      y: { title: "by the largest", type: "log", range: [-5, 0.1], dtick: 1, exponentformat: "power" },
    })}
    ${table({
      label: "Directions",
      columns: [
        { name: "matrix", cell: (/** @type {SpectrumLine} */ { name }) => named(name) },
        { name: "largest value", number: true, cell: ({ values }) => values.a[0].toPrecision(3) },
        {
          name: "stable rank",
          number: true,
          title: "The sum of the squared singular values by the largest one’s square",
          cell: ({ stable_rank }) => decimal(stable_rank, 1),
        },
        { name: "of", number: true, cell: ({ count }) => whole(count) },
      ],
      rows: shown,
    })}
    <h3 class="sub3">Newton and Schulz, iteration by iteration</h3>
    ${plot({
      label: "Singular values after each iteration",
      height: HEIGHT,
      traces: data.iterates.map((line, at) => ({
        ...drawn(line, false),
        name: at ? `after ${at}` : `${term(data.of)}, by its norm`,
        color: ITERATES[at],
      })),
      x: { title: "singular value, largest first" },
      y: { title: "value", type: "log", range: [-6, 0.3], dtick: 1, exponentformat: "power" },
      marks: [{ y: 1, dash: "4px,3px", color: "ink3" }],
    })}
    <p class="hint">The stable rank says in how many directions a matrix acts: 1 where one carries all. A text of
      ${whole(data.read)} tokens gives a gradient of at most ${whole(data.read - 1)} directions; what lies below is
      rounding. Five iterations multiply a tiny value by up to 485, so that it stays small. Values below
      10⁻⁷ of the largest are left out.</p>`;
}

/** @param {StepSpectrum} data @returns {Row[]} */
export const rows = (data) =>
  [...data.lines, ...data.iterates.map((line) => ({ ...line, name: `iteration ${line.name}` }))].flatMap((line) =>
    Array.from(line.values.a, (value, at) => ({ matrix: line.name, at, value })),
  );

/** @param {string} name */
const named = (name) => (name === "weight" || name === "gradient" ? name : `${optimizer(name)}’s update`);

/** @param {SpectrumLine} line @param {boolean} shares */
function drawn({ values }, shares) {
  const most = values.a[0] || 1;
  const kept = Array.from(values.a).filter((value) => value > LEAST * most);
  return { x: kept.map((_, at) => at + 1), y: kept.map((value) => (shares ? value / most : value)) };
}

/** @param {SpectrumLine[]} lines */
function said(lines) {
  const [, gradient, ...updates] = lines;
  return html`The gradient has a stable rank of <b>${decimal(gradient.stable_rank, 1)}</b>${updates.map(
    (each) => html`, ${optimizer(each.name)}’s update <b>${decimal(each.stable_rank, 1)}</b>`,
  )}, of ${whole(gradient.count)} directions.`;
}
