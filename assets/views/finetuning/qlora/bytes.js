// @ts-check
/**
 * Bytes of each part of a QLoRA's step, and the memory of a 65B model.
 *
 * @import { QloraBytes, QloraLarge, QloraPart } from "../../../types/finetuning"
 * @import { Row, View } from "../../../kit/view"
 */
import { control } from "../../../kit/controls/declared.js";
import { legend } from "../../../kit/drawing/legend.js";
import { bar, text } from "../../../kit/drawing/marks.js";
import { picture } from "../../../kit/drawing/picture.js";
import { counted, decimal, whole } from "../../../kit/numbers/format.js";
import { memory, parameters } from "../../../kit/numbers/magnitude.js";
import { table } from "../../../kit/numbers/table.js";
import { html } from "../../../vendor/lit.js";

const ROW = 42;
const NAMES = 118;
/** Bytes of the reference's card. */
const CARD = 48e9;

/** @type {View<QloraBytes>} */
export function bytes(data, ctx) {
  const matrices = data.parts[0];
  const total = sum(data.parts.map((each) => each.bytes));
  return html`
    <div class="settings-row">${control(ctx, "seed")}</div>
    <p class="readout lead">The matrices take <b>${memory(matrices.bytes)}</b> in NF4 and
      <b>${memory(matrices.plain)}</b> in float32: <b>${decimal(data.bits, 3)}</b> bits a number. All parts of one step
      on ${counted(data.tokens, "token")} take ${memory(total)}.</p>
    ${legend([
      ["measured", "QLoRA, measured"],
      ["plain", "full fine-tuning in float32, by formula; its activations are not measured"],
    ])}
    ${bars(data, ctx.width)}
    ${table({
      label: "Bytes of each part",
      columns: [
        { name: "part", cell: ({ name }) => name },
        { name: "numbers", number: true, cell: ({ name, numbers }) => (name === "activations" ? "–" : whole(numbers)) },
        { name: "QLoRA", number: true, cell: (/** @type {QloraPart} */ each) => memory(each.bytes) },
        { name: "full, float32", number: true, cell: ({ plain }) => (plain ? memory(plain) : "–") },
      ],
      rows: [...data.parts],
    })}
    <p class="hint">The adapter has rank ${data.r} at every linear layer. The table of the vocabulary and the norms stay
      in float32 here. Activations are what one forward pass keeps for the backward pass: QLoRA does not make them
      fewer.</p>
    <h3 class="sub3">The same arithmetic for 65B</h3>
    ${table({
      label: "Memory of LLaMA 65B with QLoRA, without activations",
      columns: [
        { name: "rank", number: true, cell: (/** @type {QloraLarge} */ { r }) => r },
        { name: "trained", number: true, cell: ({ trained }) => parameters(trained) },
        { name: "base, GB", number: true, cell: ({ base }) => decimal(base / 1e9, 1) },
        { name: "adapter, gradients, moments, GB", number: true, cell: ({ rest }) => decimal(rest / 1e9, 1) },
        { name: "together, GB", number: true, cell: ({ base, rest }) => decimal((base + rest) / 1e9, 1) },
        { name: "left of 48 GB", number: true, cell: ({ base, rest }) => decimal((CARD - base - rest) / 1e9, 1) },
      ],
      rows: [...data.large],
    })}
    <p class="hint">The text “LLM Architecture & Internals” says that QLoRA fine-tunes a 65B model on one GPU of 48 GB.
      Here: LLaMA 65B (80 blocks, width 8,192, 22,016 neurons; Touvron et al. 2023), matrices at 4.127 bits, both tables
      at 16 bits, and 16 bytes for each trained number. What is left must hold the activations.</p>`;
}

/** @param {readonly number[]} values */
const sum = (values) => values.reduce((all, each) => all + each, 0);

/** @param {QloraBytes} data @param {number} width */
function bars(data, width) {
  const most = Math.max(...data.parts.flatMap((each) => [each.bytes, each.plain]));
  return picture({
    label: `Bytes of each part: ${data.parts.map((each) => `${each.name} ${memory(each.bytes)}`).join(", ")}`,
    width,
    height: data.parts.length * ROW + 8,
    margin: { left: NAMES, right: 64, top: 4, bottom: 4 },
    x: [0, most],
    y: [data.parts.length - 0.5, -0.5],
    marks: data.parts.flatMap((each, at) => [
      bar({ x: [0, each.bytes], y: [at - 0.38, at - 0.04], color: "prob", least: 1 }),
      each.plain > 0 && bar({ x: [0, each.plain], y: [at + 0.04, at + 0.3], color: "ink3", least: 1 }),
      text({ x: 0, y: at, dx: -8, dy: 4, text: each.name, anchor: "end" }),
      text({ x: each.bytes, y: at - 0.19, dx: 6, dy: 4, text: memory(each.bytes), className: "haloed" }),
    ]),
  });
}

/** @param {QloraBytes} data @returns {Row[]} */
export const rows = (data) => [
  ...data.parts.map((each) => ({ ...each })),
  ...data.large.map(({ r, trained, base, rest }) => ({ name: `65B, rank ${r}`, numbers: trained, bytes: base + rest })),
];
