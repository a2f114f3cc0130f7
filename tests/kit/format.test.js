import assert from "node:assert/strict";
import { test } from "node:test";
import {
  counted,
  decimal,
  headName,
  measured,
  percent,
  precise,
  scientific,
  signed,
  tone,
  whole,
} from "../../assets/kit/numbers/format.js";

test("a negative number has a true minus", () => {
  assert.equal(decimal(-1.005, 1), "−1.0");
  assert.equal(decimal(2), "2.00");
  assert.equal(decimal(-0.001), "0.00");
});

test("a measured value has four decimals at most, and its thousands apart", () => {
  assert.deepEqual([0.10305, 9.5, 3, 1222.21234, 100_000, -1222.5].map(measured), [
    ...["0.1031", "9.5", "3", "1,222.2123", "100,000", "−1,222.5"],
  ]);
});

test("a share is in percent, and none that is there is said to be 0", () => {
  assert.equal(percent(0.125), "12.5 %");
  assert.equal(percent(0), "0 %");
  assert.equal(percent(0.0004), "<0.1 %");
  assert.equal(percent(0.0123), "1.23 %");
  assert.equal(percent(0.0123, 0), "1 %");
  assert.equal(percent(0.99999, 2), "100.0 %");
  assert.deepEqual([percent(1, 0), percent(0.9999, 0), percent(1)], ["100 %", "100.0 %", "100.0 %"]);
});

test("a probability near nought or one says how near", () => {
  assert.deepEqual([0, 0.25, 0.99997, 1].map(precise), ["0 %", "25.0 %", "99.997 %", "100 %"]);
  assert.deepEqual([6e-4, 4.2e-6, 4.2e-9].map(precise), ["0.06 %", "0.0004 %", "4 · 10⁻⁷ %"]);
  assert.equal(precise(1 - 1e-12), "> 99.999999 %");
});

test("thousands are separated, one thing has no plural", () => {
  assert.equal(whole(12437), "12,437");
  assert.equal(counted(1, "token"), "1 token");
  assert.equal(counted(0, "token"), "0 tokens");
});

test("a signed number has its sign, and nought has none", () => {
  assert.deepEqual(
    [0.5, -0.5, 0.001, -0.001].map((value) => signed(value)),
    ["+0.50", "−0.50", "0.00", "0.00"],
  );
  assert.deepEqual([0.5, -0.5, 0.001].map(tone), ["p", "n", ""]);
});

test("errors and heads", () => {
  assert.deepEqual([0, 1.5e-7, Number.NaN].map(scientific), ["0, exact", "1.5e−7", "not a number"]);
  assert.deepEqual([1.52, 120, -0.4, 5e4].map(scientific), ["1.5", "120", "−0.4", "5.0e4"]);
  assert.equal(headName(1, 5), "L1.H5");
});
