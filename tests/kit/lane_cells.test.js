import assert from "node:assert/strict";
import { test } from "node:test";
import { covered, placeOf, places, stops } from "../../assets/views/tokenization/tokenizers_compared/cell_places.js";
import { cellsOf, layout } from "../../assets/views/tokenization/tokenizers_compared/cells.js";
import { visual } from "../../assets/views/tokenization/tokenizers_compared/sides.js";

const measure = (/** @type {string} */ letters) => 7 * letters.length;
/** @param {string} text @param {number[]} ends */
const laid = (text, ends, width = 1000) => layout({ text, ends, width, measure });

test("cells spell the text, and their bytes follow each other", () => {
  for (const text of ["On the Moon 🌕.", "שלום עולם 123", "सभी मनुष्य", "a\nb\r\nc", "e\u0301👩‍👩‍👧", ""]) {
    const cells = cellsOf(text);
    assert.equal(cells.map((cell) => cell.letters).join(""), text);
    let at = 0;
    for (const cell of cells) {
      assert.equal(cell.start, at);
      at += cell.bytes;
    }
    assert.equal(at, new TextEncoder().encode(text).length);
  }
});

test("a letter that a token cuts is as wide as its bytes, and each of them can be selected", () => {
  const { cells } = laid("né", [0, 2, 3]);
  assert.deepEqual(
    cells.map((cell) => cell.split),
    [false, true],
  );
  assert.equal(cells[1].width, 36);
  assert.deepEqual(places(cells), [0, 1, 2]);
});

test("a word of joined letters is one cell, and its characters can be selected", () => {
  const [cell] = laid("سلام", [0, 4, 8]).cells;
  assert.equal(cell.word, true);
  assert.deepEqual(stops(cell), [0, 2, 4, 6]);
});

test("what is written from the right stands from the right, its numbers from the left", () => {
  const seen = visual(cellsOf("ab אב 12 גד x"));
  assert.equal(seen.map((cell) => cell.letters).join(""), "ab גד 12 אב x");
});

test("a token that covers the beginning of a word from the right lies at its right", () => {
  const { rows } = laid("שלום", [0, 2, 8]);
  const [cell] = rows[0];
  const [[left, right]] = covered(rows[0], 0, 2);
  assert.equal(right, cell.x + cell.width);
  assert.ok(Math.abs(right - left - cell.width / 4) < 1e-9);
  assert.equal(placeOf(cell, 0).x, left);
});

test("a token over two words from the right is one stretch; over both directions it is two", () => {
  const { rows } = laid("שלום עולם", [0, 17]);
  assert.equal(covered(rows[0], 0, 17).length, 1);
  const mixed = laid("ab שלום עולם", [0, 20]).rows[0];
  assert.equal(covered(mixed, 0, 7).length, 2);
});

test("rows break behind a space or a line's end, and none is wider than the room", () => {
  const { rows } = laid("one two three four five\nsix", [0], 80);
  const ends = rows.map((row) => Math.max(...row.map((cell) => cell.x + cell.width)));
  assert.ok(Math.max(...ends) <= 80 + 8.5); // a line's end may hang over
  assert.deepEqual(
    rows.map((row) => row.map((cell) => cell.letters).join("")),
    ["one two ", "three ", "four five\n", "six"],
  );
});

test("a single word wider than the room is broken all the same", () => {
  const { rows } = laid("x".repeat(50), [0], 85);
  assert.deepEqual(
    rows.map((row) => row.length),
    [10, 10, 10, 10, 10],
  );
});
