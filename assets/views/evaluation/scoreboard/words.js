// @ts-check
/**
 * What rows are called, which cell is where, and when it is marked.
 *
 * @import { BoardCell, Scoreboard } from "../../../types/evaluation"
 */

/** Of a finding. */
export const LEVEL = 0.05;

/** @param {Scoreboard} data @param {number} row @param {number} task */
export const at = ({ cells }, row, task) => cells.find((cell) => cell.row === row && cell.task === task);

/** @param {Scoreboard} data @param {number} row */
export const rowName = ({ rows }, row) => (rows[row].key ? rows[row].name : `${rows[row].name}, as it is`);

/** @param {BoardCell} cell */
export function look({ only_first, only_row, adjusted }) {
  if (adjusted === null || adjusted >= LEVEL) return "";
  return only_row < only_first ? "below" : "above";
}
