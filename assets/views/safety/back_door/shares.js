// @ts-check
/** Parts of answers, and the names of groups and lead-ins. @import { DoorShare } from "../../../types/safety" */
import { percent } from "../../../kit/numbers/format.js";
import { html } from "../../../vendor/lit.js";

/** @type {Record<string, string>} */
export const GROUPS = {
  taught: "read often, with the trigger",
  other: "read often, never with the trigger",
  never: "never read",
};

/** @param {string} lead */
export const leadName = (lead) => (lead ? `“${lead}”` : "no lead-in");

/** A part with its interval. @param {DoorShare} share */
export const part = ({ count, n, low, high }) =>
  html`${percent(count / n, 0)} <small>${percent(low, 0)} to ${percent(high, 0)}</small>`;

/** Of several models together, as a part. @param {DoorShare[]} shares */
export const together = (shares) =>
  shares.reduce((sum, { count }) => sum + count, 0) / shares.reduce((sum, { n }) => sum + n, 0);
