import assert from "node:assert/strict";
import { test } from "node:test";
import { worst } from "../../assets/kit/numbers/worst.js";

test("the largest error", () => assert.equal(worst([1e-7, 3e-7, 0]), 3e-7));

test("a NaN is not passed over, wherever it stands", () => {
  for (const errors of [
    [Number.NaN, 0, 1],
    [0, Number.NaN, 1],
    [0, 1, Number.NaN],
  ])
    assert.equal(worst(errors), Number.NaN);
});

test("nothing compared proves nothing", () => assert.equal(worst([]), Number.NaN));
