// @ts-check
/**
 * Smaller caches fed the run's own tokens: what each loses, takes and holds.
 *
 * @import { CachePolicies, PolicyCourse } from "../../../types/inference"
 * @import { Row, View, ViewContext } from "../../../kit/view"
 */

import { plot } from "../../../kit/chart/plot.js";
import { control } from "../../../kit/controls/declared.js";
import { tokenText } from "../../../kit/text/tokens.js";
import { max, range } from "../../../vendor/d3.js";
import { html } from "../../../vendor/lit.js";
import { costs, notes, policyThere } from "./costs.js";
import { chosenPolicy, FIRST, knownSteps, stepAt } from "./held.js";
import { heldTokens } from "./held_tokens.js";
import { policiesBeside, stepsBeside } from "./policies_beside.js";
import { columnWidth, HEIGHT, lineOf, NAMES, selectedStep, selectStep, stepAxis } from "./steps.js";

/** Nats: smaller divergences are drawn here. */
const FLOOR = 1e-7;
const TICKS = { tickvals: [1e-6, 1e-4, 0.01, 1], ticktext: ["1e−6", "1e−4", "0.01", "1"] };

/** @type {View<CachePolicies>} */
export function policies(data, ctx) {
  const policy = chosenPolicy(data, ctx, FIRST.compared);
  const step = stepAt(data, ctx.focus.position ?? 0, knownSteps(data));
  return html`
    <div class="bar">
      ${control(ctx, "budget", { own: data.budget, most: Math.max(2, ctx.run.ids.length) })}
      <p class="hint">The window and the heavy hitters hold this many tokens. Codes keep every token.</p>
    </div>
    ${policiesBeside(data, policy, ctx)}
    <div class="side-by-side">
      <div>
        <h3 class="sub3">KL to the full cache <small>nats, log scale</small></h3>
        ${divergence(data, policy, ctx)}
        <p class="hint">
          Every policy reads this run’s own tokens: the first ${data.start} at once, the others one by one. Values below
          1e−7 stand at the lower edge.
        </p>
      </div>
      <div>
        <h3 class="sub3">Over all steps</h3>
        ${costs(data, {
          policy,
          step,
          width: columnWidth(ctx.width),
          ctx,
          choose: (name) => ctx.control("policy", name),
        })}
        <p class="hint notes">${notes(data)}</p>
      </div>
    </div>
    ${heldTokens(data, policy, Math.max(0, step), ctx)}`;
}

/**
 * Each policy after each step.
 * @param {CachePolicies} data
 * @param {ViewContext<object, CachePolicies>} ctx
 * @returns {Row[]}
 */
export function rows(data, ctx) {
  return data.policies.flatMap((policy) =>
    policy.kl.map((kl, at) => ({
      policy: policy.label,
      position: data.start + at,
      fed: tokenText(ctx.run.ids[data.start + at]),
      bytes: policy.bytes[at + 1],
      kl,
      top: tokenText(policy.top[at]),
      same_top: policy.top[at] === data.policies[0].top[at],
      ...(ctx.there ? { [`kl_in_${ctx.beside.column}`]: policyThere(ctx, policy)?.kl[at] } : {}),
      tokens_in_codes: policy.codes[at + 1],
    })),
  );
}

/**
 * @param {CachePolicies} data
 * @param {PolicyCourse} chosen
 * @param {ViewContext} ctx
 */
function divergence(data, chosen, ctx) {
  const steps = range(1, knownSteps(data));
  const traces = data.policies.slice(1).map((policy) => ({
    x: steps,
    y: policy.kl.map((nats) => Math.max(FLOOR, nats)),
    customdata: policy.kl,
    ...lineOf(policy.name, policy === chosen),
    hover: `%{customdata:.2e} nats<extra>${policy.label}</extra>`,
  }));
  const others = stepsBeside(data, chosen, ctx, FLOOR);
  const most = max([...traces, ...others], ({ y }) => max(y)) ?? 1;
  return plot({
    label: "KL divergence from the full cache at each step",
    height: HEIGHT + 26,
    traces: [...traces, ...others],
    x: stepAxis(data),
    y: { type: "log", range: [Math.log10(FLOOR) - 0.1, Math.log10(2 * Math.max(1, most))], ...TICKS },
    marks: selectedStep(data, ctx),
    margin: { r: NAMES },
    onClick: selectStep(data, ctx),
  });
}
