// @ts-check
/**
 * The same of the model on the page: its first blocks watched, all of them by formula.
 *
 * @import { MemoryTerms } from "../../../types/pretraining"
 * @import { View } from "../../../kit/view"
 */
import { counted, whole } from "../../../kit/numbers/format.js";
import { memory, parameters } from "../../../kit/numbers/magnitude.js";
import { table } from "../../../kit/numbers/table.js";
import { html } from "../../../vendor/lit.js";
import { KINDS, kinds, POLICIES, peak, step } from "./named.js";
import { rows as ofTerms, parts } from "./terms.js";

/** @type {View<MemoryTerms>} */
export function own_model(data, ctx) {
  const sum = data.kinds.reduce((so, { whole: all }) => so + all, 0);
  return html`
    ${step(ctx, ["policy", "optimizer"])}
    <p class="readout lead">To train ${data.model} (${parameters(data.parameters)} parameters) on ${whole(data.tokens)}
      tokens a step takes <b>${memory(sum)}</b> by formula, computed again: ${POLICIES[data.policy]}.</p>
    ${table({
      label: "Bytes by kind: of the blocks that are watched, and of the whole model",
      columns: [
        { name: "kind", cell: ({ name }) => KINDS[name].says },
        {
          name: `${counted(data.measured_blocks, "block")}, formula`,
          number: true,
          cell: (each) => memory(each.formula),
        },
        { name: "really", number: true, cell: ({ real }) => memory(real) },
        { name: "apart, bytes", number: true, cell: ({ formula, real }) => whole(Math.abs(formula - real)) },
        { name: `${counted(data.blocks, "block")}, formula`, number: true, cell: ({ whole: all }) => memory(all) },
      ],
      rows: [...data.kinds],
    })}
    <h3 class="sub3">The ${counted(data.measured_blocks, "block")} that are watched</h3>
    <p class="readout lead">${peak(data)}</p>
    ${kinds(data, ctx.width)} ${parts(data, "Bytes that each part of the watched blocks keeps")}`;
}

export const rows = ofTerms;
