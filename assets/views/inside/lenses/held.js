// @ts-check
/**
 * KL of each lens from the model's last word, by block, over held-out texts.
 *
 * @import { LensesHeld } from "../../../types/inside"
 * @import { Row, View, ViewContext } from "../../../kit/view"
 */
import { control } from "../../../kit/controls/declared.js";
import { counted, decimal, signed } from "../../../kit/numbers/format.js";
import { table } from "../../../kit/numbers/table.js";
import { range } from "../../../vendor/d3.js";
import { html } from "../../../vendor/lit.js";
import { byBlock, inText, NAMES } from "./drawn.js";

/** @type {View<LensesHeld>} */
export function held(data, ctx) {
  const n = data.blocks.length;
  const at = (/** @type {number} */ lens, /** @type {number} */ block) => lens * n + block;
  return html`
    <div class="settings-row ruled">${control(ctx, "texts")}</div>
    <p class="readout lead">${counted(data.texts, "held-out text")} of ${data.of}. ${said(data)}</p>
    ${byBlock({
      label: "KL from the model’s last word by block and lens, with 95 % intervals over texts",
      title: "KL, nats",
      ...data,
      value: (lens, block) => data.mean.a[at(lens, block)],
      half: (lens, block) => data.half.a[at(lens, block)],
      levels: [0],
      format: (value) => decimal(value, 1),
      width: ctx.width,
    })}
    <div class="scroll">${table({
      label: "Each lens less the logit lens, text by text",
      rows: range(n),
      columns: [
        { name: "block", number: true, cell: (block) => String(data.blocks[block]) },
        ...data.kinds.map((kind, lens) => ({
          name: NAMES[kind],
          number: true,
          cell: (/** @type {number} */ block) =>
            kind === "logit"
              ? decimal(data.mean.a[at(lens, block)])
              : html`${signed(data.gain.a[at(lens, block)])}
                ± ${decimal(data.gain_half.a[at(lens, block)])}`,
        })),
      ],
    })}</div>
    <p class="hint">Nats a token. The logit lens’s own mean stands in its column; the others’ columns are what they add
      to it, with a 95 % interval over the texts. Below zero a lens is nearer to the last word.</p>`;
}

/** @param {LensesHeld} data */
function said({ kinds, blocks, gain, gain_half: half }) {
  const n = blocks.length;
  return kinds.map((kind, lens) => {
    if (kind === "logit") return "";
    const nearer = range(n).filter((block) => gain.a[lens * n + block] + half.a[lens * n + block] < 0).length;
    return html`The ${inText(kind)} is nearer than the logit lens at <b>${nearer}</b> of ${n} blocks, its
      interval below zero. `;
  });
}

/** @param {LensesHeld} data @returns {Row[]} */
export const rows = (data) =>
  data.kinds.flatMap((lens, row) =>
    data.blocks.map((block, column) => {
      const at = row * data.blocks.length + column;
      return { lens, block, kl: data.mean.a[at], half: data.half.a[at], less_logit: data.gain.a[at] };
    }),
  );
