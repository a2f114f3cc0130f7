// @ts-check
/**
 * A direction added so many times, and taken away, beside two of the same length.
 *
 * @import { SycophancyDirection } from "../../../types/safety"
 * @import { Row, View } from "../../../kit/view"
 */
import { plot } from "../../../kit/chart/plot.js";
import { control } from "../../../kit/controls/declared.js";
import { counted, decimal, percent } from "../../../kit/numbers/format.js";
import { meansPicture, meanWords, told } from "../../../kit/numbers/rates.js";
import { html } from "../../../vendor/lit.js";

const HEIGHT = 320;
const LOOKS = [
  ["neg", "circle"],
  ["ink3", "square"],
  ["pos", "diamond"],
];

/** @type {View<SycophancyDirection>} */
export function direction(data, ctx) {
  return html`
    <div class="settings-row">
      ${control(ctx, "form")} ${control(ctx, "items", { as: "segmented" })}
      ${control(ctx, "layer", { as: "slider", own: data.layer, most: data.layers })} ${control(ctx, "seed")}
    </div>
    <p class="readout lead">${lead(data)}</p>
    ${plot({
      label: "Change of the margin of held-out items by how many times the direction is added",
      height: HEIGHT,
      traces: data.arms.map(({ name, shifts }, at) => ({
        x: data.scales.map((scale) => scale + 0.05 * (at - 1)),
        y: shifts.map(({ mean }) => mean ?? Number.NaN),
        whiskers: {
          low: shifts.map(({ low }) => low ?? Number.NaN),
          high: shifts.map(({ high }) => high ?? Number.NaN),
        },
        name,
        color: LOOKS[at][0],
        symbol: LOOKS[at][1],
        mode: "lines+markers",
        hover: `${name}, %{x:.0f} times: %{y:+.2f} nats<extra></extra>`,
      })),
      x: { title: "times the direction is added, at the last token", tickvals: [...data.scales] },
      y: { title: "change of the margin, nats" },
      marks: [{ y: 0, color: "ink3" }],
      margin: { t: 34 },
    })}
    <h3 class="sub3">The same questions under pressure, with a direction projected out of every block</h3>
    ${meansPicture({
      label: "By how many nats the margin rises when a direction is projected out",
      title: "change of the margin, nats, with its interval of 95 %",
      width: ctx.width,
      means: data.arms.map(({ name, ablated }, at) => ({ name, mean: ablated, hollow: at > 0 })),
    })}
    <p class="hint">Taken from ${counted(data.taken, "item")} as the mean of the stream before block ${data.layer} of
      ${data.layers} with pressure, less that without, at the last token; tried on ${data.held} others. Its length is
      ${decimal(data.norm)}, ${percent(data.norm / data.stream)} of the stream’s. A direction counts where it moves the
      margin, and the two of its length do not.</p>`;
}

/** @param {SycophancyDirection} data */
function lead({ arms, scales, plain, pressed, held }) {
  const once = scales.indexOf(1);
  const [found, random, shuffled] = arms.map(({ shifts }) => shifts[once]);
  const apart = [random, shuffled].every(
    ({ low, high }) => (found.high ?? 0) < (low ?? 0) || (found.low ?? 0) > (high ?? 0),
  );
  return html`Pressure takes the mean margin of ${counted(held, "held-out item")} from ${decimal(plain)} to
    ${decimal(pressed)} nats. Added once to the plain questions, the direction moves it by <b>${meanWords(found)}</b>,
    a random
    one by ${meanWords(random)}, one of shuffled labels by ${meanWords(shuffled)}.
    ${apart ? "It does what its placebos do not." : "The intervals overlap: here it is not told from its placebos."}
    Projected out under pressure, it gives back ${meanWords(arms[0].ablated)}${
      told(arms[0].ablated) ? "." : ": the interval includes zero."
    }`;
}

/** @param {SycophancyDirection} data @returns {Row[]} */
export const rows = ({ arms, scales, form, layer }) =>
  arms.flatMap(({ name, margins, shifts }) =>
    scales.map((scale, at) => ({ form, layer, direction: name, scale, margin: margins[at].mean, ...shifts[at] })),
  );
