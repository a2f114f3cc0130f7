// @ts-check
/**
 * Two adapters added and subtracted: the loss of each task.
 *
 * @import { QloraSum, QloraSums } from "../../../types/finetuning"
 * @import { Row, View } from "../../../kit/view"
 * @typedef {{ at: number, task: number, loss: number }} Shown
 */
import { control } from "../../../kit/controls/declared.js";
import { legend } from "../../../kit/drawing/legend.js";
import { dot, text } from "../../../kit/drawing/marks.js";
import { picture } from "../../../kit/drawing/picture.js";
import { decimal } from "../../../kit/numbers/format.js";
import { table } from "../../../kit/numbers/table.js";
import { html } from "../../../vendor/lit.js";
import { choose, mean, worse } from "./items.js";

const ROW = 28;
const NAMES = 150;

/** @type {View<QloraSums>} */
export function sums(data, ctx) {
  return html`
    <div class="settings-row">
      ${choose(ctx, "first", data.first, data.offered)} ${choose(ctx, "second", data.second, data.offered)}
      ${control(ctx, "items")}
    </div>
    <p class="readout lead">${said(data)}</p>
    ${legend([
      ["task-a", `items of A (${data.first})`],
      ["task-b", `items of B (${data.second})`],
    ])}
    ${losses(data, ctx.width)}
    ${table({
      label: "Mean losses of both tasks",
      columns: [
        { name: "adapters", cell: (/** @type {QloraSum} */ { name }) => name },
        { name: "A’s items, nats", number: true, cell: ({ losses }) => decimal(mean(losses[0]), 3) },
        { name: "worse than base", number: true, cell: (each) => against(each, data, 0) },
        { name: "B’s items, nats", number: true, cell: ({ losses }) => decimal(mean(losses[1]), 3) },
        { name: "worse than base", number: true, cell: (each) => against(each, data, 1) },
      ],
      rows: [...data.each],
    })}
    <p class="hint">All are differences from the base, so that A + B − A is B. Part by part adds the narrow
      matrices, as peft’s “linear” does: another function, with products of one adapter’s B and the other’s A.</p>`;
}

/** @param {QloraSum} each @param {QloraSums} data @param {number} task */
const against = ({ losses }, { each: [base] }, task) =>
  `${worse(losses[task], base.losses[task])} of ${losses[task].length}`;

/** @param {QloraSums} data */
function said({ each }) {
  const at = (/** @type {string} */ name, /** @type {number} */ task) => {
    const found = each.find((some) => some.name === name);
    return found ? decimal(mean(found.losses[task]), 3) : "–";
  };
  return html`Loss of A’s items: <b>${at("base", 0)}</b> nats with the base, <b>${at("A", 0)}</b> with A,
    <b>${at("A + B", 0)}</b> with A + B. Of B’s items: <b>${at("base", 1)}</b>, <b>${at("B", 1)}</b> with B,
    <b>${at("A + B", 1)}</b> with A + B.`;
}

/** @param {QloraSums} data @param {number} width */
function losses(data, width) {
  const shown = data.each.flatMap(({ losses }, at) => losses.map((some, task) => ({ at, task, loss: mean(some) })));
  return picture({
    label: `Mean losses of both tasks under ${data.each.map(({ name }) => name).join(", ")}`,
    width,
    height: data.each.length * ROW + 44,
    margin: { left: NAMES, right: 14, top: 4, bottom: 40 },
    x: [0, Math.max(...shown.map(({ loss }) => loss))],
    y: [data.each.length - 0.5, -0.5],
    bottom: { title: "mean loss, nats" },
    marks: [
      ...data.each.map(({ name }, at) => text({ x: 0, y: at, dx: -10, dy: 4, text: name, anchor: "end" })),
      dot({
        data: shown,
        x: (/** @type {Shown} */ { loss }) => loss,
        y: (/** @type {Shown} */ { at }) => at,
        color: (/** @type {Shown} */ { task }) => (task ? "river-deep" : "prob"),
        r: 5,
      }),
    ],
  });
}

/** @param {QloraSums} data @returns {Row[]} */
export const rows = (data) =>
  data.each.flatMap(({ name, losses }) =>
    losses.flatMap((some, task) => some.map((loss, item) => ({ adapters: name, task: data.tasks[task], item, loss }))),
  );
