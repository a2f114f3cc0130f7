// @ts-check
/**
 * The singular values of one matrix, at each checkpoint.
 *
 * @import { SpectrumThrough } from "../../../types/pretraining"
 * @import { Row, View } from "../../../kit/view"
 */
import { plot } from "../../../kit/chart/plot.js";
import { control } from "../../../kit/controls/declared.js";
import { decimal, whole } from "../../../kit/numbers/format.js";
import { html, nothing } from "../../../vendor/lit.js";
import { choice, chosen, here, place, pressed, stepAxis } from "./steps.js";

/** Quick enough to be measured for each choice. */
export const follows = true;

const HEIGHT = 280;
/** Ranks that are followed over the steps. */
const RANKS = [1, 2, 4, 16, 64];
const COLOURS = ["prob", "pos", "river-deep", "ink3", "line2"];

/** @type {View<SpectrumThrough>} */
export function spectrum(data, ctx) {
  const at = chosen(data, ctx);
  const count = data.values.shape[1];
  return html`
    <div class="settings-row">
      ${control(ctx, "matrix")} ${ctx.controls.matrix === "embed" ? nothing : control(ctx, "block")}
    </div>
    ${choice(data, ctx)}
    <p class="readout lead">${said(data, at)}</p>
    <div class="side-by-side">
      <div>
        <h3 class="sub3">All of them <small>after ${whole(data.steps[at])} steps, and at the start</small></h3>
        ${plot({
          label: `Singular values of ${data.name}, the largest first, at the start and after ${data.steps[at]} steps`,
          height: HEIGHT,
          traces: [
            { x: ranks(count), y: row(data, 0), name: "start", color: "ink3", dash: "4px,3px" },
            { x: ranks(count), y: row(data, at), name: `step ${whole(data.steps[at])}`, color: "prob" },
          ],
          x: { title: "rank" },
          y: { title: "singular value", range: [0, Math.max(...data.values.a) * 1.05] },
        })}
      </div>
      <div>
        <h3 class="sub3">Some of them, over the steps</h3>
        ${plot({
          label: `Singular values of ${data.name} of some ranks, over the steps`,
          height: HEIGHT,
          traces: RANKS.filter((rank) => rank <= count).map((rank, line) => ({
            x: data.steps.map(place),
            y: data.steps.map((_, each) => value(data, each, rank - 1)),
            mode: "lines+markers",
            name: `rank ${rank}`,
            color: COLOURS[line],
          })),
          x: stepAxis(data.steps),
          y: { title: "singular value" },
          marks: [here(data, ctx)],
          onClick: pressed(data, ctx),
        })}
      </div>
    </div>
    <p class="hint">The stable rank is the sum of the squares by the largest square: in how many directions a matrix
      acts, about.</p>`;
}

/** @param {SpectrumThrough} data @returns {Row[]} */
export const rows = (data) =>
  data.steps.flatMap((step, at) => row(data, at).map((each, rank) => ({ step, rank: rank + 1, value: each })));

/** @param {number} count */
const ranks = (count) => Array.from({ length: count }, (_, at) => at + 1);

/** @param {SpectrumThrough} data @param {number} at @param {number} rank */
const value = ({ values }, at, rank) => values.a[at * values.shape[1] + rank];

/** @param {SpectrumThrough} data @param {number} at */
const row = (data, at) => ranks(data.values.shape[1]).map((rank) => value(data, at, rank - 1));

/** @param {number[]} values */
const stableRank = (values) => values.reduce((sum, each) => sum + each ** 2, 0) / values[0] ** 2;

/** @param {SpectrumThrough} data @param {number} at */
function said(data, at) {
  const [start, now] = [row(data, 0), row(data, at)];
  return html`After <b>${whole(data.steps[at])}</b> steps the largest singular value of
    <span class="mono">${data.name}</span>
    is <b>${decimal(now[0])}</b>, at the start ${decimal(start[0])}; the stable rank is
    <b>${decimal(stableRank(now), 1)}</b> of ${whole(now.length)}, at the start ${decimal(stableRank(start), 1)}.`;
}
