// @ts-check
/**
 * A search over steps as a tree from left to right, and what its shared beginnings save.
 *
 * @import { StepTree, TreeNode } from "../../../types/frontier"
 * @import { Drafts } from "../../../kit/controls/typed.js"
 * @import { Row, View, ViewContext } from "../../../kit/view"
 */
import { control } from "../../../kit/controls/declared.js";
import { typed, typedText } from "../../../kit/controls/typed.js";
import { legend } from "../../../kit/drawing/legend.js";
import { dot } from "../../../kit/drawing/marks.js";
import { items, picture } from "../../../kit/drawing/picture.js";
import { branch, tidyTree } from "../../../kit/drawing/tree.js";
import { decimal, percent, whole } from "../../../kit/numbers/format.js";
import { memory, operations } from "../../../kit/numbers/magnitude.js";
import { table } from "../../../kit/numbers/table.js";
import { html, nothing, svg } from "../../../vendor/lit.js";

const ROOT = -1;
const ROW = 26;
const MARGIN = { left: 14, right: 74, top: 14, bottom: 16 };

/** @type {View<StepTree, Drafts>} */
export function tree(data, ctx) {
  return html`
    <div class="settings-row">
      ${typed({ name: "prompt", value: typedText("prompt", data.prompt, ctx), single: true, named: true }, ctx)}
      ${control(ctx, "stage")} ${control(ctx, "width")} ${control(ctx, "branch")} ${control(ctx, "by")}
    </div>
    ${
      data.refused
        ? html`<p class="readout" role="alert">${data.refused} <span class="mono">${data.prompt}</span> is shown.</p>`
        : nothing
    }
    <p class="readout lead">The search ends with <b class="mono">${data.prompt}${data.text}</b>, which is
      <b>${data.found === data.answer ? "right" : `wrong: right is ${data.answer}`}</b>. Texts with one beginning share
      its keys and values: the cache holds <b>${whole(data.tokens_shared)}</b> tokens instead of
      <b>${whole(data.tokens_apart)}</b>.</p>
    ${legend([
      [{ color: "prob", shape: "dot" }, "on the way to the answer"],
      [{ color: "ink3", shape: "dot" }, "goes on, or an answer"],
      [{ color: "ink3", shape: "dot", hollow: true }, "dropped"],
    ])}
    ${drawn(data, ctx)}
    ${table({
      label: "What the tree takes, and its leaves one by one",
      className: "snug",
      columns: [
        { name: "part", cell: ({ name }) => name },
        { name: "tokens", number: true, cell: ({ tokens }) => whole(tokens) },
        { name: "keys and values", number: true, cell: ({ bytes }) => memory(bytes) },
        { name: "work", number: true, cell: ({ flops }) => operations(flops) },
      ],
      rows: [
        { name: "shared", tokens: data.tokens_shared, bytes: data.bytes_shared, flops: data.flops_shared },
        { name: "each leaf by itself", tokens: data.tokens_apart, bytes: data.bytes_apart, flops: data.flops_apart },
      ],
    })}
    <p class="hint">Beside each dot: the digit that is written, with = the answer, and its probability given the steps
      before it. ✓: no mistake so far. A prompt is read from left to right, and each result keeps its last digit
      only.</p>`;
}

/** @param {StepTree} data @returns {Row[]} */
export const rows = (data) =>
  data.nodes.map((each, at) => ({ node: at, ...each, right: Number(each.right), best: Number(each.best) }));

/** @param {StepTree} data @param {ViewContext<any>} ctx */
function drawn(data, ctx) {
  const all = data.nodes.map((_, at) => at);
  const children = (/** @type {number} */ at) => all.filter((each) => data.nodes[each].parent === at);
  const { places, height } = tidyTree({ root: ROOT, children, row: ROW });
  const deepest = Math.max(...[...places.values()].map(({ depth }) => depth));
  const wide = ctx.width - MARGIN.left - MARGIN.right;
  const x = (/** @type {number} */ at) => ((places.get(at)?.depth ?? 0) / deepest) * wide;
  const y = (/** @type {number} */ at) => places.get(at)?.y ?? 0;
  const color = (/** @type {TreeNode} */ { best }) => (best ? "prob" : "ink3");
  return picture({
    label: `Tree of the search from ${data.prompt}`,
    width: ctx.width,
    height: height + MARGIN.top + MARGIN.bottom,
    margin: MARGIN,
    x: [0, wide],
    y: [height, 0],
    marks: [
      (/** @type {any} */ plane) =>
        svg`${all.map(
          (at) => svg`<path fill="none" stroke-width=${data.nodes[at].best ? 2 : 1}
          stroke=${data.nodes[at].best ? "var(--prob)" : "var(--line)"}
          d=${branch(
            [plane.x(x(data.nodes[at].parent)), plane.y(y(data.nodes[at].parent))],
            [plane.x(x(at)), plane.y(y(at))],
          )} />`,
        )}`,
      dot({ x: 0, y: y(ROOT), r: 5, color: "ink" }),
      items({
        data: data.nodes,
        told: (each) => ({
          title: `${each.sign}${each.digit}${each.right ? ", right" : ""}`,
          lines: [
            ["probability here", percent(each.p)],
            ["total, nats", decimal(each.total)],
            ["score", decimal(each.score)],
            ["", each.fate],
          ],
        }),
        marks: (each, at) => [
          dot({ x: x(at), y: y(at), r: 5, color: color(each), hollow: each.fate === "dropped" }),
          words(each, x(at), y(at)),
        ],
      }),
    ],
  });
}

/** On the line that goes on from its dot: a ground of their own keeps words legible. */
/** @param {TreeNode} node @param {number} x @param {number} y */
const words = ({ sign, digit, right, p }, x, y) => {
  const written = `${sign === "=" ? "=" : ""}${digit}${right ? "✓" : ""}`;
  return (/** @type {any} */ plane) => svg`<text class="haloed" x=${plane.x(x) + 9} y=${plane.y(y) + 4}><tspan
    class="written">${written}</tspan> <tspan class="dim">${percent(p, 0)}</tspan></text>`;
};
