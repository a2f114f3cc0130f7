// @ts-check
/**
 * A Sudoku of one's own, and what a recursive net answers after every cycle.
 *
 * @import { CyclesThink } from "../../../types/frontier"
 * @import { Drafts } from "../../../kit/controls/typed.js"
 * @import { Row, View, ViewContext } from "../../../kit/view"
 */
import { plot } from "../../../kit/chart/plot.js";
import { control } from "../../../kit/controls/declared.js";
import { typed, typedText } from "../../../kit/controls/typed.js";
import { legend } from "../../../kit/drawing/legend.js";
import { halfWidth } from "../../../kit/layout.js";
import { counted } from "../../../kit/numbers/format.js";
import { rightOrWrong } from "../../../kit/numbers/right_wrong.js";
import { table } from "../../../kit/numbers/table.js";
import { html } from "../../../vendor/lit.js";
import { boards, CELLS, confidence, count, digit, large } from "./boards.js";

const HEIGHT = 200;

/** @type {View<CyclesThink, Drafts>} */
export function think(data, ctx) {
  const settings = html`<div class="settings-row ruled">${control(ctx, "net")} ${control(ctx, "cycles")}
      ${control(ctx, "seed")}</div>
    ${typed({ name: "puzzle", value: typedText("puzzle", undefined, ctx), single: true, named: true }, ctx)}`;
  if (data.problem) return html`${settings}<p class="readout lead">${data.problem}</p>`;
  const last = data.right.length;
  const said = ctx.controls.at;
  const at = said === undefined || said === null || said === "" ? last - 1 : Math.min(last, Number(said)) - 1;
  return html`
    ${settings}
    <p class="readout lead">${asked(data)} ${course(data)} ${halting(data)}</p>
    ${boards(data, ctx, at)}
    ${legend([
      [{ color: "prob-soft" }, "changed by this cycle"],
      [{ color: "ink" }, "given in the puzzle (bold)"],
      [{ color: "bad" }, "not the solution’s digit (underlined)"],
    ])}
    <div class="side-by-side">
      <div><h3 class="sub3">After cycle ${at + 1}
        <small>bars: the probability of 1, 2, 3 and 4 in each cell</small></h3>
        ${large(data, halfWidth(ctx.width), at)}</div>
      <div>${courses(data, ctx, at)}</div>
    </div>
    ${ends(data)}
    <p class="hint">A cycle is one function of the state alone, so that a state stays for good once a cycle does not
      change it: a fixed point. It is counted as one where the cycle moves it by less than ${data.still} of its length.
      In
      training this net thought for up to ${counted(data.most, "cycle")} about a puzzle. Another way to think without
      words is a chain of latents (Coconut): the last hidden state is fed back as the next embedding.</p>`;
}

/** @param {CyclesThink} data */
function asked({ puzzle, solutions }) {
  const blank = Array.from(puzzle.a).filter((each) => !each).length;
  const so = solutions === 1 ? "one solution" : solutions ? `${solutions} solutions` : "no solution";
  return html`${counted(blank, "cell")} of 16 ${blank === 1 ? "is" : "are"} blank, and the puzzle has ${so}.`;
}

/** @param {CyclesThink} data */
function course(data) {
  const first = data.right.indexOf(true);
  const last = data.right.length;
  if (first < 0) return html`<b>No cycle of ${last} gives a solution.</b>`;
  const stays = data.right.slice(first).every(Boolean);
  return html`The answer is right <b>from cycle ${first + 1} on</b>${
    stays ? "." : `, and is lost again: ${data.right.filter(Boolean).length} of ${last} answers are right.`
  }`;
}

/** @param {CyclesThink} data */
function halting({ halt, right, moved, still }) {
  const at = Array.from(halt.a).findIndex((each) => each > 0.5);
  const stands = Array.from(moved.a).findIndex((each) => each < still);
  const yes =
    at < 0
      ? "The halting head never says that it is right."
      : `The halting head says so after cycle ${at + 1}${right[at] ? "" : ", wrongly"}.`;
  const so = stands < 0 ? "The state does not stand still." : `From cycle ${stands + 1} on the state stands still.`;
  return `${yes} ${so}`;
}

/** @param {CyclesThink} data @param {ViewContext<any>} ctx @param {number} at */
function courses(data, ctx, at) {
  const x = data.right.map((_, cycle) => cycle + 1);
  const shown = { marks: [{ x: at + 1, color: "ink3", dash: "dot" }], margin: { r: 14, t: 12 } };
  const onClick = (/** @type {{ index: number } | undefined} */ point) => point && ctx.control("at", point.index + 1);
  return html`<h3 class="sub3">How sure it is</h3>
    ${plot({
      label: "Probability of its digits and of the halting head by cycle; arrow keys walk the cycles",
      height: HEIGHT,
      traces: [
        {
          x,
          y: x.map((_, cycle) => confidence(data, cycle)),
          name: "mean probability of its digits",
          mode: "lines+markers",
        },
        { x, y: data.halt, name: "halting head: it is right", color: "prob", mode: "lines+markers" },
      ],
      x: { title: "cycle" },
      y: { range: [0, 1.03] },
      onClick,
      ...{ ...shown, margin: { r: 14, t: 44 } },
    })}
    <h3 class="sub3">How far a cycle moves the state <small>share of its length</small></h3>
    ${plot({
      label: "How far each cycle moves the state, share of its length; arrow keys walk the cycles",
      height: HEIGHT,
      traces: [{ x, y: data.moved, mode: "lines+markers", hover: "%{y:.2e} in cycle %{x}<extra></extra>" }],
      x: { title: "cycle" },
      y: { type: "log" },
      onClick,
      ...shown,
    })}`;
}

/** @param {CyclesThink} data */
function ends(data) {
  const starts = data.ends.reduce((sum, end) => sum + end.count, 0);
  return html`<h3 class="sub3">From ${starts} random first states
    <small>what the same number of cycles ends with</small></h3>
    ${table({
      label: "Answers from random first states",
      rows: data.ends.slice(0, 8),
      columns: [
        { name: "Answer", cell: ({ answer }) => html`<span class="mono">${written(answer)}</span>` },
        { name: "Right?", cell: ({ right }) => rightOrWrong(right) },
        { name: "states", number: true, cell: (each) => each.count },
        { name: "standing still", number: true, cell: (each) => each.still },
      ],
    })}
    ${data.ends.length > 8 ? html`<p class="hint">${data.ends.length - 8} more answers are in the CSV file.</p>` : ""}`;
}

/** Row by row. @param {CyclesThink["ends"][number]["answer"]} answer */
const written = ({ a }) =>
  [0, 4, 8, 12]
    .map((from) =>
      Array.from(a)
        .slice(from, from + 4)
        .join(""),
    )
    .join(" ");

/** @type {(data: CyclesThink) => Row[]} */
export const rows = (data) => [
  ...data.right.map((right, cycle) => ({
    ...{ cycle: cycle + 1, right, changed: cycle ? count(data, cycle) : null },
    answer: Array.from({ length: CELLS }, (_, cell) => digit(data, cycle, cell)).join(""),
    confidence: confidence(data, cycle),
    halt: data.halt.a[cycle],
    moved: data.moved.a[cycle],
    random_states: null,
  })),
  ...data.ends.map(({ answer, right, count: states }) => ({
    ...{ cycle: data.right.length, right, changed: null },
    answer: Array.from(answer.a).join(""),
    ...{ confidence: null, halt: null, moved: null, random_states: states },
  })),
];
