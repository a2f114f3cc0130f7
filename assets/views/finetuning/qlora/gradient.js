// @ts-check
/**
 * The gradient of each matrix's B, through NF4 against exact.
 *
 * @import { QloraGradient, QloraGradientOf } from "../../../types/finetuning"
 * @import { Row, View } from "../../../kit/view"
 */
import { control } from "../../../kit/controls/declared.js";
import { dot, rule } from "../../../kit/drawing/marks.js";
import { picture } from "../../../kit/drawing/picture.js";
import { counted, decimal } from "../../../kit/numbers/format.js";
import { table } from "../../../kit/numbers/table.js";
import { html } from "../../../vendor/lit.js";

const HEIGHT = 240;

/** @type {View<QloraGradient>} */
export function gradient(data, ctx) {
  const roles = [...new Set(data.each.map(({ role }) => role))];
  return html`
    <div class="settings-row">${control(ctx, "items")} ${control(ctx, "seed")}</div>
    <p class="readout lead">The gradient through NF4 has a cosine of <b>${decimal(data.whole, 3)}</b> to the exact
      one,
      all matrices as one vector. The loss is <b>${decimal(data.exact_loss, 3)}</b> nats with exact matrices and
      <b>${decimal(data.rounded_loss, 3)}</b> in NF4, on ${counted(data.tokens, "learnt token")}.</p>
    <h3 class="sub3">Cosine of each matrix’s gradient, by block</h3>
    ${cosines(data, ctx.width)}
    ${table({
      label: "Gradients by kind of matrix",
      columns: [
        { name: "matrix", cell: ({ role }) => role },
        { name: "mean cosine", number: true, cell: ({ cosine }) => decimal(cosine, 3) },
        { name: "least", number: true, cell: ({ least }) => decimal(least, 3) },
        { name: "norm by the exact one’s", number: true, cell: ({ ratio }) => decimal(ratio, 3) },
      ],
      rows: roles.map((role) => of(data, role)),
    })}
    <p class="hint">The gradient passes the rounded matrices on its way down and never reaches their codes. B is zero
      before the first step, so that only B has a gradient.</p>`;
}

/** @param {QloraGradient} data @param {string} role */
function of(data, role) {
  const some = data.each.filter((each) => each.role === role);
  const mean = (/** @type {(each: QloraGradientOf) => number} */ value) =>
    some.reduce((sum, each) => sum + value(each), 0) / some.length;
  return {
    role,
    cosine: mean((each) => each.cosine),
    least: Math.min(...some.map((each) => each.cosine)),
    ratio: mean((each) => each.ratio),
  };
}

/** @param {QloraGradient} data @param {number} width */
function cosines(data, width) {
  const low = Math.min(0.9, ...data.each.map(({ cosine }) => cosine));
  return picture({
    label: `Cosines of ${counted(data.each.length, "gradient")} by block, ${decimal(low, 2)} to 1`,
    width,
    height: HEIGHT,
    margin: { left: 46, right: 10, top: 10, bottom: 42 },
    x: [-0.6, data.blocks - 0.4],
    y: [low, 1],
    left: { format: (/** @type {number} */ value) => decimal(value, 2) },
    bottom: { title: "block" },
    marks: [
      rule({ y: data.whole, color: "ink3", dash: "4,3" }),
      dot({
        data: data.each,
        x: (/** @type {QloraGradientOf} */ { block }) => block,
        y: (/** @type {QloraGradientOf} */ { cosine }) => cosine,
        r: 3,
        color: "prob",
      }),
    ],
  });
}

/** @param {QloraGradient} data @returns {Row[]} */
export const rows = (data) => data.each.map((each) => ({ ...each }));
