// @ts-check
/**
 * The kinds of draft, and the settings that both views read.
 *
 * @import { ViewContext } from "../../../kit/view"
 */
import { decimal } from "../../../kit/format.js";

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

/**
 * A setting: what the link says goes before what was measured.
 * @template {string | number} Value
 * @param {ViewContext<any>} ctx
 * @param {string} name
 * @param {Value} own
 * @returns {Value}
 */
export function asked(ctx, name, own) {
  const said = ctx.controls[name];
  if (said === undefined) return own;
  return /** @type {Value} */ (typeof own === "number" ? Number(said) : String(said));
}
