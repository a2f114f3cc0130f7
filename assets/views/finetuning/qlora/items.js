// @ts-check
/** What several views say of losses. */
import { control } from "../../../kit/controls/declared.js";

/** @import { ViewContext } from "../../../kit/view" */

/** @param {readonly number[]} losses */
export const mean = (losses) => losses.reduce((sum, each) => sum + each, 0) / losses.length;

/** How many of the first are larger. @param {readonly number[]} losses @param {readonly number[]} than */
export const worse = (losses, than) => losses.filter((loss, at) => loss > than[at]).length;

/**
 * @param {ViewContext} ctx
 * @param {"first" | "second"} name
 * @param {string} value
 * @param {readonly string[]} choices
 */
export const choose = (ctx, name, value, choices) => control(ctx, name, { choices, value, as: "select" });
