// @ts-check
/**
 * Reward over KL: the frontier, its tangent of slope β, and the trainings from the SFT model on.
 *
 * @import { FrontierPoint, FrontierRun, RewardFrontier } from "../../../types/finetuning"
 * @import { Row, View, ViewContext } from "../../../kit/view"
 */
import { STAGES as COLOURS } from "../../../kit/colour/stages.js";
import { legend } from "../../../kit/drawing/legend.js";
import { area, dot, labels, line, rule } from "../../../kit/drawing/marks.js";
import { items } from "../../../kit/drawing/picture.js";
import { decimal, percent, signed, whole } from "../../../kit/numbers/format.js";
import { table } from "../../../kit/numbers/table.js";
import { html } from "../../../vendor/lit.js";
import { chosenAt, last, overKl, slider } from "./common.js";

/** @typedef {{ reward: number, kl: number }} Place */

/** @type {View<RewardFrontier>} */
export function frontier(data, ctx) {
  const best = data.frontier[chosenAt(data.frontier, ctx)];
  const worth = (/** @type {Place} */ each) => each.reward - best.beta * each.kl;
  return html`
    <div class="settings-row">${slider(ctx)}</div>
    <p class="readout lead">${said(data, best, worth)}</p>
    ${legend([
      [{ color: COLOURS.best, shape: "line" }, "the frontier: π* at every β"],
      [{ color: "sunken" }, "no policy gets here"],
      [{ color: "ink3", shape: "line", dash: true }, `tangent of slope β = ${best.beta}: worth the same along it`],
      ...stages(data).map(
        (run) =>
          /** @type {[{ color: string, shape: "dot" }, string]} */ ([
            { color: COLOURS[run.stage], shape: "dot" },
            run.title,
          ]),
      ),
    ])}
    ${drawn(data, best, ctx)}
    ${table({
      label: `What each policy is worth at β = ${best.beta}`,
      columns: [
        { name: "policy", cell: ({ name }) => name },
        { name: "right", number: true, cell: ({ reward }) => percent(reward) },
        { name: "KL from SFT, nats", number: true, cell: ({ kl }) => decimal(kl) },
        { name: "worth: right − β KL", number: true, cell: (each) => html`<b>${decimal(worth(each), 3)}</b>` },
        { name: "less than the best by", number: true, cell: (each) => decimal(worth(best) - worth(each), 3) },
      ],
      rows: [
        { name: `π*, the best at β = ${best.beta}`, ...best },
        { name: "SFT, where all begin", reward: data.start, kl: 0 },
        ...data.runs.map((run) => ({ name: called(run), ...last(run) })),
      ],
    })}
    <p class="hint">Reward is the probability that a drawn answer is right, KL the distance from the SFT model. Both are
      exact over all answers, and means of ${whole(data.sums)} held-out sums. Other texts count as one answer, so the KL
      over texts is this or more.</p>
    <p class="hint">The trainings are recorded in models/sums. ${held(data)} DPO has one seed. A seed of the others
      draws other prompts and answers; all begin at one SFT model.</p>`;
}

/** @param {RewardFrontier} data @returns {Row[]} */
export const rows = (data) => [
  ...data.frontier.map(({ beta, kl, reward }) => ({ what: "frontier", beta, kl, reward })),
  ...data.runs.flatMap(({ stage, seed, steps }) => steps.map((each) => ({ what: stage, seed, ...each }))),
];

/** One run of each method. @param {RewardFrontier} data */
const stages = ({ runs }) => runs.filter(({ stage }, at) => runs.findIndex((each) => each.stage === stage) === at);

/** By what each was held back. @param {RewardFrontier} data */
function held({ dpo_beta: dpo, grpo_beta: grpo, ppo_beta: ppo }) {
  return html`DPO was trained at its own β of ${dpo}. ${
    ppo === null ? "" : html`PPO pays ${ppo} a nat in its reward. `
  }GRPO ${grpo ? html`has a KL term of ${grpo}.` : "has no KL term: nothing holds it back."}`;
}

/** @param {RewardFrontier} data @param {FrontierPoint} best @param {ViewContext} ctx */
function drawn(data, best, ctx) {
  const steps = data.runs.flatMap(({ steps: all }) => all);
  const most = 1.05 * Math.max(...steps.map(({ kl }) => kl), ...data.frontier.map(({ kl }) => kl));
  const path = [{ kl: 0, reward: data.start }, ...[...data.frontier].sort((one, other) => one.kl - other.kl)];
  const edge = [...path, { kl: most, reward: path[path.length - 1].reward }];
  const value = best.reward - best.beta * best.kl;
  const to = Math.min(most, (1 - value) / best.beta);
  const x = (/** @type {Place} */ { kl }) => kl;
  const y = (/** @type {Place} */ { reward }) => reward;
  return overKl(most, ctx, {
    label: "Reward over KL: the frontier, the chosen β’s tangent, and the trainings",
    marks: [
      area({ data: edge, x, y: ({ reward }) => [reward, 1], color: "sunken" }),
      rule({ x: [0, to], y: [value, value + best.beta * to], color: "ink3", dash: "4 3" }),
      line({ data: edge, x, y, color: COLOURS.best, stroke: 2 }),
      data.runs.map((run) => line({ data: run.steps, x, y, color: COLOURS[run.stage] })),
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
      dot({ x: best.kl, y: best.reward, r: 6, color: COLOURS.best, stroke: 1.5 }),
      labels({
        data: [
          { name: `π* at β ${best.beta}`, ...best },
          { name: "SFT", kl: 0, reward: data.start },
          ...stages(data).map((run) => ({ name: run.title, ...last(run) })),
        ],
        x,
        y,
        text: ({ name }) => name,
        rank: ({ name }) => (name.startsWith("π") ? 1 : 0),
        clear: (plane) => steps.map((each) => ({ x: plane.x(each.kl), y: plane.y(each.reward), r: 2 })),
      }),
    ],
  });
}

/** @param {FrontierRun} run */
const called = ({ stage, title, seed }) => (stage === "dpo" ? title : `${title}, seed ${seed}`);

/** @param {RewardFrontier} data @param {FrontierPoint} best @param {(each: Place) => number} worth */
function said(data, best, worth) {
  const gains = stages(data).map(({ stage, title }) => {
    const all = data.runs.filter((run) => run.stage === stage).map((run) => worth(last(run)) - data.start);
    const [least, most] = [Math.min(...all), Math.max(...all)];
    return html`${title} <b>${signed(least, 3)}</b>${all.length > 1 ? html` to <b>${signed(most, 3)}</b>` : ""}`;
  });
  return html`At β = <b>${best.beta}</b> the best policy is right in <b>${percent(best.reward)}</b> for
    <b>${decimal(best.kl)}</b> nats. That is worth <b>${signed(worth(best) - data.start, 3)}</b> beside the SFT model,
    right − β KL. The trainings end worth ${gains.map((each, at) => html`${at ? ", " : ""}${each}`)}.`;
}
