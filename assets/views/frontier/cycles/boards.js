// @ts-check
/**
 * Boards of a Sudoku: small ones in rows, one after each cycle, and a large one with every digit's probability.
 *
 * @import { CyclesThink } from "../../../types/frontier"
 * @import { ViewContext } from "../../../kit/view"
 */
import { bar, rule, text } from "../../../kit/drawing/marks.js";
import { items, picture } from "../../../kit/drawing/picture.js";
import { percent, scientific } from "../../../kit/numbers/format.js";

const SIDE = 4;
export const CELLS = 16;
/** Pixels of a small cell, between boards, and of the line of words below one. */
const SMALL = { cell: 19, gap: 22, words: 22 };

/** @param {number} cell */
const column = (cell) => cell % SIDE;
/** @param {number} cell */
const row = (cell) => Math.floor(cell / SIDE);
const cells = Array.from({ length: CELLS }, (_, cell) => cell);

/** What a cell says after a cycle. @param {CyclesThink} data @param {number} at @param {number} cell */
export const digit = ({ answers }, at, cell) => answers.a[at * CELLS + cell];

/**
 * Whether a cell says otherwise than after the cycle before.
 * @param {CyclesThink} data @param {number} at @param {number} cell
 */
export const changed = (data, at, cell) => at > 0 && digit(data, at, cell) !== digit(data, at - 1, cell);

/**
 * Whether it is another digit than the only solution’s, or than what is given.
 * @param {CyclesThink} data @param {number} at @param {number} cell
 */
export const wrong = ({ answers, puzzle, solution, solutions }, at, cell) => {
  const says = answers.a[at * CELLS + cell];
  if (puzzle.a[cell]) return says !== puzzle.a[cell];
  return solutions === 1 && says !== solution.a[cell];
};

/** The probability of what a cell says. @param {CyclesThink} data @param {number} at @param {number} cell */
const sure = (data, at, cell) => data.probabilities.a[(at * CELLS + cell) * SIDE + digit(data, at, cell) - 1];

/** The mean over blank cells. @param {CyclesThink} data @param {number} at */
export const confidence = (data, at) => {
  const blank = cells.filter((cell) => !data.puzzle.a[cell]);
  return blank.reduce((sum, cell) => sum + sure(data, at, cell), 0) / Math.max(1, blank.length);
};

/** @param {CyclesThink} data @param {number} at */
export const count = (data, at) => cells.filter((cell) => changed(data, at, cell)).length;

/**
 * @param {CyclesThink} data
 * @param {ViewContext<any>} ctx
 * @param {number} at the chosen one, from 0
 */
export function boards(data, ctx, at) {
  const { cell, gap, words } = SMALL;
  const board = SIDE * cell;
  const across = Math.max(1, Math.floor((ctx.width + gap) / (board + gap)));
  const all = Array.from({ length: data.right.length }, (_, cycle) => cycle);
  const down = Math.ceil(all.length / across);
  const left = (/** @type {number} */ cycle) => (cycle % across) * (board + gap);
  const top = (/** @type {number} */ cycle) => Math.floor(cycle / across) * (board + words + gap / 2) + 3;
  const drawn = (/** @type {number} */ cycle) => [
    bar({ x: [left(cycle), left(cycle) + board], y: [top(cycle), top(cycle) + board], color: "surface" }),
    bar({
      data: cells.filter((each) => changed(data, cycle, each)),
      x: (each) => [left(cycle) + column(each) * cell, left(cycle) + (column(each) + 1) * cell],
      y: (each) => [top(cycle) + row(each) * cell, top(cycle) + (row(each) + 1) * cell],
      color: "prob-soft",
    }),
    lines(left(cycle), top(cycle), cell),
    text({
      data: cells,
      x: (each) => left(cycle) + (column(each) + 0.5) * cell,
      y: (each) => top(cycle) + (row(each) + 0.5) * cell,
      anchor: "middle",
      text: (each) => digit(data, cycle, each),
      className: (each) => look(data, cycle, each),
    }),
    text({
      x: left(cycle) + board / 2,
      y: top(cycle) + board + 15,
      anchor: "middle",
      text: `${cycle + 1} ${data.right[cycle] ? "✓" : "✗"}`,
      className: cycle === at ? "now" : "ink",
    }),
  ];
  return picture({
    label: `The answer after each of ${all.length} cycles; arrow keys walk them`,
    width: ctx.width,
    height: down * (board + words + gap / 2) + 4,
    y: [down * (board + words + gap / 2) + 4, 0],
    x: [0, ctx.width],
    marks: [
      all.map(drawn),
      items({
        data: all,
        told: (cycle) => ({
          title: `After cycle ${cycle + 1}`,
          lines: [
            ["answer", data.right[cycle] ? "right" : "wrong"],
            ["cells changed", cycle ? String(count(data, cycle)) : "–"],
            ["mean probability of its digits", percent(confidence(data, cycle), 1)],
            ["halting head", percent(data.halt.a[cycle], 1)],
            ["state moved by", scientific(data.moved.a[cycle])],
          ],
        }),
        press: (cycle) => ctx.control("at", cycle + 1),
        chosen: (cycle) => cycle === at,
        hit: (cycle) => ({
          x: [left(cycle) - 3, left(cycle) + board + 3],
          y: [top(cycle) - 3, top(cycle) + board + words],
        }),
        marks: () => [],
      }),
    ],
  });
}

/** @param {CyclesThink} data @param {number} at @param {number} cell */
const look = (data, at, cell) =>
  wrong(data, at, cell) ? "digit wrong" : data.puzzle.a[cell] ? "digit given" : "digit";

/** @param {number} left @param {number} top @param {number} cell */
const lines = (left, top, cell) =>
  [0, 1, 2, 3, 4].flatMap((at) => [
    rule({
      ...{ x: [left, left + SIDE * cell], y: [top + at * cell, top + at * cell] },
      color: at % 2 ? "line2" : "ink3",
    }),
    rule({
      ...{ x: [left + at * cell, left + at * cell], y: [top, top + SIDE * cell] },
      color: at % 2 ? "line2" : "ink3",
    }),
  ]);

/**
 * One board, and in each cell a bar for each digit: how likely it is.
 * @param {CyclesThink} data
 * @param {number} width
 * @param {number} at
 */
export function large(data, width, at) {
  const size = Math.min(width, 328);
  const cell = (size - 8) / SIDE;
  const bars = cells.flatMap((each) => [0, 1, 2, 3].map((one) => ({ each, one })));
  const p = (/** @type {{ each: number, one: number }} */ { each, one }) =>
    data.probabilities.a[(at * CELLS + each) * SIDE + one];
  return picture({
    label: `The board after cycle ${at + 1}: ${cells.map((each) => digit(data, at, each)).join(" ")}`,
    ...{ width: size, height: size, x: [0, size], y: [size, 0] },
    marks: [
      bar({
        data: cells.filter((each) => changed(data, at, each)),
        x: (each) => [4 + column(each) * cell, 4 + (column(each) + 1) * cell],
        y: (each) => [4 + row(each) * cell, 4 + (row(each) + 1) * cell],
        color: "prob-soft",
      }),
      lines(4, 4, cell),
      text({
        data: cells,
        x: (each) => 4 + (column(each) + 0.5) * cell,
        y: (each) => 4 + (row(each) + 0.36) * cell,
        dy: 9,
        anchor: "middle",
        text: (each) => digit(data, at, each),
        className: (each) => `${look(data, at, each)} big`,
      }),
      bar({
        data: bars,
        x: ({ each, one }) => [
          4 + (column(each) + 0.2 + 0.16 * one) * cell,
          4 + (column(each) + 0.2 + 0.16 * one + 0.12) * cell,
        ],
        y: (one) => [4 + (row(one.each) + 0.94) * cell, 4 + (row(one.each) + 0.94 - 0.3 * p(one)) * cell],
        least: 1,
        color: "river-deep",
      }),
    ],
  });
}
