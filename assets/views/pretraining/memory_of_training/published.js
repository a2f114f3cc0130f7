// @ts-check
/**
 * Korthikanti's table for GPT-3's layer, and the same shape in the decoder here.
 *
 * @import { MemoryPublished } from "../../../types/pretraining"
 * @import { Row, View } from "../../../kit/view"
 */
import { control } from "../../../kit/controls/declared.js";
import { decimal, whole } from "../../../kit/numbers/format.js";
import { memory } from "../../../kit/numbers/magnitude.js";
import { table } from "../../../kit/numbers/table.js";
import { html } from "../../../vendor/lit.js";

/** @type {View<MemoryPublished>} */
export function published(data, ctx) {
  const { s, b, h, a, t } = data;
  return html`
    <div class="settings-row">${control(ctx, "devices")}</div>
    <p class="readout lead">GPT-3 (s ${whole(s)}, b ${b}, h ${whole(h)}, a ${a}) over ${t} devices: one layer keeps
      <b>${memory(data.rows[0].bytes)}</b> on one device, <b>${memory(data.rows[2].bytes)}</b> on each
      with tensor and sequence parallelism, <b>${memory(data.rows[4].bytes)}</b> with selective recomputation
      as well.</p>
    ${table({
      label: "Bytes of activations of a layer by the published formula",
      columns: [
        { name: "how it is trained", cell: ({ name }) => name },
        { name: "formula", cell: ({ formula }) => formula },
        { name: "a device", number: true, cell: ({ bytes }) => memory(bytes) },
      ],
      rows: [...data.rows],
    })}
    <h3 class="sub3">The same shape in the decoder here</h3>
    <p class="readout">The paper’s layer keeps ${memory(data.theirs)} on one device; the explorer’s own, by its formula,
      ${memory(data.ours)}: multi-head attention written out, GELU on four times the width, products in 16 bits. Of
      these
      ${memory(data.copies)} are 16-bit copies of the weights, which the paper counts with the weights.</p>
    ${table({
      label: "What each part keeps, in bytes a number of the stream",
      columns: [
        { name: "tensor", cell: ({ name }) => name },
        { name: "published, × sbh", number: true, cell: ({ theirs }) => decimal(theirs, 1) },
        { name: "here, × sbh", number: true, cell: ({ ours }) => decimal(ours, 1) },
        { name: "why", cell: ({ name }) => WHY[name] ?? "" },
      ],
      rows: [...data.parts],
    })}
    <p class="hint">With SwiGLU the hidden rows are four of the gated width, not two of four times the stream’s; with
      grouped queries k and v shrink by the group; a fused kernel keeps no scores at all: the views above count
      those.</p>`;
}

/** @type {Record<string, string>} */
const WHY = {
  softmax: "here in float32",
  "its dropout’s mask": "no dropout here",
  "its dropout’s output": "here a copy of the softmax in 16 bits",
  "dropout’s mask after attention": "no dropout here",
  "dropout’s mask after the MLP": "no dropout here",
  "inputs of two norms": "here in float32, as the stream",
  normalised: "the norms here keep their result before the gain, in float32",
  "16-bit weight": "weights are float32 here, and each product rounds them",
  mask: "a byte a pair of positions, in each layer",
};

/** @param {MemoryPublished} data @returns {Row[]} */
export const rows = ({ rows: all, t }) => all.map((each) => ({ devices: t, ...each }));
