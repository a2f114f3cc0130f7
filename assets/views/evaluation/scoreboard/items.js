// @ts-check
/**
 * The items of one cell: what it takes, what the first row takes, and the paired test in words.
 *
 * @import { BoardCell, Scoreboard } from "../../../types/evaluation"
 * @import { ViewContext } from "../../../kit/view"
 */
import { counted, percent, signed } from "../../../kit/numbers/format.js";
import { rightOrWrong } from "../../../kit/numbers/right_wrong.js";
import { table } from "../../../kit/numbers/table.js";
import { range } from "../../../vendor/d3.js";
import { html } from "../../../vendor/lit.js";
import { at, LEVEL, rowName } from "./words.js";

/** @param {Scoreboard} data @param {BoardCell} cell @param {ViewContext<any>} ctx */
export function items(data, cell, ctx) {
  const task = data.tasks[cell.task];
  const first = at(data, 0, cell.task) ?? cell;
  const took = (/** @type {BoardCell} */ of, /** @type {number} */ item) => {
    const { choices, gold } = task.items[item];
    return rightOrWrong(of.taken[item] === gold, choices[of.taken[item]]);
  };
  return html`
    <h3 class="sub3">Items: ${rowName(data, cell.row)}, ${task.name}</h3>
    <p class="readout">${words(data, cell)}</p>
    <div class="listed">${table({
      label: "Items of the cell",
      rows: range(task.items.length),
      columns: [
        {
          name: "item",
          cell: (item) =>
            html`<button class="linkbtn" type="button" @click=${() => open(task, item, ctx)}>Open
              ${task.items[item].id}</button>`,
        },
        { name: "question", className: "question", cell: (item) => task.items[item].text },
        ...(cell.row ? [{ name: "first row", cell: (/** @type {number} */ item) => took(first, item) }] : []),
        { name: cell.row ? "this row" : "taken", cell: (item) => took(cell, item) },
        { name: "right answer", cell: (item) => task.items[item].choices[task.items[item].gold] },
        {
          name: "margin, nats",
          number: true,
          title: "log p of the right answer less that of the best other",
          cell: (item) => signed(margin(cell.scores[item], task.items[item].gold)),
        },
      ],
    })}</div>
    <p class="hint">“Open” shows the item in <b>One item, opened</b>, read by this page’s model.</p>`;
}

/** @param {Scoreboard["tasks"][number]} task @param {number} item @param {ViewContext<any>} ctx */
function open({ name, shots, items }, item, ctx) {
  ctx.control("task", name, "one_item");
  ctx.control("item", items[item].id, "one_item");
  ctx.control("shots", shots, "one_item");
  ctx.go("one_item", "choices");
}

/** @param {readonly number[]} scores @param {number} gold */
const margin = (scores, gold) => scores[gold] - Math.max(...scores.filter((_, at) => at !== gold));

/** What the row's cache does to prompts of this length. @param {Scoreboard} data @param {BoardCell} cell */
function cacheWords({ rows, tasks }, cell) {
  const { acts_from } = rows[cell.row];
  const { longest } = tasks[cell.task];
  if (acts_from === null || longest === null) return "";
  return longest < acts_from
    ? `The longest prompt with its answer has ${counted(longest, "token")}: this cache holds all of it, in 16 bits.`
    : `This cache holds less than the whole from ${counted(acts_from, "token")} on; the longest prompt with its answer
      has ${longest}.`;
}

/** @param {Scoreboard} data @param {BoardCell} cell */
function words(data, cell) {
  const n = cell.taken.length;
  const { chance } = data.tasks[cell.task];
  const inside = chance >= cell.low && chance <= cell.high;
  const right = html`<b>${Math.round(cell.accuracy * n)} of ${counted(n, "item")}</b> are right:
    ${percent(cell.accuracy, 1)}, with an interval of 95 % from ${percent(cell.low, 1)} to
    ${percent(cell.high, 1)}. Chance is ${percent(chance)}${inside ? ", which lies inside it" : ""}.
    ${cacheWords(data, cell)}`;
  if (!cell.row) return right;
  const { only_first, only_row, p, adjusted } = cell;
  const flipped = html`${only_first} ${only_first === 1 ? "is" : "are"} right only in the first row, ${only_row} only in
    this one; a fair coin for each of these is as one-sided in ${percent(p, 1)} of all cases.`;
  if (adjusted === null) return html`${right} ${flipped}`;
  return html`${right} ${flipped} Adjusted for ${counted(data.comparisons, "comparison")}, p is
    <b>${adjusted < 0.001 ? "below 0.001" : adjusted.toFixed(3)}</b>: ${
      adjusted < LEVEL ? "this row differs from the first." : "these items do not tell this row from the first."
    }`;
}
