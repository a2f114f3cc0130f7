import assert from "node:assert/strict";
import { test } from "node:test";
import { counted, decimal, percent, short, whole } from "../../assets/kit/format.js";

test("a negative number has a true minus", () => {
  assert.equal(decimal(-1.005, 1), "−1.0");
  assert.equal(decimal(2), "2.00");
});

test("a share is in percent, and none that is there is said to be 0", () => {
  assert.equal(percent(0.125), "12.5 %");
  assert.equal(percent(0), "0.0 %");
  assert.equal(percent(0.0004), "<0.1 %");
  assert.equal(percent(0.0005), "0.1 %");
});

test("thousands are separated, one thing has no plural", () => {
  assert.equal(whole(12437), "12,437");
  assert.equal(counted(1, "token"), "1 token");
  assert.equal(counted(0, "token"), "0 tokens");
});

test("a number of any size has some three digits", () => {
  assert.deepEqual([1234.5, 123.4, 12.34, 0.5].map(short), ["1,235", "123", "12.3", "0.5"]);
});
