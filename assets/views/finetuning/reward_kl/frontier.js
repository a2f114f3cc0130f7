// @ts-check
/**
 * Reward over KL: the frontier, its tangent of slope β, and the trainings from the SFT model on.
 *
 * @import { FrontierRun, FrontierStep, RewardFrontier } from "../../../types/finetuning"
 * @import { Row, View, ViewContext } from "../../../kit/view"
 */
import { control } from "../../../kit/controls/declared.js";
import { legend } from "../../../kit/drawing/legend.js";
import { dot, line, rule } from "../../../kit/drawing/marks.js";
import { items, picture } from "../../../kit/drawing/picture.js";
import { decimal, percent, signed, whole } from "../../../kit/numbers/format.js";
import { table } from "../../../kit/numbers/table.js";
import { html } from "../../../vendor/lit.js";

const HEIGHT = 340;
/** @type {Record<string, string>} */
const COLOURS = { dpo: "pos", grpo: "ok" };

/** @type {View<RewardFrontier>} */
export function frontier(data, ctx) {
  const beta = Number(ctx.controls.beta);
  const best = data.frontier.find((each) => each.beta === beta) ?? data.frontier[0];
  const worth = (/** @type {{ reward: number, kl: number }} */ each) => each.reward - best.beta * each.kl;
  return html`
    <div class="settings-row">
      ${control(ctx, "beta", { as: "slider", live: true, format: (value) => String(value) })}
    </div>
    <p class="readout lead">${said(data, best, worth)}</p>
    ${legend([
      [{ color: "prob", shape: "line" }, "frontier"],
      [{ color: "ink3", shape: "line", dash: true }, `its tangent of slope β = ${best.beta}`],
      [{ color: COLOURS.grpo, shape: "dot" }, "GRPO, a run a line"],
      [{ color: COLOURS.dpo, shape: "dot" }, "DPO"],
    ])}
    ${drawn(data, best, ctx)}
    ${table({
      label: `What each policy is worth at β = ${best.beta}`,
      columns: [
        { name: "policy", cell: ({ name }) => name },
        { name: "right", number: true, cell: ({ reward }) => percent(reward) },
        { name: "KL to SFT, nats", number: true, cell: ({ kl }) => decimal(kl) },
        { name: "right − β KL", number: true, cell: (each) => decimal(worth(each), 3) },
        { name: "short of the best", number: true, cell: (each) => decimal(worth(best) - worth(each), 3) },
      ],
      rows: [
        { name: "SFT, where all begin", reward: data.start, kl: 0 },
        ...data.runs.map((run) => ({ name: called(run), ...last(run) })),
        { name: "the best there is", ...best },
      ],
    })}
    <p class="hint">Reward is the probability that a drawn answer is right, KL that from the SFT model; both are exact
      over all answers, and means of ${whole(data.sums)} held-out sums. Other texts count as one answer, so a policy’s
      KL over texts is this or more. DPO was trained with its own β of ${data.dpo_beta}, GRPO with a KL term of
      ${data.grpo_beta}: it is not held back. The trainings are those of models/sums.</p>`;
}

/** @param {RewardFrontier} data @returns {Row[]} */
export const rows = (data) => [
  ...data.frontier.map(({ beta, kl, reward }) => ({ what: "frontier", beta, kl, reward })),
  ...data.runs.flatMap(({ stage, seed, steps }) => steps.map((each) => ({ what: stage, seed, ...each }))),
];

/** @param {RewardFrontier} data @param {{ beta: number, kl: number, reward: number }} best @param {ViewContext} ctx */
function drawn(data, best, ctx) {
  const steps = data.runs.flatMap(({ steps: all }) => all);
  const most = 1.05 * Math.max(...steps.map(({ kl }) => kl), ...data.frontier.map(({ kl }) => kl));
  const path = [{ kl: 0, reward: data.start }, ...[...data.frontier].sort((one, other) => one.kl - other.kl)];
  const value = best.reward - best.beta * best.kl;
  const to = Math.min(most, (1 - value) / best.beta);
  const ended = path[path.length - 1];
  return picture({
    label: "Reward over KL: the frontier, the chosen β’s tangent, and the trainings",
    width: ctx.width,
    height: HEIGHT,
    margin: { left: 50, right: 16, top: 16, bottom: 46 },
    x: [0, most],
    y: [0, 1],
    left: { format: (/** @type {number} */ each) => percent(each, 0) },
    bottom: { title: "KL from the SFT model, nats" },
    marks: [
      rule({ x: [0, to], y: [value, value + best.beta * to], color: "ink3", dash: "4 3" }),
      line({
        data: [...path, { kl: most, reward: ended.reward }],
        x: ({ kl }) => kl,
        y: ({ reward }) => reward,
        color: "prob",
        stroke: 2,
      }),
      data.runs.map((run) =>
        line({ data: run.steps, x: ({ kl }) => kl, y: ({ reward }) => reward, color: COLOURS[run.stage] }),
      ),
      items({
        data: data.runs.flatMap((run) => run.steps.map((step) => ({ run, step }))),
        told: ({ run, step }) => ({
          title: `${called(run)}, step ${step.step}`,
          lines: [
            ["right", percent(step.reward)],
            ["KL", `${decimal(step.kl)} nats`],
          ],
        }),
        marks: ({ run, step }) => dot({ x: step.kl, y: step.reward, r: 3, color: COLOURS[run.stage] }),
      }),
      dot({ x: best.kl, y: best.reward, r: 5, color: "prob", stroke: 1.5 }),
    ],
  });
}

/** @param {FrontierRun} run @returns {FrontierStep} */
const last = ({ steps }) => steps[steps.length - 1];

/** @param {FrontierRun} run */
const called = ({ stage, title, seed }) => (stage === "grpo" ? `${title}, seed ${seed}` : title);

/**
 * @param {RewardFrontier} data
 * @param {{ beta: number, kl: number, reward: number }} best
 * @param {(each: { reward: number, kl: number }) => number} worth
 */
function said(data, best, worth) {
  const gains = data.runs.map((run) => ({ name: called(run), gain: worth(last(run)) - data.start }));
  const gained = gains.filter(({ gain }) => gain > 0).length;
  return html`At β = <b>${best.beta}</b> the best policy is right with <b>${percent(best.reward)}</b> for
    <b>${decimal(best.kl)}</b> nats. Of ${data.runs.length} trainings <b>${gained}</b> end worth more than the SFT
    model: ${gains.map(({ name, gain }, at) => html`${at ? ", " : ""}${name} ${signed(gain, 3)}`)}.`;
}
