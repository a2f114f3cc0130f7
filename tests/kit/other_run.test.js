// @ts-check
/** The other run on the page: which positions belong together, whose tokens are read, what the checks say of both. */
import assert from "node:assert/strict";
import { test } from "node:test";

Object.assign(globalThis, { document: { createTreeWalker: () => null, createComment: () => null } }); // lit’s alone
const { aligned, turnedRound } = await import("../../assets/kit/runs/aligned.js");
const { textThere, tokenThere } = await import("../../assets/kit/runs/beside.js");
const { learn, spokenIn, tokenText, vocabularyOf } = await import("../../assets/kit/text/vocabulary.js");
const { inBoth } = await import("../../assets/shell/view/checks.js");

test("a position belongs to the one of its block, there and back", () => {
  const places = [
    [0, 0, 2],
    [3, 2, 2],
  ];
  assert.deepEqual(
    [0, 1, 2, 3, 4, 5].map((at) => aligned(places, at)),
    [0, 1, null, 2, 3, null],
  );
  assert.deepEqual(
    [0, 1, 2, 3, 4].map((at) => aligned(turnedRound(places), at)),
    [0, 1, 3, 4, null],
  );
});

test("an id is another model’s token while its run is drawn", () => {
  learn({ 1: "here" });
  const other = vocabularyOf({ 1: "there" });
  assert.equal(
    spokenIn(other, () => tokenText(1)),
    "there",
  );
  assert.equal(tokenText(1), "here");
  assert.throws(() =>
    spokenIn(other, () => {
      throw new Error("a picture that fails");
    }),
  );
  assert.equal(tokenText(1), "here");
});

test("a text there is told from this one by its texts, not by its ids", () => {
  learn({ 1: "a", 2: "b", 3: "c" });
  const other = { strings: { 7: "a", 8: "b", 9: "z" }, ids: [7, 9] };
  assert.deepEqual(textThere({ other }, [1, 2, 3], [7, 8, 9]), {
    pieces: ["a", "b", "z"],
    shared: 2,
    same_tokens: false,
  });
  assert.deepEqual(textThere({ other: {} }, [1, 2], [1, 2]), { pieces: ["a", "b"], shared: 2, same_tokens: true });
  assert.equal(tokenThere({ other }, 1), "z");
});

test("checks of one statement are one, with the larger error; a NaN is not passed over", () => {
  const check = (/** @type {string} */ statement, /** @type {number | null} */ error) =>
    /** @type {any} */ ({ statement, error, tolerance: 1 });
  const ctx = { beside: { the: "the other run" } };
  const made = inBoth([check("a", 0.5), check("b", 0)], [check("a", 2), check("c", 0), check("b", null)], ctx);
  assert.deepEqual(
    made.map(({ statement, error }) => [statement, error]),
    [
      ["a, in both runs", 2],
      ["b, in both runs", Number.NaN],
      ["c, in the other run", 0],
    ],
  );
});
