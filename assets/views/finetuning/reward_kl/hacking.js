// @ts-check
/**
 * A flawed reward: what the best policy under it earns and how often it is right, and where trainings on it went.
 *
 * @import { HackedPoint, HackedStep, RewardHacking } from "../../../types/finetuning"
 * @import { Row, View, ViewContext } from "../../../kit/view"
 */
import { control, named } from "../../../kit/controls/declared.js";
import { legend } from "../../../kit/drawing/legend.js";
import { dot, line, rule } from "../../../kit/drawing/marks.js";
import { items } from "../../../kit/drawing/picture.js";
import { decimal, percent, signed, whole } from "../../../kit/numbers/format.js";
import { table } from "../../../kit/numbers/table.js";
import { html } from "../../../vendor/lit.js";
import { chosenAt, last, overKl, slider } from "./common.js";

const PROXY = "neg";
const TRUTH = "ok";

/** @type {View<RewardHacking>} */
export function hacking(data, ctx) {
  const at = data.points[chosenAt(data.points, ctx)];
  const trained = data.runs.length > 0;
  return html`
    <div class="settings-row">${control(ctx, "flaw")} ${slider(ctx)}</div>
    <p class="readout lead">${said(data, at)}</p>
    ${legend([
      [{ color: PROXY, shape: "line" }, "flawed reward"],
      [{ color: TRUTH, shape: "line" }, "right answers"],
      trained && [{ color: PROXY, shape: "dot" }, "flawed reward in a training"],
      trained && [{ color: TRUTH, shape: "dot" }, "right answers in a training"],
      [{ color: "ink3", shape: "line", dash: true }, `β = ${at.beta}`],
    ])}
    ${drawn(data, at, ctx)}
    ${table({
      label: "Where policies end under the flawed reward",
      columns: [
        { name: "policy", cell: ({ name }) => name },
        { name: "flawed reward", number: true, cell: ({ proxy }) => percent(proxy) },
        { name: "right", number: true, cell: ({ truth }) => percent(truth) },
        { name: "KL from SFT, nats", number: true, cell: ({ kl }) => decimal(kl) },
      ],
      rows: [
        { name: "SFT, where all begin", proxy: data.proxy, truth: data.truth, kl: 0 },
        { name: `the best under the flawed reward at β = ${at.beta}`, ...at },
        ...data.runs.map((run) => ({ name: `GRPO on the flawed reward, seed ${run.seed}`, ...last(run) })),
      ],
    })}
    <p class="hint">The flawed reward: ${named(ctx, "flaw")[String(ctx.controls.flaw)]?.title ?? ""}.</p>
    <p class="hint">Lines: at each β the policy is the exact optimum under the flawed reward, over all answers to
      ${whole(data.sums)} held-out sums.
      ${
        trained
          ? html`Dots: GRPO trained on it from the SFT model, ${data.runs.length} seeds, ${
              data.grpo_beta ? html`with a KL term of ${data.grpo_beta}` : "with no KL term"
            }; both means are exact over all answers here too.`
          : "No training was run on this reward."
      }</p>`;
}

/** @param {RewardHacking} data @returns {Row[]} */
export const rows = (data) => [
  ...data.points.map(({ beta, kl, proxy, truth }) => ({ what: "optimum", beta, kl, proxy, truth })),
  ...data.runs.flatMap(({ seed, steps }) => steps.map((each) => ({ what: "training", seed, ...each }))),
];

/** @typedef {{ kl: number, proxy: number, truth: number }} Place */

/** @param {RewardHacking} data @param {HackedPoint} at @param {ViewContext} ctx */
function drawn(data, at, ctx) {
  const path = [
    { kl: 0, proxy: data.proxy, truth: data.truth },
    ...[...data.points].sort((one, other) => one.kl - other.kl),
  ];
  const steps = data.runs.flatMap((run) => run.steps.map((step) => ({ run, step })));
  const most = 1.05 * Math.max(...path.map(({ kl }) => kl), ...steps.map(({ step }) => step.kl));
  const x = (/** @type {Place} */ { kl }) => kl;
  const proxy = { x, y: (/** @type {Place} */ each) => each.proxy, color: PROXY };
  const truth = { x, y: (/** @type {Place} */ each) => each.truth, color: TRUTH };
  return overKl(most, ctx, {
    label: "The flawed reward and the share of right answers over KL, of the best policy at each β and of trainings",
    marks: [
      rule({ x: at.kl, color: "ink3", dash: "4 3" }),
      line({ data: path, ...proxy, stroke: 2.5 }),
      line({ data: path, ...truth, stroke: 2.5 }),
      data.runs.map(({ steps: all }) => [line({ data: all, ...proxy }), line({ data: all, ...truth })]),
      items({
        data: steps,
        told: ({ run, step }) => told(`GRPO, seed ${run.seed}, step ${step.step}`, step),
        marks: ({ step }) => [
          dot({ x: step.kl, y: step.proxy, r: 2.5, color: PROXY }),
          dot({ x: step.kl, y: step.truth, r: 2.5, color: TRUTH }),
        ],
      }),
      items({
        data: data.points,
        told: (each) => told(`the best at β = ${each.beta}`, each),
        press: (each) => ctx.control("beta", each.beta),
        chosen: (each) => each === at,
        marks: (each) => [
          dot({ x: each.kl, y: each.proxy, r: each === at ? 6 : 4, color: PROXY, hollow: each !== at }),
          dot({ x: each.kl, y: each.truth, r: each === at ? 6 : 4, color: TRUTH, hollow: each !== at }),
        ],
      }),
    ],
  });
}

/** @param {string} title @param {Place} each @returns {{ title: string, lines: [string, string][] }} */
const told = (title, { proxy, truth, kl }) => ({
  title,
  lines: [
    ["flawed reward", percent(proxy)],
    ["right", percent(truth)],
    ["KL", `${decimal(kl)} nats`],
  ],
});

/** @param {RewardHacking} data @param {HackedPoint} at */
function said(data, at) {
  const change = at.truth - data.truth;
  return html`At β = <b>${at.beta}</b>, <b>${decimal(at.kl)}</b> nats from the SFT model, the best policy under the
    flawed reward earns <b>${percent(at.proxy)}</b> of it instead of <b>${percent(data.proxy)}</b>, and is right in
    <b>${percent(at.truth)}</b> instead of <b>${percent(data.truth)}</b>: ${signed(100 * change, 1)} points.
    ${ended(data)}`;
}

/** @param {RewardHacking} data */
function ended({ runs }) {
  if (!runs.length) return "";
  const ends = runs.map(last);
  return html`GRPO on it ends at <b>${between(ends, "proxy")}</b> of the reward and is right in
    <b>${between(ends, "truth")}</b>, ${runs.length} seeds.`;
}

/** @param {HackedStep[]} ends @param {"proxy" | "truth"} name */
function between(ends, name) {
  const all = ends.map((each) => each[name]);
  const [least, most] = [percent(Math.min(...all)), percent(Math.max(...all))];
  return least === most ? least : `${least} to ${most}`;
}
