// @ts-check
/**
 * One map: rows read columns, the darker the more. A click keeps a row.
 *
 * @import { AttentionMap, Part } from "./maps.js"
 * @import { Shown } from "./pattern.js"
 *
 * @typedef {{ map: string, part: number, row: number, column: number }} Place
 * @typedef {Omit<Place, "map">} PlaceInMap
 */

import { ramp } from "../../../kit/colour/ramp.js";
import { percent } from "../../../kit/numbers/format.js";
import { sort, sum } from "../../../vendor/d3.js";
import { html } from "../../../vendor/lit.js";
import { labelledMatrix, NAMES } from "./labelled_matrix.js";
import { weightOf } from "./pattern.js";

const CELL = { least: 3, most: 40 };
/** Pixels between two parts. */
const GAP = 8;
/** So many tokens are named of what a kept row reads most. */
const NAMED = 3;

/**
 * @param {AttentionMap} map
 * @param {{ now: Shown, width: number, place: PlaceInMap | null, choose: (place: PlaceInMap | null) => void }} options
 */
export function attentionMap(map, { now, width, place, choose }) {
  const count = sum(map.parts, ({ columns }) => columns.length);
  const room = (width - NAMES - GAP * (map.parts.length - 1)) / count;
  const cell = Math.max(CELL.least, Math.min(CELL.most, Math.floor(room)));
  return html`
    <div class="map">
      ${map.parts.map((part, index) => {
        const chosen = place?.part === index ? place : null;
        const same = (/** @type {{ row: number, column: number }} */ { row, column }) =>
          chosen?.row === row && chosen.column === column;
        return partOfMap(map, part, {
          now,
          cell,
          first: index === 0,
          row: place?.row,
          selected: chosen,
          select: (picked) => choose(same(picked) ? null : { ...picked, part: index }),
        });
      })}
    </div>`;
}

/**
 * @param {AttentionMap} map
 * @param {Part} part
 * @param {{ now: Shown, cell: number, first: boolean, row: number | undefined, selected: { row: number,
 *   column: number } | null, select: (cell: { row: number, column: number }) => void }} options
 */
function partOfMap({ name, rows }, { columns, pattern, masked }, { now, cell, first, row, selected, select }) {
  const weight = weightOf(pattern, now);
  const ink = ramp("ink", "sunken");
  return labelledMatrix({
    rows: first ? rows : rows.map(() => ""),
    columns,
    cell,
    row,
    label: `${name}: rows read columns`,
    colour: (query, key) => (masked(query, key) ? null : ink(Math.sqrt(weight(query, key)))),
    of: [pattern, now.depth, now.head],
    told: (query, key) => ({
      title: `${rows[query]} reads ${columns[key]}`,
      details: [[name, masked(query, key) ? "masked" : percent(weight(query, key))]],
    }),
    selected,
    select,
  });
}

/**
 * A kept cell in words, and what its row reads most.
 * @param {AttentionMap} map
 * @param {PlaceInMap} place
 * @param {Shown} now
 */
export function read({ name, rows, parts }, { part, row, column }, now) {
  const { columns, pattern, masked } = parts[part];
  const weight = weightOf(pattern, now);
  const all = columns.map((token, at) => ({ token, weight: masked(row, at) ? 0 : weight(row, at) }));
  const most = sort(all, (one, other) => other.weight - one.weight).slice(0, NAMED);
  const list = most.map((each) => `${each.token} ${percent(each.weight)}`).join(", ");
  const here = masked(row, column) ? "masked" : percent(weight(row, column));
  return html`In the ${name}, <b>${rows[row]}</b> reads <b>${columns[column]}</b>: ${here}. It reads most: ${list}.`;
}
