// @ts-check
/**
 * How one format makes a value of a code: the level that its bits say, times the group's step.
 *
 * @import { FormatGrid } from "../../../types/systems"
 * @import { Line } from "../../../kit/numbers/derivation"
 */
import { decimal } from "../../../kit/numbers/format.js";
import { split } from "./bits.js";
import { isFloating, read } from "./floating.js";
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
    { name: "Level", formula: levelOf(format, format.codes.a[place], level), result: levelText(level) },
    {
      name: "Value",
      formula: `${levelText(level)} · ${small(step)}${lowest}`,
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
function levelOf(format, code, level) {
  if (isFloating(format)) return floating(format, code);
  const [{ kind, bits }] = split(format.fields, code);
  if (kind === "trit") return `${code} − 1`;
  if (kind === "index") return `entry ${bits}₂ = ${code} of the table`;
  const offset = Math.round(code - level);
  return offset ? `${bits}₂ − ${offset} = ${code} − ${offset}` : `${bits}₂`;
}

/**
 * @param {FormatGrid} format
 * @param {number} code
 */
function floating(format, code) {
  const { negative, power, bias, part, parts } = read(format, code);
  const share = `${part}/${parts}`;
  const size = power ? `2^(${power} − ${bias}) · (1 + ${share})` : `2^(1 − ${bias}) · ${share}`;
  return negative ? `−${size}` : size;
}

/** @param {number} value */
const bracketed = (value) => (value < 0 ? `(${written(value)})` : written(value));

/** A level: a whole number where it is one. @param {number} level */
const levelText = (level) =>
  Math.abs(level - Math.round(level)) < 1e-3
    ? decimal(level, 0)
    : Math.abs(level) < 2
      ? written(level)
      : decimal(level, 3);

/** A step of any size. @param {number} step */
const small = (step) => (Math.abs(step) >= 1e-4 ? written(step) : step.toExponential(3).replace("e-", " · 10^−"));
