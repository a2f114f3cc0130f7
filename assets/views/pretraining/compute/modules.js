// @ts-check
/**
 * A token's operations in training, part by part, of the model on the page.
 *
 * @import { ComputeModules } from "../../../types/pretraining"
 * @import { Row, View } from "../../../kit/view"
 */
import { control } from "../../../kit/controls/declared.js";
import { percent, signed, whole } from "../../../kit/numbers/format.js";
import { operations, parameters } from "../../../kit/numbers/magnitude.js";
import { table } from "../../../kit/numbers/table.js";
import { html } from "../../../vendor/lit.js";

/** @type {View<ComputeModules>} */
export function modules(data, ctx) {
  const { exact, six_n } = data;
  return html`
    <div class="settings-row">${control(ctx, "length", { as: "segmented" })}</div>
    <p class="readout lead">A token of ${data.model} takes <b>${operations(exact)}</b> in training on sequences of
      ${whole(data.length)} tokens, forward and backward. 6 N, with the ${parameters(data.parameters)} parameters that a
      token uses, says <b>${operations(six_n)}</b>: ${signed(100 * (six_n / exact - 1), 1)} %.</p>
    ${table({
      label: "Operations of a token in training by part",
      className: "snug",
      columns: [
        { name: "part", cell: ({ name }) => name },
        { name: "FLOP a token", number: true, cell: ({ flops }) => operations(flops) },
        { name: "share", number: true, cell: ({ share }) => percent(share, 1) },
        { name: "as a bar", cell: ({ share }) => html`<span class="share" style="--part: ${share}"></span>` },
      ],
      rows: [...data.parts],
    })}
    <p class="hint">torch counts ${whole(data.torchs)} operations in a forward pass over ${whole(data.counted)} tokens;
      the parts sum to ${whole(data.formula)}. The backward pass takes twice as many. Scores and mix are taken whole: a
      kernel that skips what the mask hides does about half. Norms, rotations and activations are not counted.</p>`;
}

/** @param {ComputeModules} data @returns {Row[]} */
export const rows = ({ parts, length }) => parts.map((each) => ({ length, ...each }));
