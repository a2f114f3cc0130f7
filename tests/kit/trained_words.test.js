import assert from "node:assert/strict";
import { test } from "node:test";
import { symbolsAt } from "../../assets/kit/drawing/merges.js";
import { joined, written } from "../../assets/views/tokenization/bpe_training/spelled.js";
import { nodesOf, sizeOf } from "../../assets/views/tokenization/bpe_training/symbols.js";

/** "lowlow": l o (merge 1), lo w (2), low low (9); tokens 0 l, 1 o, 2 w, 3 lo, 4 low, 5 lowlow, 6 half of an é. */
const data = {
  spelled: { a: Uint8Array.from([...Array.from("lowlolowlowlow", (letter) => letter.charCodeAt(0)), 0xc3]) },
  ends: { a: [1, 2, 3, 5, 8, 14, 15] },
  made: { a: [3, 4, 0, 0, 0, 0, 0, 0, 5] },
  sample: [{ ids: [0, 1, 2, 0, 1, 2], numbers: [1, 1, 2, 2, 9], places: [0, 2, 0, 1, 0] }],
};
const [word] = data.sample;
const at = (/** @type {number} */ merges) => symbolsAt(nodesOf(data, word), merges).map(({ label }) => label);

test("a word at each size of the vocabulary", () => {
  assert.deepEqual(at(0), ["l", "o", "w", "l", "o", "w"]);
  assert.deepEqual(at(1), ["lo", "w", "lo", "w"]);
  assert.deepEqual(at(2), ["low", "low"]);
  assert.deepEqual(at(8), ["low", "low"]);
  assert.deepEqual(at(9), ["lowlow"]);
});

test("tokens and bytes of the words that are shown", () => {
  assert.deepEqual(sizeOf(data, 0), { tokens: 6, bytes: 6 });
  assert.deepEqual(sizeOf(data, 2), { tokens: 2, bytes: 6 });
});

test("what is no whole character is written in hexadecimal", () => {
  assert.equal(written(data, 6), "⟨c3⟩");
  assert.equal(joined(data, [0, 1, 2]), "low");
});
