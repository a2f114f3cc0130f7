// @ts-check
/**
 * Losses of held-out items with some directions of every update kept, and with one taken out.
 *
 * @import { AdapterKept, AdapterRanks } from "../../../types/finetuning"
 * @import { Row, View } from "../../../kit/view"
 * @typedef {{ at: number, loss: number }} Item
 */
import { control } from "../../../kit/controls/declared.js";
import { legend } from "../../../kit/drawing/legend.js";
import { dot, line } from "../../../kit/drawing/marks.js";
import { picture } from "../../../kit/drawing/picture.js";
import { counted, decimal, signed } from "../../../kit/numbers/format.js";
import { table } from "../../../kit/numbers/table.js";
import { html } from "../../../vendor/lit.js";
import { chooseAdapter, taskName } from "./parts.js";

const HEIGHT = 220;

/** @type {View<AdapterRanks>} */
export function ranks(data, ctx) {
  const whole = data.first.find(({ kept }) => kept.length === data.r);
  return html`
    <div class="settings-row">
      ${chooseAdapter(data, ctx)} ${control(ctx, "task", { as: "select" })} ${control(ctx, "items")}
    </div>
    <p class="readout lead">${said(data)}</p>
    ${legend([
      ["mean", "mean of the items"],
      ["item", "one item"],
    ])}
    ${kept(data, ctx.width)}
    ${table({
      label: "Losses with one direction taken out of every update",
      columns: [
        { name: "taken out", cell: ({ out }) => `direction ${out + 1}` },
        { name: "mean loss, nats", number: true, cell: ({ losses }) => decimal(mean(losses), 3) },
        {
          name: "more than with all",
          number: true,
          cell: ({ losses }) => (whole ? signed(mean(losses) - mean(whole.losses), 3) : "–"),
        },
        {
          name: "items that lose by it",
          number: true,
          cell: ({ losses }) => (whole ? `${worse(losses, whole)} of ${losses.length}` : "–"),
        },
      ],
      rows: data.without.map((each) => ({ ...each, out: missing(each, data.r) })).toSorted((a, b) => a.out - b.out),
    })}
    <p class="hint">A direction is one of the singular directions of s B A, matrix by matrix, the largest first. The
      first of all matrices are kept or taken out together.</p>`;
}

/** @param {AdapterRanks} data */
function said(data) {
  const [none, one] = data.first;
  const all = data.first[data.r];
  const items = `${counted(none.losses.length, "held-out item")} of ${taskName(data.task)}`;
  return html`Mean loss of ${items}: <b>${decimal(mean(none.losses), 3)}</b> nats a token without the
    adapter${one ? html`, <b>${decimal(mean(one.losses), 3)}</b> with the first direction of every update` : ""}${
      all ? html`, <b>${decimal(mean(all.losses), 3)}</b> with all ${data.r}` : ""
    }.`;
}

/** @param {AdapterRanks} data @param {number} width */
function kept(data, width) {
  const items = data.first.flatMap(({ kept, losses }) => losses.map((loss) => ({ at: kept.length, loss })));
  return picture({
    label: `Loss of held-out items by the number of directions kept, 0 to ${data.r}`,
    width,
    height: HEIGHT,
    margin: { left: 46, right: 12, top: 12, bottom: 42 },
    x: [-0.2, data.r + 0.2],
    y: [0, Math.max(...items.map(({ loss }) => loss))],
    left: { format: (/** @type {number} */ loss) => decimal(loss, 1) },
    bottom: {
      title: "directions kept of every update",
      format: (/** @type {number} */ at) => (Number.isInteger(at) ? String(at) : ""),
    },
    marks: [
      dot({
        data: items,
        x: (/** @type {Item} */ { at }) => at,
        y: (/** @type {Item} */ { loss }) => loss,
        r: 2.5,
        color: "ink3",
      }),
      line({
        data: data.first,
        x: (/** @type {AdapterKept} */ { kept }) => kept.length,
        y: (/** @type {AdapterKept} */ { losses }) => mean(losses),
        color: "prob",
      }),
      dot({
        data: data.first,
        x: (/** @type {AdapterKept} */ { kept }) => kept.length,
        y: (/** @type {AdapterKept} */ { losses }) => mean(losses),
        color: "prob",
      }),
    ],
  });
}

/** @param {readonly number[]} losses */
const mean = (losses) => losses.reduce((sum, each) => sum + each, 0) / losses.length;

/** @param {readonly number[]} losses @param {AdapterKept} whole */
const worse = (losses, whole) => losses.filter((loss, at) => loss > whole.losses[at]).length;

/** @param {AdapterKept} some @param {number} r */
const missing = ({ kept }, r) => Array.from({ length: r }, (_, at) => at).find((at) => !kept.includes(at)) ?? r;

/** @param {AdapterRanks} data @returns {Row[]} */
export const rows = (data) =>
  [...data.first, ...data.without].flatMap(({ kept, losses }) =>
    losses.map((loss, item) => ({ kept: kept.map((at) => at + 1).join(" "), item, loss })),
  );
