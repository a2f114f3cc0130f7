// @ts-check
/**
 * Every cell's patch measured, and beside it what gradients expect; one cell opened, and where both differ most.
 *
 * @import { PatchMap } from "../../../types/inside"
 * @import { Drafts } from "../../../kit/controls/typed.js"
 * @import { Row, View, ViewContext } from "../../../kit/view"
 */

import { heat } from "../../../kit/cells/heat.js";
import { control } from "../../../kit/controls/declared.js";
import { refusedTask } from "../../../kit/controls/fitting_task.js";
import { halfWidth } from "../../../kit/layout.js";
import { decimal, headName, signed, whole } from "../../../kit/numbers/format.js";
import { cut, tokenText } from "../../../kit/text/tokens.js";
import { max, range } from "../../../vendor/d3.js";
import { html } from "../../../vendor/lit.js";
import { opened, worst } from "./cell.js";
import { scatter } from "./scatter.js";
import { bothPrompts, placeName, prompts, rText, runsOf } from "./shown.js";

/** Narrower than this, maps lie one below the other. */
const WIDE = 1000;

/** @type {View<PatchMap, Drafts>} */
export function maps(data, ctx) {
  const settings = html`
    <div class="settings-row ruled">${prompts(ctx, data.task)}</div>
    <div class="settings-row">${control(ctx, "way")} ${control(ctx, "site")} ${control(ctx, "steps")}</div>`;
  if (!data.pair) return html`${settings}${refusedTask(ctx, data.problem, data.task)}`;
  const [source, target] = runsOf(data.way);
  const cells = data.measured.shape[1];
  const count = Array.from(data.measured.a).filter(Number.isFinite).length - data.first * data.measured.shape[0];
  return html`
    ${bothPrompts(data.pair)} ${settings}
    <p class="readout lead">The ${target} run gets what the ${source} run had. Measured and estimated agree with
      <b>r = ${rText(data.r)}</b> over ${whole(count)} of ${whole((cells - data.first) * data.measured.shape[0])}
      cells.</p>
    ${pictures(data, ctx)}
    <div class="side-by-side">${opened(data, chosenOf(data, ctx), ctx)}
      <div>${worst(data, (cell) => choose(ctx, cell))}</div></div>`;
}

/**
 * The chosen cell: the selected block, and by itself the strongest.
 * @param {PatchMap} data @param {ViewContext<any>} ctx
 */
function chosenOf(data, ctx) {
  const [layers, cells] = data.measured.shape;
  const said = ctx.controls.cell;
  if (said !== undefined && said !== null && said !== "")
    return { row: Math.min(layers - 1, ctx.focus.layer ?? 0), column: Math.min(cells - 1, Number(said)) };
  const sizes = Array.from(data.measured.a, (value) => (Number.isFinite(value) ? Math.abs(value) : -1));
  const at = sizes.indexOf(Math.max(...sizes));
  return { row: Math.floor(at / cells), column: at % cells };
}

/** @param {ViewContext<any>} ctx @param {{ row: number, column: number }} cell */
function choose(ctx, { row, column }) {
  ctx.control("cell", column);
  ctx.select({ layer: row });
}

/** @param {PatchMap} data @param {ViewContext<any>} ctx */
function pictures(data, ctx) {
  const wide = ctx.width >= WIDE;
  const width = wide ? Math.floor((ctx.width - 60) * 0.36) : Math.min(ctx.width, halfWidth(ctx.width) || ctx.width);
  const most = max(data.measured.a, (value) => (Number.isFinite(value) ? Math.abs(value) : 0)) || 1;
  const map = (
    /** @type {"measured" | "estimated"} */ of,
    /** @type {string} */ title,
    /** @type {string} */ note,
  ) => html`
    <div><h3 class="sub3">${title} <small>${note}</small></h3>${one(data, ctx, of, width, most)}</div>`;
  const runs = data.steps === 1 ? "one backward pass" : `${data.steps} backward passes`;
  return html`
    <div class="maps">
      ${map("measured", "Measured", "a run each")}
      ${map("estimated", "Estimated", runs)}
      <div><h3 class="sub3">Cell by cell <small>measured across, estimated up</small></h3>
        ${scatter(data, wide ? ctx.width - 2 * width - 60 : width, chosenOf(data, ctx), (cell) =>
          choose(ctx, cell),
        )}</div>
    </div>
    <p class="hint"><span class="ramp"></span> −${decimal(most, 1)} to +${decimal(most, 1)} logits of lead, one scale
    for both.
      ${data.first ? `Up to token ${data.first - 1} both prompts are the same, and nothing can differ.` : ""}</p>`;
}

/**
 * @param {PatchMap} data
 * @param {ViewContext<any>} ctx
 * @param {"measured" | "estimated"} of
 * @param {number} width
 * @param {number} most
 */
function one(data, ctx, of, width, most) {
  const [rows, columns] = data[of].shape;
  const selected = chosenOf(data, ctx);
  const value = (/** @type {number} */ row, /** @type {number} */ column) => data[of].a[row * columns + column];
  const heads = data.site === "z";
  const changed = (/** @type {number} */ at) => !heads && data.pair?.clean.a[at] !== data.pair?.corrupt.a[at];
  const look = (/** @type {number} */ at) => (at === selected.column ? "ink b" : changed(at) ? "prob" : "dim");
  const name = (/** @type {number} */ at) => (heads ? String(at) : cut(tokenText(data.pair?.clean.a[at] ?? 0), 8));
  return heat({
    label: `${of}: ${rows} blocks by ${columns} ${heads ? "heads" : "tokens"}`,
    ...{ width, rows, columns, value, most, selected },
    of: [data, of],
    head: heads ? 20 : 62,
    slanted: !heads,
    top: range(columns)
      .filter((at) => columns <= 28 || at % 2 === 0)
      .map((at) => ({ at, text: name(at), className: look(at) })),
    select: (cell) => choose(ctx, cell),
    told: (cell) => ({
      title: placeName(data, cell),
      details: [
        ["measured", signed(data.measured.a[cell.row * columns + cell.column])],
        ["estimated", signed(data.estimated.a[cell.row * columns + cell.column])],
      ],
    }),
  });
}

/** @param {PatchMap} data @returns {Row[]} */
export const rows = (data) => {
  const cells = data.measured.shape[1];
  return Array.from(data.measured.a, (measured, at) => ({
    block: Math.floor(at / cells),
    [data.site === "z" ? "head" : "position"]: at % cells,
    place:
      data.site === "z" ? headName(Math.floor(at / cells), at % cells) : tokenText(data.pair?.clean.a[at % cells] ?? 0),
    measured: Number.isFinite(measured) ? measured : null,
    estimated: data.estimated.a[at],
  }));
};
