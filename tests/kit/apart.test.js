import assert from "node:assert/strict";
import { test } from "node:test";
import { apart } from "../../assets/kit/apart.js";

test("places that are far enough apart stay", () => {
  assert.deepEqual(apart([10, 40, 80], 14, 100), [10, 40, 80]);
});

test("close ones are moved apart in their order, whatever the order they come in", () => {
  assert.deepEqual(apart([12, 10, 11], 14, 100), [38, 10, 24]);
});

test("none goes beyond the room", () => {
  assert.deepEqual(apart([98, 99, 100], 14, 100), [72, 86, 100]);
});
