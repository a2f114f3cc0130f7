// @ts-check
/**
 * What stood behind attention in an opened block: the busiest neurons of its MLP, or the experts that ran.
 *
 * @import { WalkBlock, WalkExpert, WalkNeuron } from "../../../types/overview"
 * @import { ViewContext } from "../../../kit/view"
 */

import { axisName } from "../../../kit/controls/over.js";
import { counted, percent, signed, tone, whole } from "../../../kit/numbers/format.js";
import { table } from "../../../kit/numbers/table.js";
import { token } from "../../../kit/text/tokens.js";
import { sum } from "../../../vendor/d3_first.js";
import { html } from "../../../vendor/lit.js";

/**
 * @param {WalkBlock} data
 * @param {ViewContext<any>} ctx
 */
export function busiest(data, ctx) {
  if (data.experts.length) return experts(data, ctx);
  if (data.neurons.length) return neurons(data, ctx);
  return html`
    <h3>MLP: ${signed(data.mlp)} ${axisName(data.measured)}</h3>
    <p class="hint">This block’s neurons are not read one by one.</p>`;
}

/** @param {{ share: number }} of */
const logits = ({ share }) => html`<span class=${tone(share)}>${signed(share)}</span>`;

/** @param {{ says: number[] }} of */
const pushes = ({ says }) => html`${says.map((id) => token(id, { most: 16, className: "mono said" }))}`;

/**
 * @param {WalkBlock} data
 * @param {ViewContext<any>} ctx
 */
function neurons(data, ctx) {
  const listed = sum(data.neurons, ({ share }) => share);
  return html`
    <h3>MLP: ${whole(data.d_mlp)} neurons, ${signed(data.mlp)} ${axisName(data.measured)}</h3>
    ${table({
      label: "Busiest neurons",
      rows: data.neurons,
      className: "busiest",
      columns: [
        { name: "Neuron", cell: (/** @type {WalkNeuron} */ { index }) => index },
        { name: "activation", number: true, cell: ({ activation }) => signed(activation) },
        { name: "logits", number: true, cell: logits },
        { name: "pushes toward", cell: pushes, className: "says" },
      ],
    })}
    <p class="hint">
      These ${data.neurons.length}: ${signed(listed)}. The other ${whole(data.d_mlp - data.neurons.length)}:
      ${signed(data.mlp - listed)}. Toward ${token(data.target)}. ${ablation(data, ctx)}
    </p>`;
}

/**
 * @param {WalkBlock} data
 * @param {ViewContext<any>} ctx
 */
function experts(data, ctx) {
  const open = (/** @type {{ expert?: number }} */ chosen) => () => {
    ctx.select({ layer: data.layer, ...chosen });
    ctx.go("routing");
  };
  const name = (/** @type {WalkExpert} */ { expert }) => html`
    <button class="linkbtn" type="button" aria-label="Open expert ${expert} of block ${data.layer} in Routing"
      @click=${open({ expert })}>E${expert}</button>`;
  return html`
    <h3>Experts: ${data.experts.length} of ${data.n_experts}, ${signed(data.mlp)} ${axisName(data.measured)}</h3>
    ${table({
      label: "Experts that ran",
      rows: data.experts,
      className: "busiest",
      columns: [
        { name: "Expert", cell: name },
        { name: "weight", number: true, cell: ({ weight }) => percent(weight) },
        { name: "logits", number: true, cell: logits },
        { name: "pushes toward", cell: pushes, className: "says" },
      ],
    })}
    <p class="hint">
      ${counted(data.experts.length, "expert")} chosen by the router for this token. Toward ${token(data.target)}.
      <button class="linkbtn" type="button" @click=${open({})}>Open Routing</button> ${ablation(data, ctx)}
    </p>`;
}

/**
 * Takes what stands behind attention away in a run of its own, or gives it back.
 * @param {WalkBlock} data
 * @param {ViewContext<any>} ctx
 */
function ablation({ layer, experts: { length } }, ctx) {
  const name = length ? `the experts of block ${layer}` : `the MLP of block ${layer}`;
  const on = ctx.interventions.find((each) => each.on && new RegExp(`^mlp:${layer}(:|$)`).test(each.text));
  const act = () => (on ? ctx.restore(on.text) : ctx.intervene(`mlp:${layer}`));
  return html`<button class="linkbtn" type="button" @click=${act}>${on ? "Restore" : "Ablate"} ${name}</button>`;
}
