// @ts-check
/**
 * The best policy under a flawed reward: the reward it earns and the share of right answers, over KL.
 *
 * @import { HackedPoint, RewardHacking } from "../../../types/finetuning"
 * @import { Row, View } from "../../../kit/view"
 */
import { control } from "../../../kit/controls/declared.js";
import { legend } from "../../../kit/drawing/legend.js";
import { dot, line, rule } from "../../../kit/drawing/marks.js";
import { items, picture } from "../../../kit/drawing/picture.js";
import { decimal, percent, signed, whole } from "../../../kit/numbers/format.js";
import { html } from "../../../vendor/lit.js";

const HEIGHT = 320;

/** @type {View<RewardHacking>} */
export function hacking(data, ctx) {
  const beta = Number(ctx.controls.beta);
  const at = data.points.find((each) => each.beta === beta) ?? data.points[0];
  const path = [
    { beta: Number.POSITIVE_INFINITY, kl: 0, proxy: data.proxy, truth: data.truth },
    ...[...data.points].sort((one, other) => one.kl - other.kl),
  ];
  return html`
    <div class="settings-row">
      ${control(ctx, "flaw")}
      ${control(ctx, "beta", { as: "slider", live: true, format: (value) => String(value) })}
    </div>
    <p class="readout lead">${said(data, at)}</p>
    ${legend([
      [{ color: "prob", shape: "line" }, "the flawed reward"],
      [{ color: "ok", shape: "line" }, "right answers"],
    ])}
    ${picture({
      label: "The flawed reward and the share of right answers over KL, of the best policy at each β",
      width: ctx.width,
      height: HEIGHT,
      margin: { left: 50, right: 16, top: 16, bottom: 46 },
      x: [0, 1.05 * Math.max(...path.map(({ kl }) => kl))],
      y: [0, 1],
      left: { format: (/** @type {number} */ each) => percent(each, 0) },
      bottom: { title: "KL from the SFT model, nats" },
      marks: [
        rule({ x: at.kl, color: "ink3", dash: "4 3" }),
        line({ data: path, x: ({ kl }) => kl, y: ({ proxy }) => proxy, color: "prob", stroke: 2 }),
        line({ data: path, x: ({ kl }) => kl, y: ({ truth }) => truth, color: "ok", stroke: 2 }),
        items({
          data: data.points,
          told: (each) => ({
            title: `β = ${each.beta}`,
            lines: [
              ["flawed reward", percent(each.proxy)],
              ["right", percent(each.truth)],
              ["KL", `${decimal(each.kl)} nats`],
            ],
          }),
          press: (each) => ctx.control("beta", each.beta),
          chosen: (each) => each === at,
          marks: ({ kl, proxy, truth }) => [
            dot({ x: kl, y: proxy, r: 4, color: "prob" }),
            dot({ x: kl, y: truth, r: 4, color: "ok" }),
          ],
        }),
      ],
    })}
    <p class="hint">No training: at each β the policy is the exact optimum under the flawed reward, over all answers to
      ${whole(data.sums)} held-out sums. A training under that reward goes there as far as it finds the way.</p>`;
}

/** @param {RewardHacking} data @returns {Row[]} */
export const rows = (data) => data.points.map(({ beta, kl, proxy, truth }) => ({ beta, kl, proxy, truth }));

/** @param {RewardHacking} data @param {HackedPoint} at */
function said(data, at) {
  const change = at.truth - data.truth;
  return html`At β = <b>${at.beta}</b>, <b>${decimal(at.kl)}</b> nats from the SFT model, the flawed reward goes from
    <b>${percent(data.proxy)}</b> to <b>${percent(at.proxy)}</b>, and right answers from <b>${percent(data.truth)}</b>
    to <b>${percent(at.truth)}</b>: ${signed(100 * change, 1)} points.
    ${change < 0 ? "The proxy rises and the truth falls." : "At this β the truth has not fallen."}`;
}
