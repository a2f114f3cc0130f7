import assert from "node:assert/strict";
import { test } from "node:test";
import { choicesOf, possible } from "../../assets/kit/controls/offered.js";

test("a number lies within the run’s bounds, and is the nearest of those that the run offers", () => {
  assert.equal(possible(65536, { most: 4096 }), 4096);
  assert.equal(possible(-1, { least: 0, most: 9 }), 0);
  assert.equal(possible(13, { choices: [4, 8, 16] }), 16);
  assert.equal(
    possible(13, {
      choices: [
        ["own", "Own"],
        [4, "4"],
        [8, "8"],
      ],
    }),
    8,
  );
  assert.equal(possible(3000, {}), 3000);
});

test("a word that the run does not offer is what was measured", () => {
  assert.equal(possible("W_K", { choices: ["W_Q", "W_V"], own: "W_V" }), "W_V");
  assert.equal(possible("W_Q", { choices: ["W_Q", "W_V"], own: "W_V" }), "W_Q");
  assert.equal(possible(undefined, { choices: ["W_Q"], own: "W_Q" }), undefined);
});

test("numbers are offered up to the run’s bound; one that a link asks for stands among them, named as they are", () => {
  const declared = { choices: /** @type {[number, string][]} */ ([16, 32, 64].map((each) => [each, String(each)])) };
  const format = (/** @type {number} */ each) => `${each} kB`;
  assert.deepEqual(choicesOf(declared, 32, { most: 32 }), [
    [16, "16"],
    [32, "32"],
  ]);
  assert.deepEqual(choicesOf(declared, 48, { format }), [
    [16, "16 kB"],
    [32, "32 kB"],
    [48, "48 kB"],
    [64, "64 kB"],
  ]);
  assert.deepEqual(choicesOf(declared, "a", { choices: ["a", ["b", "B", "the other"]] }), [
    ["a", "a"],
    ["b", "B", "the other"],
  ]);
});
