// @ts-check
/**
 * A number of one's own to type: the server says whether it may be, and the sentence that refuses it.
 *
 * @import { NumberLimits } from "../../../types/inference"
 * @import { ViewContext } from "../../../kit/view"
 */
import { number } from "../../../kit/controls/controls.js";

/** What the link says of a field that is empty. */
const EMPTY = "empty";
/** Figures of a number that begins the field. */
const FIGURES = 4;

/**
 * @param {Pick<ViewContext, "controls" | "control">} ctx
 * @param {string} name
 * @param {NumberLimits} limits
 */
export function numberField(ctx, name, { label, unit, low, high, start }) {
  return number({
    label: unit ? `${label}, ${unit}` : label,
    value: held(ctx.controls[name], start),
    least: low,
    most: high,
    written: (text) => ctx.control(name, text === "" ? EMPTY : text),
  });
}

/**
 * What the field can hold: the link may say anything.
 * @param {string | number | undefined} said
 * @param {number} start
 */
export function held(said, start) {
  if (said === undefined) return Number.isInteger(start) ? start : Number(start.toPrecision(FIGURES));
  return said !== "" && Number.isFinite(Number(said)) ? said : "";
}
