// @ts-check
/**
 * The chosen policy fed the run beside this one: its steps in the chart, and what it loses there in words.
 *
 * @import { CachePolicies, PolicyCourse } from "../../../types/inference"
 * @import { Context } from "./costs.js"
 */

import { legend } from "../../../kit/drawing/legend.js";
import { counted } from "../../../kit/numbers/format.js";
import { mean } from "../../../vendor/d3.js";
import { html, nothing } from "../../../vendor/lit.js";
import { nats, policyThere, sameTop } from "./costs.js";

/**
 * @param {CachePolicies} data
 * @param {PolicyCourse} policy
 * @param {Context} ctx
 */
export function policiesBeside(data, policy, ctx) {
  if (!ctx.there) return nothing;
  return html`
    <p class="readout basenote">${said(data, ctx.there, policy, ctx)}</p>
    ${legend([["dot", `${ctx.beside.name}; in the chart, ${policy.label.toLowerCase()}`]])}`;
}

/**
 * @param {CachePolicies} data
 * @param {CachePolicies} there
 * @param {PolicyCourse} policy
 * @param {Context} ctx
 */
function said(data, there, policy, ctx) {
  const other = policyThere(ctx, policy);
  const steps = there.n_steps;
  const tokens = there.start + steps;
  const fed = `${ctx.beside.start}, ${steps} of ${counted(tokens, "token")} are fed one by one`;
  if (!other) return `${fed}. ${policy.label} are left out there: that model needs one set of tokens for all heads.`;
  if (policy.name === "full") return `${fed}. The full cache loses nothing in either run. Choose another policy.`;
  const same = sameTop(data, policy);
  const all = there.evicts ? "" : " The budget holds all tokens of that run, so nothing is evicted there.";
  return html`${fed}. ${policy.label}: mean KL <b data-kl=${mean(other.kl)}>${nats(mean(other.kl) ?? 0)}</b> nats, here
    <b>${nats(mean(policy.kl) ?? 0)}</b>; the full cache’s top token in ${sameTop(there, other)} of
    ${counted(steps, "step")}, here in ${same} of ${policy.top.length}.${all}`;
}

/**
 * As a trace of the chart: step beside step.
 * @param {CachePolicies} data
 * @param {PolicyCourse} policy
 * @param {Context} ctx
 * @param {number} floor what is smaller is drawn here
 */
export function stepsBeside(data, policy, ctx, floor) {
  const other = policyThere(ctx, policy);
  if (!ctx.there || !other || policy.name === "full") return [];
  const kl = other.kl.slice(0, data.n_steps);
  const { start } = ctx.there;
  return [
    {
      x: kl.map((_, at) => at + 1),
      y: kl.map((value) => Math.max(floor, value)),
      customdata: kl.map((value, at) => `${nats(value)} nats at its position ${start + at}`),
      mode: "markers",
      hollow: true,
      size: 8,
      color: "ink2",
      hover: `%{customdata}<extra>${ctx.beside.name}</extra>`,
    },
  ];
}
