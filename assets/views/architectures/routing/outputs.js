// @ts-check
/**
 * How sure the router was, and what each chosen expert gave.
 *
 * @import { Outputs, RoutingDecision } from "../../../types"
 */
import { decimal, percent } from "../../../kit/format.js";
import { table } from "../../../kit/table.js";
import { html, nothing } from "../../../vendor/lit.js";
import { partPercent } from "./wording.js";

/** Experts that the table lists. */
const LISTED = 8;
const PART = "weight × length along the sum, as a share of the sum’s";

/** @param {RoutingDecision} data */
export function certainty({ margin, runner_up, entropy, kept, n_experts }) {
  const even = `as if ${decimal(2 ** entropy, 1)} experts were even`;
  return html`
    <h3 class="sub3">How sure the router was</h3>
    <dl class="certainty">
      <dt>Margin</dt>
      <dd>${
        margin === null ? "nobody is left out" : html`<b>${decimal(margin)}</b> logits before expert ${runner_up}`
      }</dd>
      <dt>Entropy</dt>
      <dd><b>${decimal(entropy)}</b> of ${decimal(Math.log2(n_experts))} bits, ${even}</dd>
      <dt>Chosen</dt>
      <dd><b>${percent(kept)}</b> of all probability</dd>
    </dl>`;
}

/** @param {RoutingDecision} data */
export function outputs(data) {
  const written = data.outputs;
  if (!written) return nothing;
  const used = Array.from(written.experts.a, (expert, at) => ({
    expert,
    weight: data.weights.a[expert],
    length: written.lengths.a[at],
    part: written.parts.a[at],
  }));
  return html`
    ${table({
      label: "What each expert gives",
      rows: used.slice(0, LISTED),
      columns: [
        { name: "What each gives", cell: ({ expert }) => `expert ${expert}` },
        { name: "weight", number: true, cell: ({ weight }) => decimal(weight, 3) },
        { name: "length", number: true, cell: ({ length }) => decimal(length) },
        { name: "part", title: PART, number: true, cell: ({ part }) => html`<b>${partPercent(part)}</b>` },
      ],
    })}
    <p class="hint">${notes(data, written)}</p>`;
}

/**
 * @param {RoutingDecision} data
 * @param {Outputs} written
 */
function notes(data, { experts, cosine }) {
  const [unlisted, idle] = [experts.a.length - LISTED, data.n_experts - experts.a.length];
  return [
    unlisted > 0 ? `The other ${unlisted} are in the export.` : "",
    idle ? `The other ${idle} experts are not computed.` : "All experts are computed.",
    cosine === null ? "" : `Their outputs point ${direction(cosine)}: cosine ${decimal(cosine)}.`,
    data.cut ? "An intervention takes the block’s output away." : "",
  ]
    .filter(Boolean)
    .join(" ");
}

/** @param {number} cosine */
function direction(cosine) {
  if (cosine > 0.5) return "much the same way";
  return cosine < -0.1 ? "against each other" : "different ways";
}

/** @param {RoutingDecision} data */
export function formula({ renormalised, k, d_model, n_experts }) {
  const lines = [
    "p = softmax(norm(x) W_rᵀ)",
    `w = ${renormalised ? "p / Σ p" : "p"}, the ${k} greatest`,
    "y = Σ w E(norm(x))",
    `x: ${d_model}   W_r: ${n_experts} × ${d_model}`,
  ];
  return html`<pre class="formulas">${lines.join("\n")}</pre>`;
}
