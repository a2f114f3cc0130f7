// @ts-check
/**
 * From which side words are written, and a row in the order in which it is seen.
 *
 * @import { Cell } from "./cells.js"
 */

const RIGHT = /[\p{Script=Arabic}\p{Script=Hebrew}\p{Script=Syriac}\p{Script=Thaana}\p{Script=Nko}]/u;

/** @param {string} letters @returns {Cell["side"]} */
export function sideOf(letters) {
  if (RIGHT.test(letters)) return "R";
  if (/^[0-9]/.test(letters)) return "E";
  return /\p{Letter}/u.test(letters) ? "L" : "N";
}

/**
 * A row as it is seen: a stretch that is written from the right, with the spaces and numbers inside it, is turned
 * round; the digits of a number keep their order.
 * @param {Cell[]} row
 * @returns {Cell[]}
 */
export function visual(row) {
  /** @type {Cell[]} */
  const seen = [];
  let at = 0;
  while (at < row.length) {
    if (row[at].side !== "R") {
      seen.push(row[at++]);
      continue;
    }
    let last = at;
    for (let next = at; next < row.length && row[next].side !== "L"; next++) if (row[next].side === "R") last = next;
    seen.push(...turned(row.slice(at, last + 1)));
    at = last + 1;
  }
  return seen;
}

/** @param {Cell[]} cells */
function turned(cells) {
  /** @type {Cell[][]} */
  const units = [];
  for (const cell of cells) {
    const before = units.at(-1);
    if (cell.side === "E" && before?.at(-1)?.side === "E") before.push(cell);
    else units.push([cell]);
  }
  return units.reverse().flat();
}
