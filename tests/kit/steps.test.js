import assert from "node:assert/strict";
import { test } from "node:test";
import { doublings } from "../../assets/kit/controls/steps.js";

test("each step is twice the one before, up to the last", () => {
  assert.deepEqual(doublings(1, 16), [1, 2, 4, 8, 16]);
  assert.deepEqual(doublings(3, 20), [3, 6, 12]);
});
