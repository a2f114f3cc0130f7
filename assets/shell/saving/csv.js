// @ts-check
/**
 * A view's rows as CSV (RFC 4180), with its checks as comments on top.
 *
 * @import { Row } from "../../kit/view"
 * @import { Check } from "../protocol"
 */
import { measured } from "../view/checks.js";

/** What a spreadsheet takes for a formula. */
const FORMULA = /^[=+\-@\t\r]/;
const QUOTED = /[",\r\n]|^\s|\s$|^#/;

/**
 * A text that begins like a formula has an apostrophe before it: spreadsheets would compute it.
 * @param {unknown} value
 */
export function cell(value) {
  if (value === null || value === undefined) return "";
  const said = String(value);
  const text = typeof value === "string" && FORMULA.test(said) && Number.isNaN(Number(said)) ? `'${said}` : said;
  return QUOTED.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** The names of all rows, in the order in which they first come. @param {Row[]} rows */
const columnsOf = (rows) => [...new Set(rows.flatMap((row) => Object.keys(row)))];

/** One line, whatever is in it. @param {string} text */
const flat = (text) => text.replace(/\s+/g, " ");

/**
 * @param {Row[]} rows
 * @param {Check[]} checks
 * @param {string[]} [said] further lines about it
 */
export function csv(rows, checks, said = []) {
  const columns = columnsOf(rows);
  const comments = [...said, ...checks.map((check) => `${check.statement}: ${measured(check)}`)];
  const lines = [columns, ...rows.map((row) => columns.map((name) => row[name]))];
  return [...comments.map((each) => `# ${flat(each)}`), ...lines.map((line) => line.map(cell).join(","))]
    .map((line) => `${line}\r\n`)
    .join("");
}
