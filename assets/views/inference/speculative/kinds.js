// @ts-check
/** The kinds of draft. */
import { decimal } from "../../../kit/numbers/format.js";

/** @type {[key: string, name: string][]} */
export const KINDS = [
  ["int4", "4-bit weights"],
  ["int8", "8-bit weights"],
  ["lookup", "Prompt look-up"],
  ["skip", "Without middle blocks"],
  ["exit", "Early exit"],
];

const NAMES = new Map(KINDS);

/** @param {string} kind */
export const kindName = (kind) => NAMES.get(kind) ?? kind;

/** Whether the draft is some of the model's own blocks. @param {string} kind */
export const isPartial = (kind) => kind === "skip" || kind === "exit";

/** @param {number} value */
export const times = (value) => `${decimal(value)} ×`;
