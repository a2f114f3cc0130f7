// @ts-check
/** Names and colours of the two parametrisations. */
import { decimal, signed, tenTo } from "../../../kit/numbers/format.js";
import { median } from "../../../vendor/d3.js";
import { html } from "../../../vendor/lit.js";

/** @type {Record<string, string>} */
export const NAMED = { standard: "standard", mup: "muP" };
/** @type {Record<string, string>} */
export const LOOKS = { standard: "neg", mup: "prob" };

/** The median, of which there is one. @param {number[]} values */
export const middle = (values) => median(values) ?? Number.NaN;

/** A power of two. @param {number} exponent @param {number} [digits] */
export const power = (exponent, digits = 1) => html`2<sup>${decimal(exponent, digits)}</sup>`;

/** By how much it grows or shrinks. @param {number} exponent */
export const factor = (exponent) => html`2<sup>${signed(exponent, 1)}</sup>`;

/** Two to a whole power, in signs alone. @param {number} exponent */
export const twoTo = (exponent) => tenTo(exponent).replace("10", "2");
