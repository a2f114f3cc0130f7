// @ts-check
/**
 * Where gradients lie among the numbers that float16 has, and the loss scale by step.
 *
 * @import { BitsStep, MemorySixteen } from "../../../types/pretraining"
 * @import { Row, View } from "../../../kit/view"
 */
import { control } from "../../../kit/controls/declared.js";
import { legend } from "../../../kit/drawing/legend.js";
import { area, dot, line, rule } from "../../../kit/drawing/marks.js";
import { picture } from "../../../kit/drawing/picture.js";
import { counted, decimal, percent, scientific, signed, whole } from "../../../kit/numbers/format.js";
import { figures } from "../../../kit/numbers/magnitude.js";
import { table } from "../../../kit/numbers/table.js";
import { scaleLog } from "../../../vendor/d3.js";
import { html, nothing } from "../../../vendor/lit.js";

const HEIGHT = 240;

/** @type {View<MemorySixteen>} */
export function sixteen(data, ctx) {
  const [, bf16, half, scaled] = data.reads;
  return html`
    <div class="settings-row">${control(ctx, "steps")} ${control(ctx, "exponent")}</div>
    <p class="readout lead">Without a factor float16 makes <b>${percent(half.zero, 2)}</b> of the gradients zero; with
      the loss times ${whole(scaled.scale)},
      ${scaled.overflowed ? "some overflow" : html`<b>${percent(scaled.zero, 2)}</b>`}.
      bfloat16 makes ${percent(bf16.zero, 2)} zero, and is ${figures(100 * bf16.error)} % off as a whole, where
      float16 is
      ${figures(100 * half.error)} % off.</p>
    ${table({
      label: "Gradients of one batch in each format",
      columns: [
        { name: "products in", cell: ({ form }) => form },
        { name: "loss times", number: true, cell: ({ scale }) => whole(scale) },
        { name: "become zero", number: true, cell: ({ zero }) => percent(zero, 3) },
        {
          name: "off",
          number: true,
          title: "The norm of the difference to float32’s, by the norm of that",
          cell: ({ error, overflowed }) => (overflowed ? "overflow" : `${figures(100 * error)} %`),
        },
      ],
      rows: [...data.reads],
    })}
    <h3 class="sub3">How large the gradients are</h3>
    ${histogram(data, ctx.width)}
    <p class="hint">The ${whole(data.numbers)} gradients of the matrices in float32, after
      ${counted(data.trained, "step")} of a small decoder on the passages; their sizes as powers of two. Below
      ${power(data.least)}
      float16 holds nothing but zero, below ${power(data.normal)} it has fewer bits. What is multiplied inside the
      backward
      pass is smaller or larger still.</p>
    ${data.steps.length ? training(data, ctx.width) : nothing}`;
}

/** Of two. @param {number} exponent */
const power = (exponent) => html`2<sup>${signed(exponent, 0)}</sup>`;

/** @param {MemorySixteen} data @param {number} width */
function histogram({ bins, shares, least, normal }, width) {
  const [first, last] = [bins.a[0], bins.a[bins.a.length - 1]];
  return picture({
    label: "Share of the gradients by their size, a power of two",
    width,
    height: HEIGHT,
    margin: { left: 46, right: 16, top: 22, bottom: 44 },
    x: [first, last],
    y: [0, 1.1 * Math.max(...shares.a)],
    left: { format: (/** @type {number} */ share) => percent(share, 0), count: 4 },
    bottom: { title: "size, as a power of two", count: 8 },
    marks: [
      area({ data: shares.a, x: (_, at) => bins.a[at], y: Number, color: "river" }),
      rule({ x: least, color: "neg", stroke: 2, label: ["float16’s smallest", "smallest"] }),
      rule({ x: normal, color: "ink3", dash: "4 3", label: ["all bits", "all bits"] }),
    ],
  });
}

/** @param {MemorySixteen} data @param {number} width */
function training(data, width) {
  const missed = data.steps.filter(({ overflowed }) => overflowed).length;
  const last = data.steps[data.steps.length - 1];
  return html`
    <h3 class="sub3">A training in float16</h3>
    <p class="readout lead">${
      missed
        ? html`<b>${counted(missed, "step")}</b> of ${data.steps.length} overflowed and
      moved no weight.`
        : `No step of ${data.steps.length} overflowed.`
    } The last loss is ${decimal(last.loss, 3)} with
      the factor, ${decimal(last.unscaled, 3)} without, ${decimal(last.single, 3)} in float32: one seed.</p>
    ${scales(data.steps, width)}
    ${legend([
      [{ color: "prob", shape: "line" }, "factor of the loss"],
      [{ color: "neg", shape: "dot" }, "a gradient overflowed: halved, no step"],
    ])}
    <p class="hint">The factor doubles after ${data.interval} good steps in a row (torch’s default is 2,000) and halves
      at an overflow. torch’s GradScaler trains beside it.</p>`;
}

/** @param {readonly BitsStep[]} steps @param {number} width */
function scales(steps, width) {
  const values = steps.map(({ scale }) => scale);
  return picture({
    label: "The factor of the loss by step",
    width,
    height: HEIGHT,
    margin: { left: 62, right: 12, top: 22, bottom: 44 },
    x: [0, steps.length - 1],
    y: scaleLog([Math.min(...values) / 2, 2 * Math.max(...values)], [0, 1]).base(2),
    left: { format: scientific, count: 5, title: "factor" },
    bottom: { title: "step", count: 6 },
    marks: [
      line({ data: steps, x: (_, at) => at, y: ({ scale }) => scale, color: "prob", stroke: 2 }),
      dot({
        data: steps.map((each, at) => ({ ...each, at })).filter(({ overflowed }) => overflowed),
        ...{ x: ({ at }) => at, y: ({ scale }) => scale, color: "neg" },
      }),
    ],
  });
}

/** @param {MemorySixteen} data @returns {Row[]} */
export const rows = ({ reads, steps }) => [
  ...reads.map((each) => ({ of: "gradients", ...each })),
  ...steps.map((each, step) => ({ of: "training", step, ...each })),
];
