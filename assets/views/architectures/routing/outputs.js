// @ts-check
/**
 * How sure the router was, and what each chosen expert gave.
 *
 * @import { Outputs, RoutingDecision } from "../../../types/architectures"
 */
import { decimal, percent } from "../../../kit/numbers/format.js";
import { table } from "../../../kit/numbers/table.js";
import { html, nothing } from "../../../vendor/lit.js";
import { partPercent } from "./wording.js";

/** Experts that the table lists. */
const LISTED = 8;
const PART = "the weighted output’s length along the sum, as a share of the sum’s length";

/** @param {RoutingDecision} data */
export function certainty({ margin, runner_up, entropy, kept, n_experts }) {
  const even = `like ${decimal(2 ** entropy, 1)} equally likely experts`;
  return html`
    <h3 class="sub3">How certain the router is</h3>
    <dl class="certainty">
      <dt>Margin</dt>
      <dd>${
        margin === null ? "every expert is used" : html`<b>${decimal(margin)}</b> logits above expert ${runner_up}`
      }</dd>
      <dt>Entropy</dt>
      <dd><b>${decimal(entropy)}</b> of ${decimal(Math.log2(n_experts))} bits, ${even}</dd>
      <dt>Chosen</dt>
      <dd>experts have <b>${percent(kept)}</b> of the probability</dd>
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
      label: "What each expert writes",
      rows: used.slice(0, LISTED),
      columns: [
        { name: "Output of", cell: ({ expert }) => `expert ${expert}` },
        { name: "weight", number: true, cell: ({ weight }) => decimal(weight, 3) },
        { name: "length", number: true, cell: ({ length }) => decimal(length) },
        { name: "share of the sum", title: PART, number: true, cell: ({ part }) => html`<b>${partPercent(part)}</b>` },
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
    unlisted > 0 ? `The export lists the other ${unlisted}.` : "",
    idle ? `The other ${idle} experts are not computed.` : "All experts are computed.",
    cosine === null
      ? ""
      : `The outputs of experts ${experts.a[0]} and ${experts.a[1]} point ${direction(cosine)} ` +
        `(cosine ${decimal(cosine)}).`,
    data.cut ? "An intervention removes the block’s output." : "",
  ]
    .filter(Boolean)
    .join(" ");
}

/** @param {number} cosine */
function direction(cosine) {
  if (cosine > 0.5) return "in similar directions";
  return cosine < -0.1 ? "in opposite directions" : "in different directions";
}

/** @param {RoutingDecision} data */
export function formula({ renormalised, k, d_model, n_experts }) {
  const lines = [
    "p = softmax(norm(x) W_rᵀ)",
    `w = ${renormalised ? "p / Σ p" : "p"}, the ${k} largest`,
    "y = Σ w E(norm(x))",
    `x: ${d_model}   W_r: ${n_experts} × ${d_model}`,
  ];
  return html`<pre class="formulas">${lines.join("\n")}</pre>`;
}
