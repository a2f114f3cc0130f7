// @ts-check
/**
 * Shares with their intervals, and the numbers of a guard at the chosen rate of false alarms.
 *
 * @import { GuardArea, GuardAt, GuardShare, GuardTrial } from "../../../types/safety"
 * @import { ViewContext } from "../../../kit/view"
 */
import { decimal, percent, signed } from "../../../kit/numbers/format.js";
import { html } from "../../../vendor/lit.js";

/** The colour of each guard. @type {Record<string, string>} */
export const COLOURS = { minilm: "prob", stream: "neg" };

/** A percentage without its sign. @param {number} share */
const points = (share) => (100 * share).toFixed(0);

/** @param {GuardShare} of */
export const bounds = ({ low, high }) => `${points(low)} to ${points(high)} %`;

/** A share in a cell, its interval below. @param {GuardShare} of */
export const share = (of) => html`${percent(of.share, 0)}<small>${bounds(of)}</small>`;

/** @param {GuardArea} of */
export const area = (of) => html`${decimal(of.area, 3)}<small>${decimal(of.low, 2)} to ${decimal(of.high, 2)}</small>`;

/** @param {GuardArea} of */
export const signedArea = ({ area: value, low, high }) =>
  `${signed(value, 3)} (95 %: ${signed(low, 3)} to ${signed(high, 3)})`;

/** What is flagged at the chosen rate. @param {GuardTrial} trial @param {ViewContext<any>} ctx @returns {GuardAt} */
export const atRate = ({ at }, ctx) => at.find(({ rate }) => rate === Number(ctx.controls.rate)) ?? at[0];
