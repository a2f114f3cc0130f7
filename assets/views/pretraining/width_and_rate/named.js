// @ts-check
/** Names and colours of the two parametrisations. */
import { median } from "../../../vendor/d3.js";

/** @type {Record<string, string>} */
export const NAMED = { standard: "standard", mup: "muP" };
/** @type {Record<string, string>} */
export const LOOKS = { standard: "neg", mup: "prob" };

/** The median, of which there is one. @param {number[]} values */
export const middle = (values) => median(values) ?? Number.NaN;
