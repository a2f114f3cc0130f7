// @ts-check
/**
 * Rows of rates between 0 and 1, several a row, each a dot with its interval and told with its n.
 *
 * @typedef {{ count: number, n: number, mean: number, low: number, high: number }} Rate
 * @typedef {{ name: string, rates: (Rate | null)[], quiet?: boolean }} RateRow
 * @typedef {{ name: string, color: string, hollow?: boolean }} Kind
 */

import { html } from "../../vendor/lit.js";
import { percent } from "../numbers/format.js";
import { spoken } from "../tooltip.js";
import { legend } from "./legend.js";
import { dot, rule, text } from "./marks.js";
import { textWidth } from "./measure.js";
import { items, picture } from "./picture.js";

const [TOP, BOTTOM, GAP, STEP, APART, MOST, NARROW] = [6, 42, 10, 30, 7, 860, 560];
const NAME = 18;

/**
 * @param {object} options
 * @param {string} options.label
 * @param {RateRow[]} options.rows
 * @param {Kind[]} options.kinds one for each rate of a row
 * @param {string} options.title of the axis
 * @param {number} options.room pixels
 */
export function rateRows({ label, rows, kinds, title, room }) {
  const width = Math.min(MOST, room);
  const narrow = width < NARROW;
  const step = STEP + (narrow ? NAME : 0) + Math.max(0, kinds.length - 2) * APART;
  const names = Math.max(...rows.map(({ name }) => textWidth(name))) + GAP;
  const middle = (/** @type {number} */ at) => TOP + at * step + (step + (narrow ? NAME : 0)) / 2;
  return html`
    ${picture({
      ...{ label, width, height: TOP + rows.length * step + BOTTOM },
      margin: { left: narrow ? 12 : names, right: 14, top: TOP, bottom: BOTTOM },
      x: [0, 1],
      bottom: { title, grid: true, format: (/** @type {number} */ value) => percent(value, 0) },
      marks: [
        items({
          data: rows,
          told: (row) => ({
            title: row.name,
            lines: lines(row, kinds),
            name: spoken({ written: [row.name], lines: lines(row, kinds) }),
          }),
          key: ({ name }) => name,
          hit: (_, at) => ({ y: TOP + (at + 0.5) * step, thick: step }),
          marks: (row, at) => [
            text({
              ...(narrow ? { y: TOP + at * step + NAME - 4 } : { y: middle(at), dx: -GAP, anchor: "end" }),
              ...{ x: 0, text: row.name, className: row.quiet ? "soft" : "name" },
            }),
            ...row.rates.map(
              (rate, which) => rate && marks(rate, middle(at) + offset(which, kinds.length), kinds[which]),
            ),
          ],
        }),
      ],
    })}
    ${legend(kinds.map(({ color, hollow, name }) => [{ color, hollow, shape: "dot" }, name]))}`;
}

/** @param {number} which @param {number} of */
const offset = (which, of) => (which - (of - 1) / 2) * 2 * APART * (of > 2 ? 0.75 : 0.8);

/** @param {Rate} rate @param {number} y @param {Kind} kind */
const marks = ({ mean, low, high }, y, { color, hollow }) => [
  rule({ x: [low, high], y, color, stroke: 2 }),
  dot({ x: mean, y, r: 4.5, color, hollow }),
];

/** @param {RateRow} row @param {Kind[]} kinds @returns {[string, string][]} */
const lines = ({ rates }, kinds) =>
  rates.flatMap((rate, which) => (rate ? [/** @type {[string, string]} */ ([kinds[which].name, rated(rate)])] : []));

/** @param {Rate} rate */
const rated = ({ count, n, mean, low, high }) =>
  n ? `${percent(mean, 0)} (${percent(low, 0)} to ${percent(high, 0)}), ${count} of ${n}` : "none asked";

/** In a table: the interval stands below. @param {Rate} rate */
export const ratedCell = ({ count, n, low, high }) =>
  n ? html`${count} of ${n}<small class="below">${percent(low, 0)} to ${percent(high, 0)}</small>` : "none asked";
