// @ts-check
/**
 * A floating-point number read from its bits, as they are drawn.
 *
 * @import { FormatGrid, NumberGrid } from "../../../types/systems"
 */
import { split } from "./bits.js";

/** @param {FormatGrid} format */
export const isFloating = ({ fields }) => fields.some(({ kind }) => kind === "exponent");

/**
 * The parts of a code; `value` is before the group's step.
 * @param {FormatGrid} format
 * @param {number} code
 */
export function read({ fields }, code) {
  const bits = Object.fromEntries(split(fields, code).map(({ kind, bits }) => [kind, bits]));
  const bias = 2 ** (bits.exponent.length - 1) - 1;
  const power = Number.parseInt(bits.exponent, 2);
  const [part, parts] = [Number.parseInt(bits.mantissa, 2), 2 ** bits.mantissa.length];
  const size = power ? 2 ** (power - bias) * (1 + part / parts) : 2 ** (1 - bias) * (part / parts);
  return { negative: bits.sign === "1", bias, power, part, parts, value: bits.sign === "1" ? -size : size };
}

/**
 * The largest difference of what the drawn bits make from the stack's values, relative to these.
 * @param {NumberGrid} data
 */
export function misread({ formats }) {
  let most = 0;
  for (const format of formats.filter(isFloating))
    for (const [at, value] of format.values.a.entries()) {
      const apart = Math.abs(read(format, format.codes.a[at]).value * format.step - value);
      most = Math.max(most, apart / (Math.abs(value) || 1));
    }
  return most;
}
