// @ts-check
/**
 * How one format makes a value of a code: the level that its bits say, times the group's step.
 *
 * @import { FormatGrid } from "../../../types"
 * @import { Line } from "../../../kit/derivation"
 */
import { decimal } from "../../../kit/format.js";
import { split } from "./bits.js";
import { written } from "./numbers.js";

/**
 * @param {FormatGrid} format
 * @param {number} number
 * @param {number} place
 * @returns {Line[]}
 */
export function workedOut(format, number, place) {
  const { step, low } = format;
  const value = format.values.a[place];
  const level = (value - (low ?? 0)) / step;
  const lowest = low === null ? "" : ` + ${bracketed(low)}`;
  return [
    { name: "Level", formula: levelOf(format, format.codes.a[place], level), result: written4(level) },
    {
      name: "Value",
      formula: `${written4(level)} · ${small(step)}${lowest}`,
      result: written(value),
      note: `level × step${low === null ? "" : " + lowest weight"}`,
    },
    { name: "Error", formula: `${written(value)} − ${bracketed(number)}`, result: written(value - number) },
  ];
}

/**
 * @param {FormatGrid} format
 * @param {number} code
 * @param {number} level
 */
function levelOf({ fields }, code, level) {
  const parts = Object.fromEntries(split(fields, code).map(({ kind, bits }) => [kind, bits]));
  if (parts.exponent !== undefined) return floating(parts.sign, parts.exponent, parts.mantissa);
  if (parts.integer !== undefined) {
    const offset = Math.round(code - level);
    return offset ? `${parts.integer}₂ − ${offset} = ${code} − ${offset}` : `${parts.integer}₂`;
  }
  return parts.index === undefined ? `${code} − 1` : `entry ${parts.index}₂ = ${code} of the table`;
}

/**
 * @param {string} sign
 * @param {string} exponent
 * @param {string} mantissa
 */
function floating(sign, exponent, mantissa) {
  const bias = 2 ** (exponent.length - 1) - 1;
  const power = Number.parseInt(exponent, 2);
  const share = `${Number.parseInt(mantissa, 2)}/${2 ** mantissa.length}`;
  const minus = sign === "1" ? "−" : "";
  return power ? `${minus}2^(${power} − ${bias}) · (1 + ${share})` : `${minus}2^(1 − ${bias}) · ${share}`;
}

/** @param {number} value */
const bracketed = (value) => (value < 0 ? `(${written(value)})` : written(value));

/** A level: a whole number where it is one. @param {number} level */
const written4 = (level) =>
  Math.abs(level - Math.round(level)) < 1e-3
    ? decimal(level, 0)
    : Math.abs(level) < 2
      ? written(level)
      : decimal(level, 3);

/** A step of any size. @param {number} step */
const small = (step) => (Math.abs(step) >= 1e-4 ? written(step) : step.toExponential(3).replace("e-", " · 10^−"));
