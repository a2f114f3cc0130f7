// @ts-check
/**
 * One bar of the waterfall: what it tells, and the way to its block.
 *
 * @import { ResidualWaterfall } from "../../../types/overview"
 * @import { First } from "../../../kit/runs/writers.js"
 * @import { Line } from "../../../kit/tooltip.js"
 * @import { Order, Step } from "./shares.js"
 *
 * @typedef {object} Waterfall
 * @property {ResidualWaterfall} data
 * @property {ResidualWaterfall | null} there of the other run
 * @property {Order} order
 * @property {Step[]} steps
 * @property {number} width in pixels
 * @property {{ first: First, second: string | null }} writers of each block
 * @property {string} label
 * @property {(block: number) => void} open
 * @property {string} beside how the other run is called
 */

import { pressing } from "../../../kit/controls/roving.js";
import { signed } from "../../../kit/numbers/format.js";
import { spoken, tooltip } from "../../../kit/tooltip.js";
import { svg } from "../../../vendor/lit.js";

/** Less of the picture's reach than this is too little for a number beside the bar. */
export const WRITTEN = 0.07;

/**
 * @param {Step} step
 * @param {unknown} drawn the bar and its words
 * @param {{ first: boolean, open: (block: number) => void, beside: string, written: (string | false)[] }} options
 *   `written`: its words, in the order of the picture
 */
export function bar(step, drawn, { first, open, beside, written }) {
  const tip = tooltip(step.name, told(step, beside));
  const { block } = step;
  const press = () => block !== null && open(block);
  return svg`
    <g class="mark-bar ${block === null ? "" : "opens"}" role=${block === null ? "img" : "button"}
      tabindex=${first ? 0 : -1} aria-label=${spoken({ written, called: step.name, lines: told(step, beside) })}
      @click=${press} @keydown=${pressing(press)}
      @pointermove=${tip.show} @pointerleave=${tip.hide} @focus=${tip.beside} @blur=${tip.hide}>${drawn}</g>`;
}

/** Toward or against the target, and whether attention wrote it. @param {Step} step */
export const barClass = ({ value, kind }) => `share ${value < 0 ? "against" : "toward"} ${kind}`;

/**
 * @param {Step} step
 * @param {string} beside
 * @returns {Line[]}
 */
function told(step, beside) {
  /** @type {Line[]} */
  const lines = [
    ["share", signed(step.value, 3)],
    ["running total", signed(step.to, 3)],
  ];
  if (step.before !== null) {
    lines.push([`share, ${beside}`, signed(step.before, 3)], ["change", signed(step.value - step.before, 3)]);
  }
  return step.block === null ? lines : [...lines, ["click", "open the block"]];
}
