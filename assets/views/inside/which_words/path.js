// @ts-check
/**
 * What the model says on the straight way from a text of absent tokens to the text, and what sums of slopes miss.
 *
 * @import { WordPath } from "../../../types/inside"
 * @import { Row, View } from "../../../kit/view"
 */
import { control } from "../../../kit/controls/declared.js";
import { line, rule } from "../../../kit/drawing/marks.js";
import { picture } from "../../../kit/drawing/picture.js";
import { halfWidth } from "../../../kit/layout.js";
import { decimal, signed } from "../../../kit/numbers/format.js";
import { table } from "../../../kit/numbers/table.js";
import { extent } from "../../../vendor/d3.js";
import { html } from "../../../vendor/lit.js";
import { scoreName } from "./methods.js";

/** @type {View<WordPath>} */
export function path(data, ctx) {
  const width = halfWidth(ctx.width);
  return html`
    <div class="settings-row ruled">${control(ctx, "score")} ${control(ctx, "absent")}</div>
    <p class="readout lead">From absent tokens to the text, ${scoreName(data, ctx.controls.score)} goes from
      <b>${signed(data.nothing)}</b> to <b>${signed(data.whole)}</b>. ${verdict(data)}</p>
    <div class="side-by-side">
      <div><h3 class="sub3">What is said on the way</h3>${curve(data, data.values.a, "score", width)}</div>
      <div><h3 class="sub3">Its slope, which is summed</h3>${curve(data, data.slopes.a, "slope", width)}</div>
    </div>
    <h3 class="sub3">Completeness <small>the shares’ sum less what they share out</small></h3>
    ${table({
      label: "Completeness error by steps",
      rows: data.steps.map((steps, at) => ({ steps, error: data.errors.a[at] })),
      columns: [
        { name: "Steps", number: true, cell: ({ steps }) => steps },
        { name: "error", number: true, cell: ({ error }) => decimal(error, 4) },
        {
          name: "of what is shared out",
          number: true,
          cell: ({ error }) => `${decimal((100 * error) / Math.abs(data.whole - data.nothing), 1)} %`,
        },
      ],
    })}`;
}

/** @param {WordPath} data */
function verdict({ errors, steps }) {
  const all = Array.from(errors.a);
  const falls = all.every((error, at) => at === 0 || error <= all[at - 1]);
  if (all.length < 2) return "";
  return falls
    ? "The error falls with each doubling of the steps."
    : `More steps are not always better here: ${steps.length} numbers of steps, and the error does not only fall.`;
}

/**
 * @param {WordPath} data
 * @param {ArrayLike<number>} values
 * @param {string} title
 * @param {number} width
 */
function curve(data, values, title, width) {
  const [low = 0, high = 1] = extent([0, ...Array.from(values)]);
  return picture({
    label: `The ${title} from absent tokens to the text: ${signed(values[0])} to ${signed(values[values.length - 1])}`,
    width,
    height: 220,
    margin: { left: 52, right: 16, top: 14, bottom: 46 },
    x: [0, 1],
    y: [low, high],
    left: { title, grid: true },
    bottom: { title: "part of the way" },
    marks: [
      rule({ y: 0 }),
      line({ data: Array.from(values), x: (_, at) => data.alphas.a[at], y: Number, color: "river-deep" }),
    ],
  });
}

/** @param {WordPath} data @returns {Row[]} */
export const rows = ({ alphas, values, slopes }) =>
  Array.from(alphas.a, (alpha, at) => ({ alpha, score: values.a[at], slope: slopes.a[at] }));
