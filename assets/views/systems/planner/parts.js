// @ts-check
/**
 * A plan's time or memory by part: one bar, and what each part is.
 *
 * @import { PlanCost, PlanDegrees, PlanPart } from "../../../types/systems"
 */
import { decimal, percent, whole } from "../../../kit/numbers/format.js";
import { html, nothing, styleMap } from "../../../vendor/lit.js";

/** What the page calls each part, and its colour. @type {Record<string, [name: string, colour: string]>} */
export const PARTS = {
  products: ["matrix products", "river-deep"],
  attention: ["attention", "river"],
  moves: ["norms, activations", "line2"],
  head: ["head and loss", "ink3"],
  tensor: ["tensor parallel all-reduces", "neg"],
  context: ["context parallel", "neg-soft"],
  experts: ["tokens to experts and back", "pos"],
  sends: ["between stages", "prob-soft"],
  bubble: ["bubble", "bad"],
  uneven: ["uneven stages", "bad-soft"],
  data: ["gradients and weights", "prob"],
  optimizer: ["optimizer", "ink"],
  weights: ["weights", "river-deep"],
  gradients: ["gradients", "pos"],
  activations: ["activations", "neg"],
  working: ["working", "line2"],
};

/** Parts below this share of the whole are told together. */
const LEAST = 0.002;

/** @param {number} seconds */
export const lasting = (seconds) => `${seconds < 10 ? decimal(seconds, 2) : decimal(seconds, 1)} s`;

/** @param {number} bytes */
export const gigabytes = (bytes) => `${bytes >= 99.5e9 ? whole(Math.round(bytes / 1e9)) : decimal(bytes / 1e9, 1)} GB`;

/**
 * @param {string} title
 * @param {readonly PlanPart[]} parts
 * @param {number} most of the bar's length
 * @param {(amount: number) => string} format
 */
export function parted(title, parts, most, format) {
  const total = parts.reduce((sum, { amount }) => sum + amount, 0);
  const shown = parts.filter(({ amount }) => amount > LEAST * total).sort((a, b) => b.amount - a.amount);
  return html`
    <div class="parted">
      <p class="sub3">${title}</p>
      <div class="whole" aria-hidden="true">
        ${shown.map(
          ({ name, amount }) =>
            html`<i style=${styleMap({ width: `${(100 * amount) / most}%`, background: colour(name) })}></i>`,
        )}
      </div>
      <ul>
        ${shown.map(
          ({ name, amount }) => html`
            <li><i style=${styleMap({ background: colour(name) })}></i>${PARTS[name]?.[0] ?? name}
              <b>${format(amount)}</b></li>`,
        )}
      </ul>
    </div>`;
}

/** @param {string} name */
const colour = (name) => `var(--${PARTS[name]?.[1] ?? "ink3"})`;

/** Time and memory of a plan. @param {PlanCost} cost @param {number} usable */
export const costed = (cost, usable) => html`
  ${parted(`A step: ${lasting(cost.seconds)}, ${percent(cost.mfu, 1)} of the peak`, cost.time, cost.seconds, lasting)}
  ${parted(
    `Memory of the fullest card: ${gigabytes(cost.bytes)} of ${gigabytes(usable)}`,
    cost.memory,
    Math.max(cost.bytes, usable),
    gigabytes,
  )}`;

/** @param {PlanDegrees} plan */
export const described = (plan) => html`
  ${plan.name}: ${[plan.tp, plan.cp, plan.pp, plan.dp].filter((each) => each > 1).join(" × ") || "1"} =
  ${whole(plan.cards)} cards. ${whole(plan.microbatches)} micro-batches of ${plan.microbatch},
  ${plan.chunks > 1 ? html`${plan.chunks} chunks a stage,` : nothing}
  ${
    plan.recompute === "none"
      ? "nothing recomputed"
      : plan.recompute === "full"
        ? "activations recomputed"
        : "attention recomputed"
  },
  ZeRO ${plan.zero}.`;
