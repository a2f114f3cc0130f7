// @ts-check
/**
 * The chosen policy fed the run beside this one: its steps in the chart, and what it loses there in words.
 *
 * @import { CachePolicies, PolicyCourse } from "../../../types"
 * @import { ViewContext } from "../../../kit/view"
 */
import { OTHER } from "../../../kit/beside.js";
import { counted } from "../../../kit/format.js";
import { legend } from "../../../kit/legend.js";
import { mean } from "../../../vendor/d3.js";
import { html, nothing } from "../../../vendor/lit.js";
import { nats } from "./costs.js";

/**
 * @param {CachePolicies} data
 * @param {PolicyCourse} policy
 */
const there = ({ base }, { name }) => base?.policies.find((each) => each.name === name);

/**
 * @param {CachePolicies} data
 * @param {PolicyCourse} policy
 * @param {ViewContext} ctx
 */
export function policiesBeside(data, policy, ctx) {
  const asked = ctx.changed && ctx.beside === OTHER && ctx.measured();
  if (!data.base && !asked) return nothing;
  return html`
    <p class="readout basenote">${data.base ? said(data, data.base, policy, ctx) : short(ctx)}</p>
    ${data.base ? legend([["dot", `${ctx.beside.name}; in the chart, ${policy.label.toLowerCase()}`]]) : nothing}`;
}

/** @param {ViewContext} ctx */
const short = ({ beside }) => `${beside.The} has one token: none of its steps reads a cache.`;

/**
 * @param {CachePolicies} data
 * @param {NonNullable<CachePolicies["base"]>} base
 * @param {PolicyCourse} policy
 * @param {ViewContext} ctx
 */
function said(data, base, policy, { beside }) {
  const other = there(data, policy);
  const steps = base.tokens - base.start;
  const fed = `${beside.start}, ${steps} of ${counted(base.tokens, "token")} are fed one by one`;
  if (!other) return `${fed}. ${policy.label} are left out there: that model needs one set of tokens for all heads.`;
  if (policy.name === "full") return `${fed}. The full cache loses nothing in either run. Choose another policy.`;
  const [full] = data.policies;
  const same = policy.top.filter((id, at) => id === full.top[at]).length;
  const all =
    base.budget >= base.tokens ? " The budget holds all tokens of that run, so nothing is evicted there." : "";
  return html`${fed}. ${policy.label}: mean KL <b data-kl=${mean(other.kl)}>${nats(mean(other.kl) ?? 0)}</b> nats, here
    <b>${nats(mean(policy.kl) ?? 0)}</b>; the full cache’s top token in ${other.same} of ${counted(steps, "step")}, here
    in ${same} of ${policy.top.length}.${all}`;
}

/**
 * As a trace of the chart: step beside step.
 * @param {CachePolicies} data
 * @param {PolicyCourse} policy
 * @param {ViewContext} ctx
 * @param {number} floor what is smaller is drawn here
 */
export function stepsBeside(data, policy, { beside }, floor) {
  const other = there(data, policy);
  if (!data.base || !other || policy.name === "full") return [];
  const kl = other.kl.slice(0, data.n_steps);
  const { start } = data.base;
  return [
    {
      x: kl.map((_, at) => at + 1),
      y: kl.map((value) => Math.max(floor, value)),
      customdata: kl.map((value, at) => `${nats(value)} nats at its position ${start + at}`),
      mode: "markers",
      hollow: true,
      size: 8,
      color: "ink2",
      hover: `%{customdata}<extra>${beside.name}</extra>`,
    },
  ];
}
