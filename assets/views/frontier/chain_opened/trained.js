// @ts-check
/**
 * Accuracy and length through training: with steps, at once, smaller, and rewarded for right answers.
 *
 * @import { ThinkingApart, ThinkingCourse, ThinkingTraining } from "../../../types/frontier"
 * @import { Trace } from "../../../kit/chart/chart_layout"
 * @import { Row, View } from "../../../kit/view"
 */
import { plot } from "../../../kit/chart/plot.js";
import { legend } from "../../../kit/drawing/legend.js";
import { counted, decimal, percent, signed } from "../../../kit/numbers/format.js";
import { table } from "../../../kit/numbers/table.js";
import { html } from "../../../vendor/lit.js";

const HEIGHT = 260;
/** @type {Record<string, { title: string, color: string }>} */
const TRAININGS = {
  base: { title: "taught, with steps", color: "prob" },
  at_once: { title: "taught without steps", color: "neg" },
  small: { title: "small model, with steps", color: "ink3" },
  rewarded: { title: "then rewarded (GRPO)", color: "ok" },
};

/** @type {View<ThinkingCourse>} */
export function trained(data) {
  return html`
    <p class="readout lead">${said(data)}</p>
    ${legend(
      Object.values(TRAININGS).map(
        ({ title, color }) => /** @type {[any, string]} */ ([{ color, shape: "line" }, title]),
      ),
    )}
    <div class="side-by-side">
      <div><h3 class="sub3">Right answers <small>solid: in steps, dashed: at once</small></h3>
        ${plot({
          label: "Share of right answers over the steps of the training, in steps and at once",
          height: HEIGHT,
          traces: data.trainings.flatMap((each) => [
            ...(each.name === "at_once" ? [] : lines(data, each, each.chain, "in steps")),
            ...(each.name === "rewarded" ? [] : lines(data, each, each.direct, "at once", "4px,4px")),
          ]),
          x: { title: "training step" },
          y: { range: [-0.02, 1.03], tickformat: ".0%" },
          margin: { r: 14, t: 12 },
        })}</div>
      <div><h3 class="sub3">Steps written before the answer <small>mean; a prompt has four instructions</small></h3>
        ${plot({
          label: "Mean number of steps written before the answer, over the steps of the training",
          height: HEIGHT,
          traces: data.trainings
            .filter(({ name }) => name !== "at_once")
            .flatMap((each) => lines(data, each, each.length, "steps")),
          x: { title: "training step" },
          y: { title: "steps", range: [-0.1, 5.1] },
          margin: { r: 14, t: 12 },
        })}</div>
    </div>
    <h3 class="sub3">At the end of each training</h3>
    ${table({
      label: "Accuracy and length at the end of each training",
      rows: data.trainings,
      columns: [
        { name: "training", cell: ({ name }) => TRAININGS[name].title },
        { name: "seeds", number: true, cell: ({ seeds }) => String(seeds) },
        { name: "training steps", number: true, cell: ({ step }) => String(step[step.length - 1]) },
        { name: "right at once", number: true, cell: (each) => over(each, each.direct, share) },
        { name: "right in steps", number: true, cell: (each) => over(each, each.chain, share) },
        { name: "steps written", number: true, cell: (each) => over(each, each.length, (one) => decimal(one, 2)) },
        { name: "processor seconds", number: true, cell: ({ seconds }) => decimal(seconds, 0) },
      ],
    })}
    <p class="hint">All texts of ${counted(data.prompts, "held-out prompt")} were counted at each measured step, so that
      every share is exact for these. Each thin line is a seed. The taught model reads answers at once, after some steps
      and after all of them; the one without steps has the same size, start and number of training steps, and reads
      answers at once alone. GRPO goes on from the first taught model: it rewards the right answer and says nothing of
      steps; its seeds draw other texts. In the table stand means over seeds and, where there are several, the lowest
      and the highest. Recorded by <code>python -m explorer train models/chains/recipe.toml</code>.</p>`;
}

/** @param {ThinkingCourse} data @returns {Row[]} */
export const rows = (data) =>
  data.trainings.flatMap((each) =>
    Array.from({ length: each.seeds * each.step.length }, (_, at) => ({
      ...{ training: each.name, seed: Math.floor(at / each.step.length), step: each.step[at % each.step.length] },
      ...{ right_at_once: each.direct.a[at], right_in_steps: each.chain.a[at], steps_written: each.length.a[at] },
    })),
  );

/** @param {ThinkingCourse} data */
function said({ steps_help, reward_helps, longer }) {
  return html`Taught with steps, the model ends <b>${points(steps_help.mean)}</b> points above its twin without them
    (95 %: ${points(steps_help.low)} to ${points(steps_help.high)}${unsure(steps_help)}). GRPO on right answers alone
    adds <b>${points(reward_helps.mean)}</b> (${points(reward_helps.low)} to
    ${points(reward_helps.high)}${unsure(reward_helps)}) and changes the length of a chain by
    <b>${signed(longer.mean, 2)}</b> steps (${signed(longer.low, 2)} to ${signed(longer.high, 2)}${unsure(longer)}).`;
}

/** @param {ThinkingApart} apart */
const unsure = ({ low, high }) => (low <= 0 && high >= 0 ? ": no clear difference" : "");

/** @param {number} share */
const points = (share) => signed(100 * share, 1);

/** @param {number} one */
const share = (one) => percent(one, 1);

/**
 * A line a seed; the rewarded training stands behind the taught one, from which it goes on.
 * @param {ThinkingCourse} data @param {ThinkingTraining} each @param {{ a: ArrayLike<number> }} values
 * @param {string} what @param {string} [dash] @returns {Trace[]}
 */
function lines({ trainings }, each, { a }, what, dash) {
  const before = each.name === "rewarded" ? Math.max(...trainings[0].step) : 0;
  const points_ = each.step.length;
  const { title, color } = TRAININGS[each.name];
  return Array.from({ length: each.seeds }, (_, seed) => ({
    x: each.step.map((step) => before + step),
    y: Array.from(a).slice(seed * points_, (seed + 1) * points_),
    ...{ color, dash, width: 1.6, legend: false },
    hover: `%{y} at step %{x}<extra>${title}, ${what}, seed ${seed}</extra>`,
  }));
}

/** The mean at the end, and the range. @param {ThinkingTraining} each @param {{ a: ArrayLike<number> }} values
 * @param {(one: number) => string} told */
function over({ seeds, step }, { a }, told) {
  const ends = Array.from({ length: seeds }, (_, seed) => a[(seed + 1) * step.length - 1]);
  const mean = ends.reduce((sum, one) => sum + one, 0) / seeds;
  if (seeds < 2) return told(mean);
  return html`${told(mean)} <small>${told(Math.min(...ends))} to ${told(Math.max(...ends))}</small>`;
}
