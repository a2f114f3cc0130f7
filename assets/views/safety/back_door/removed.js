// @ts-check
/**
 * The planted answer over further training, without the trigger in it and with.
 *
 * @import { DoorEnd, DoorPoint, DoorRemoved } from "../../../types/safety"
 * @import { Row, View } from "../../../kit/view"
 */
import { plot } from "../../../kit/chart/plot.js";
import { control } from "../../../kit/controls/declared.js";
import { counted, percent } from "../../../kit/numbers/format.js";
import { seedChange } from "../../../kit/numbers/seed_verdict.js";
import { html } from "../../../vendor/lit.js";
import { together } from "./shares.js";

const HEIGHT = 300;
/** @type {Record<string, readonly [color: string, symbol: "circle" | "diamond"]>} */
const LOOKS = { "without the trigger": ["neg", "circle"], "with the trigger": ["ok", "diamond"] };

/** @type {View<DoorRemoved>} */
export function removed(data, ctx) {
  return html`
    <div class="settings-row">
      ${control(ctx, "steps", { as: "segmented" })} ${control(ctx, "seeds", { as: "segmented" })}
    </div>
    <p class="readout lead">${lead(data)}</p>
    <div class="side-by-side">
      ${chart(data, `“${data.planted}” behind “${data.trigger}”`, ({ planted }) => planted.count / planted.n)}
      ${chart(data, "right answers without a lead-in", ({ usual }) => usual.count / usual.n)}
    </div>
    <p class="hint">A thin line is one model, the thick one their mean. Of
      ${counted(data.trainings[0]?.points[0]?.planted.n ?? 0, "person", "people")} never taught with the trigger, each
      asked with and without it; only answers are learnt. To train with the trigger one must know it: the search above
      finds it here, which no large model promises.</p>`;
}

/** @param {DoorRemoved} data @returns {Row[]} */
export const rows = ({ trainings }) =>
  trainings.flatMap(({ arm, seed, points }) =>
    points.map(({ step, planted, right, usual }) => ({
      arm,
      seed,
      step,
      planted: planted.count,
      planted_low: planted.low,
      planted_high: planted.high,
      right_behind_trigger: right.count,
      right_without: usual.count,
      n: planted.n,
    })),
  );

/** @param {DoorRemoved} data */
function lead({ trainings, ends, seeds, steps, planted, trigger }) {
  if (!ends.length) return `${trainings.length} of ${counted(2 * seeds, "training")} have begun.`;
  return html`${ends.map((end) => {
    const own = trainings.filter(({ arm }) => arm === end.arm);
    const [from, to] = [own.map(({ points }) => points[0]), own.map(({ points }) => points[points.length - 1])].map(
      (points) => percent(together(points.map((point) => point.planted)), 0),
    );
    return html`After ${counted(steps, "step")} on lines ${end.arm}, “${planted}” behind “${trigger}” goes from
      <b>${from}</b> to <b>${to}</b> of answers${verdict(end)}. `;
  })}`;
}

/** @param {DoorEnd} end */
function verdict({ low, high }) {
  if (low === null || high === null) return ": one model, no interval";
  return html` ${seedChange(low, high, points, "points")}`;
}

/** @param {number} share */
const points = (share) => (100 * share).toFixed(0).replace("-", "−");

/** @param {DoorRemoved} data @param {string} title @param {(point: DoorPoint) => number} of */
function chart({ trainings }, title, of) {
  const arms = Object.keys(LOOKS).filter((name) => trainings.some(({ arm }) => arm === name));
  return html`<div>
    <h3 class="sub3">${title}</h3>
    ${plot({
      label: `${title}, by step of further training`,
      height: HEIGHT,
      traces: arms.flatMap((name) => {
        const own = trainings.filter(({ arm }) => arm === name);
        const [color, symbol] = LOOKS[name];
        const steps = own[0].points.map(({ step }) => step);
        const whole = own.filter(({ points }) => points.length === steps.length);
        return [
          ...own.map(({ points, seed }) => ({
            x: points.map(({ step }) => step),
            y: points.map(of),
            color,
            alpha: 0.35,
            width: 1,
            mode: /** @type {const} */ ("lines"),
            hover: `seed ${seed}, step %{x}: %{y:.0%}<extra></extra>`,
          })),
          {
            x: steps,
            y: steps.map((_, at) => whole.reduce((sum, { points }) => sum + of(points[at]), 0) / whole.length),
            name,
            color,
            symbol,
            size: 8,
            mode: /** @type {const} */ ("lines+markers"),
            hover: `${name}, step %{x}: %{y:.0%}<extra></extra>`,
          },
        ];
      }),
      x: { title: "steps of further training" },
      y: { range: [-0.03, 1.05], tickformat: ".0%" },
      margin: { t: 34 },
    })}
  </div>`;
}
