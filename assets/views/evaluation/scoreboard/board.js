// @ts-check
/**
 * A row for each entry, a column for each task: accuracies with intervals as they are measured. A cell that is pressed
 * lists its items; a heading that is pressed sets the control `sort`.
 *
 * @import { BoardCell, Scoreboard } from "../../../types/evaluation"
 * @import { Drafts } from "../../../kit/controls/typed.js"
 * @import { Row, View, ViewContext } from "../../../kit/view"
 */
import { changeInside } from "../../../kit/controls/change_inside.js";
import { control } from "../../../kit/controls/declared.js";
import { legend } from "../../../kit/drawing/legend.js";
import { counted, percent } from "../../../kit/numbers/format.js";
import { sorting } from "../../../kit/numbers/sorting.js";
import { table } from "../../../kit/numbers/table.js";
import { range } from "../../../vendor/d3.js";
import { html, nothing } from "../../../vendor/lit.js";
import { items } from "./items.js";
import { picks } from "./picks.js";
import { at, LEVEL, look, rowName } from "./words.js";

/** @type {View<Scoreboard, Drafts>} */
export function board(data, ctx) {
  const cell = chosen(data, ctx);
  return html`
    <div class="picks">
      ${picks(ctx, "rows", data.offered)}
      ${picks(
        ctx,
        "tasks",
        data.choices.map((name) => ({ key: name, name })),
      )}
    </div>
    <div class="settings-row ruled">${control(ctx, "items", { as: "segmented" })}
      ${asked(ctx).includes("do") ? changeInside(ctx) : nothing}</div>
    <p class="readout">${lead(data)}</p>
    ${data.rows
      .filter(({ wrong }) => wrong)
      .map(({ name, wrong }) => html`<p class="readout" role="alert"><b>${name}</b>: ${wrong}</p>`)}
    ${cells(data, cell, ctx)}
    ${legend([
      ["below", `lower than the first row, adjusted p below ${LEVEL}`],
      ["above", `higher, adjusted p below ${LEVEL}`],
    ])}
    <p class="hint">Behind each accuracy stands its interval of 95 % (Wilson) over ${counted(data.items, "item")}. Each
      row reads the same items, with the examples that the task asks for; the likeliest choice counts (acc).</p>
    ${cell ? items(data, cell, ctx) : nothing}`;
}

/** @param {ViewContext<any>} ctx */
const asked = ({ controls }) => String(controls.rows ?? "").split(",");

/** The pressed cell, or the last one that is measured. @param {Scoreboard} data @param {ViewContext<any>} ctx */
function chosen(data, { controls }) {
  const [row, task] = String(controls.cell ?? "")
    .split(".")
    .map(Number);
  return at(data, row, task) ?? data.cells.at(0);
}

/** @param {Scoreboard} data */
function lead({ cells, rows, tasks, whole, comparisons }) {
  if (!whole)
    return `${cells.length} of ${rows.filter(({ wrong }) => !wrong).length * tasks.length} cells are measured.`;
  if (!comparisons) return "Only this model is measured: choose rows to compare it with.";
  const told = cells.filter(({ adjusted }) => adjusted !== null && adjusted < LEVEL).length;
  const alone = cells.filter(({ row, p }) => row > 0 && p < LEVEL).length;
  return html`<b>${told}</b> of ${counted(comparisons, "comparison")} with the first row
    ${told === 1 ? "shows" : "show"} a difference at ${LEVEL} by the exact test with Holm’s adjustment. Without the
    adjustment ${alone} would pass.`;
}

/** @param {Scoreboard} data @param {BoardCell | undefined} on @param {ViewContext<any>} ctx */
function cells(data, on, ctx) {
  const sorted = sorting(
    ctx,
    data.tasks.map(({ name }) => name),
  );
  const rows = sorted.ordered(range(data.rows.length), (row, name) => {
    const task = data.tasks.findIndex((each) => each.name === name);
    return at(data, row, task)?.accuracy ?? -1;
  });
  return table({
    label: "Accuracy by row and task",
    className: "keeps-names",
    rows,
    columns: [
      { name: "Row", cell: (row) => html`<b>${rowName(data, row)}</b>` },
      ...data.tasks.map(({ name, chance }, task) => ({
        name,
        title: `Chance is ${percent(chance)}`,
        number: true,
        ...sorted.by(name),
        cell: (/** @type {number} */ row) => pressed(at(data, row, task), on, ctx),
      })),
    ],
  });
}

/** @param {BoardCell | undefined} cell @param {BoardCell | undefined} on @param {ViewContext<any>} ctx */
function pressed(cell, on, ctx) {
  if (!cell) return "–";
  return html`<button type="button" class="cell ${look(cell)}" aria-pressed=${cell === on}
    @click=${() => ctx.control("cell", `${cell.row}.${cell.task}`)}>${percent(cell.accuracy, 0)}
    <small>${(100 * cell.low).toFixed(0)} to ${(100 * cell.high).toFixed(0)}</small></button>`;
}

/** @param {Scoreboard} data @returns {Row[]} */
export const rows = (data) =>
  data.cells.map((cell) => ({
    row: rowName(data, cell.row),
    task: data.tasks[cell.task].name,
    items: cell.taken.length,
    accuracy: cell.accuracy,
    low: cell.low,
    high: cell.high,
    chance: data.tasks[cell.task].chance,
    only_first_right: cell.only_first,
    only_this_right: cell.only_row,
    p: cell.row ? cell.p : null,
    p_adjusted: cell.adjusted,
  }));
