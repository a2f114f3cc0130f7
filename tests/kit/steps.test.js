import assert from "node:assert/strict";
import { test } from "node:test";
import { doublings, nearestStep } from "../../assets/kit/steps.js";

test("a link's value is the step nearest to it, and the usual one where it is no number", () => {
  const steps = doublings(1, 16);
  assert.deepEqual(steps, [1, 2, 4, 8, 16]);
  assert.equal(nearestStep(steps, "7", 2), 8);
  assert.equal(nearestStep(steps, "1e9", 2), 16);
  assert.equal(nearestStep(steps, undefined, 2), 2);
  assert.equal(nearestStep(steps, "many", 2), 2);
});
