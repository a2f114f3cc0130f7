// @ts-check
/**
 * The columns of a row's making: where each stage stands, what it is called, and the scale of the first one.
 *
 * @import { AttentionHead } from "../../../types/overview"
 * @import { Making } from "./making.js"
 * @import { Scoring } from "./weights.js"
 *
 * @typedef {"product" | "scaled" | "mask" | "exp" | "weight" | "valued"} Stage
 * @typedef {{ x: number, width: number, end: number }} Column
 * @typedef {Partial<Record<Stage, Column>>} Columns
 */
import { decimal } from "../../../kit/numbers/format.js";
import { extent, scaleLinear } from "../../../vendor/d3.js";
import { nothing, svg } from "../../../vendor/lit.js";
import { dotProduct, scaleText } from "./weights.js";

/** Each stage's share of the width. @type {Record<"wide" | "narrow", [Stage, number][]>} */
const STAGES = {
  wide: [
    ["product", 0.25],
    ["scaled", 0.1],
    ["mask", 0.08],
    ["exp", 0.11],
    ["weight", 0.22],
    ["valued", 0.24],
  ],
  narrow: [
    ["product", 0.26],
    ["scaled", 0.2],
    ["weight", 0.28],
    ["valued", 0.26],
  ],
};
const GAP = { wide: 12, narrow: 8 };
/** Pixels for the tokens' names, and for their positions where not all keys are listed. */
const NAMES = { wide: 70, narrow: 62 };
export const POSITIONS = 36;
/** Pixels above the lines: the map's names, so that both begin at one height. */
export const TOP = 66;
/** Pixels that the first column leaves for its numbers. */
const PRODUCT = 38;

/** @param {number} width */
export const isNarrow = (width) => width < 480;

/**
 * Pixels for the names, and the positions where they stand beside them.
 * @param {boolean} narrow
 * @param {boolean} some
 */
export const namesWidth = (narrow, some) => NAMES[narrow ? "narrow" : "wide"] + (some ? POSITIONS : 0);

/**
 * @param {number} width
 * @param {number} names
 * @param {boolean} narrow
 * @returns {Columns}
 */
export function columnsIn(width, names, narrow) {
  const kind = narrow ? "narrow" : "wide";
  const stages = STAGES[kind];
  const free = width - names - GAP[kind] * (stages.length - 1);
  let x = names;
  return Object.fromEntries(
    stages.map(([stage, share]) => {
      const column = { x, width: share * free, end: x + share * free };
      x = column.end + GAP[kind];
      return [stage, column];
    }),
  );
}

/**
 * Pixels of a scaled score in the first column, whose zero lies where the smallest one leaves it.
 * @param {number[]} keys
 * @param {Scoring} row
 * @param {Columns} columns
 * @param {boolean} narrow
 */
export function productScale(keys, row, { product }, narrow) {
  const [least = 0, most = 0] = extent([0, ...keys.map(row.score)]);
  const { x = 0, end = 0 } = product ?? {};
  return scaleLinear([least, most > least ? most : least + 1], [x + 2, end - 4 - (narrow ? 0 : PRODUCT)]);
}

/**
 * @param {AttentionHead} data
 * @param {Making} making
 * @param {Columns} columns
 * @param {boolean} narrow
 */
export function headings(data, { keys, row }, columns, narrow) {
  const [least = 0, most = 0] = extent(keys.map(row.score));
  const span = `${decimal(dotProduct(data, least), 0)} to ${decimal(dotProduct(data, most), 0)}`;
  const scale = scaleText(data, narrow) + (data.softcap ? ", cap" : "");
  const soft = narrow ? "exp ÷ Σ" : `exp ÷ ${decimal(row.sum)}`;
  /** @type {[Stage, string, string][]} */
  const texts = [
    ["product", "q · k", span],
    ["scaled", scale, narrow ? "mask" : ""],
    ["mask", "mask", ""],
    ["exp", "exp", "s − max"],
    ["weight", "softmax", soft],
    ["valued", narrow ? "× |vW_O|" : "value-weighted", narrow ? "÷ sum" : "× |v W_O|, ÷ sum"],
  ];
  return texts.map(([stage, heading, below]) => {
    const column = columns[stage];
    if (!column) return nothing;
    const left = ["product", "weight", "valued"].includes(stage);
    const [x, anchor] = left ? [column.x, "start"] : [column.end, "end"];
    return svg`
      <text class="h" x=${x} y=${TOP - 34} text-anchor=${anchor}>${heading}</text>
      <text class="dim" x=${x} y=${TOP - 17} text-anchor=${anchor}>${below}</text>`;
  });
}
