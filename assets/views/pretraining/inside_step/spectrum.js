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
import { html, nothing } from "../../../vendor/lit.js";
import { choices, optimizer, powers, term } from "./named.js";

const HEIGHT = 300;
const LOOKS = [
  { color: "river", dash: "2px,2px" },
  { color: "ink3" },
  { color: "prob" },
  { color: "pos", dash: "7px,3px" },
];
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
      traces: shown.map((line, at) => ({ ...drawn(line, true), name: named(line.name), ...LOOKS[at] })),
      x: { title: "singular value, largest first" },
      y: { title: "by the largest", ...powers(-5, 0.1) },
    })}
    ${table({
      label: "Directions",
      className: "snug",
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
        // the later, the darker
        ...(at ? { color: "prob", alpha: at / (data.iterates.length - 1) } : { color: "ink3", dash: "2px,2px" }),
      })),
      x: { title: "singular value, largest first" },
      y: { title: "value", ...powers(-6, 0.3) },
      marks: [{ y: 1, dash: "4px,3px", color: "ink3" }],
    })}
    <p class="hint">The stable rank says in how many directions a matrix acts: 1 where one carries all. A text of
      ${whole(data.read)} tokens gives a gradient of at most ${whole(data.read - 1)} directions; what lies below is
      rounding. Five iterations multiply a tiny value by up to 485. In float32, as drawn here, it stays small.
      ${
        shown.some(({ name }) => name === "muon")
          ? html`Muon’s step iterates in bfloat16, as torch’s does: the rounding of its input is multiplied too, and
      fills the other directions of its update. `
          : nothing
      }Values below 10⁻⁷ of the largest are left out.</p>`;
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
  return html`By its stable rank, the gradient acts in about <b>${decimal(gradient.stable_rank, 1)}</b> of
    ${whole(gradient.count)} directions${updates.map(
      (each) => html`, ${optimizer(each.name)}’s update in <b>${decimal(each.stable_rank, 1)}</b>`,
    )}.`;
}
