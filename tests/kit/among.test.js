import assert from "node:assert/strict";
import { test } from "node:test";
import { among } from "../../assets/kit/among.js";

test("a number that a link asks for stands among the others, in order", () => {
  assert.deepEqual(among([5, 9, 15], 9), [5, 9, 15]);
  assert.deepEqual(among([5, 9, 15], 12), [5, 9, 12, 15]);
  assert.deepEqual(among([0.0001, 0.002], 0.00001), [0.00001, 0.0001, 0.002]);
});

test("what is no number has no place among them", () => {
  const named = [
    ["texts", "the six texts"],
    ["passages", "longer passages"],
  ];
  assert.equal(among(named, "other"), named);
  assert.equal(among(named, 3), named);
});
