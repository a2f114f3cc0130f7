// @ts-check
/**
 * Text as cells on one scale of bytes: a cell is what is drawn in one piece, a letter, or a word of a script whose
 * letters join or are written from the right. A cell that some token cuts inside a character is at least as wide as its
 * bytes.
 *
 * @typedef {object} Cell
 * @property {string} letters
 * @property {number} start its first byte in the text
 * @property {number} bytes
 * @property {boolean} split whether some token ends inside a character of it
 * @property {boolean} word whether it is a word of such a script
 * @property {"L" | "R" | "N" | "E"} side left, right, neither, or a European digit
 * @property {number} width in pixels
 * @property {number} x of its left edge in its row
 *
 * @typedef {object} Layout
 * @property {Cell[]} cells in the order of the text
 * @property {boolean} roomy whether a byte has room for its two digits
 * @property {Cell[][]} rows each in the order of the text
 */
import { sideOf, visual } from "./sides.js";

const CELL = 8.5;
/** Pixels of a byte: where few characters are cut, and where many are. */
const [ROOMY, TIGHT] = [18, 6];
const FEW = 4;
/** Characters of a word that is still drawn in one piece. */
const LONGEST = 40;
const PADDING = 8;
/** Pixels that a letter of a word has at least: by itself it is wider than joined. */
const LETTER = 9;
/** Scripts whose letters lean on each other, or stand in clusters. */
const LEANING =
  "Arabic Hebrew Syriac Thaana Nko Devanagari Bengali Gurmukhi Gujarati Oriya Tamil Telugu Kannada Malayalam Sinhala " +
  "Thai Lao Tibetan Myanmar Khmer Mongolian";
const JOINED = new RegExp(`[${LEANING.replace(/\w+ ?/g, (script) => `\\p{Script=${script.trim()}}`)}]`, "u");
const WIDE = /[\p{Extended_Pictographic}\p{Script=Han}\p{Script=Hangul}\p{Script=Hiragana}\p{Script=Katakana}]/u;
const LINE_END = /[\n\r]/;
const WIDE_SIGNS = /[\u3000-\u303f\uff01-\uff60]/;

const encoder = new TextEncoder();
const words = new Intl.Segmenter("en", { granularity: "word" });
const clusters = new Intl.Segmenter("en", { granularity: "grapheme" });

/**
 * @param {object} options
 * @param {string} options.text
 * @param {Iterable<number>} options.ends bytes at which some token begins or ends
 * @param {number} options.width of a row
 * @param {(letters: string) => number} options.measure how wide a word is when it is drawn
 * @returns {Layout}
 */
export function layout({ text, ends, width, measure }) {
  const cells = cellsOf(text);
  const inside = insideCharacters(text, ends);
  for (const cell of cells) cell.split = inside.slice(cell.start, cell.start + cell.bytes).includes(1);
  const byte = cells.filter((cell) => cell.split).length > FEW ? TIGHT : ROOMY;
  for (const cell of cells) {
    const own = cell.word
      ? Math.max(measure(cell.letters) + PADDING, LETTER * [...cell.letters].length)
      : CELL * columns(cell.letters);
    cell.width = Math.min(Math.max(own, cell.split ? byte * cell.bytes : 0), width);
  }
  return { cells, roomy: byte === ROOMY, rows: rowsOf(cells, width) };
}

/** Cells without their widths. @param {string} text @returns {Cell[]} */
export function cellsOf(text) {
  /** @type {Cell[]} */
  const cells = [];
  let start = 0;
  for (const { segment } of words.segment(text)) {
    const word = JOINED.test(segment) && segment.length <= LONGEST;
    for (const letters of word ? [segment] : [...clusters.segment(segment)].map((cluster) => cluster.segment)) {
      const bytes = encoder.encode(letters).length;
      cells.push({ letters, start, bytes, split: false, word, side: sideOf(letters), width: 0, x: 0 });
      start += bytes;
    }
  }
  return cells;
}

/**
 * Of each byte 1 if a token ends before it that began in the same character.
 * @param {string} text
 * @param {Iterable<number>} ends
 */
function insideCharacters(text, ends) {
  const bytes = encoder.encode(text);
  const inside = new Uint8Array(bytes.length);
  for (const end of ends) if ((bytes[end] & 0xc0) === 0x80) inside[end] = 1;
  return inside;
}

/** How many letters wide. @param {string} letters */
function columns(letters) {
  return (WIDE.test(letters) && !/^[0-9#*]/.test(letters)) || WIDE_SIGNS.test(letters) ? 2 : 1;
}

/**
 * Rows that fit, broken after a space or a line's end; each cell's x is set.
 * @param {Cell[]} cells
 * @param {number} width
 */
function rowsOf(cells, width) {
  /** @type {Cell[][]} */
  const rows = [[]];
  let x = 0;
  for (const cell of cells) {
    const row = rows[rows.length - 1];
    const ended = LINE_END.test(row.at(-1)?.letters ?? "");
    // A line's end may hang over the edge: it is no reason for a row of its own.
    if (ended || (row.length && x + cell.width > width && !LINE_END.test(cell.letters))) {
      const space = ended ? -1 : row.findLastIndex((one) => one.letters === " ");
      const carried = space > row.length / 2 ? row.splice(space + 1) : [];
      rows.push(carried);
      x = carried.reduce((sum, one) => sum + one.width, 0);
    }
    rows[rows.length - 1].push(cell);
    x += cell.width;
  }
  for (const row of rows) place(row);
  return rows.filter((row) => row.length);
}

/** Sets each cell's x: from the left, a stretch of words from the right in its own order. @param {Cell[]} row */
function place(row) {
  let x = 0;
  for (const cell of visual(row)) {
    cell.x = x;
    x += cell.width;
  }
}
