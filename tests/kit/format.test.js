import assert from "node:assert/strict";
import { test } from "node:test";
import {
  bytes,
  counted,
  decimal,
  duration,
  figures,
  headName,
  millions,
  percent,
  scaled,
  scientific,
  short,
  signed,
  timed,
  tone,
  whole,
} from "../../assets/kit/format.js";

test("a negative number has a true minus", () => {
  assert.equal(decimal(-1.005, 1), "−1.0");
  assert.equal(decimal(2), "2.00");
  assert.equal(decimal(-0.001), "0.00");
});

test("a share is in percent, and none that is there is said to be 0", () => {
  assert.equal(percent(0.125), "12.5 %");
  assert.equal(percent(0), "0 %");
  assert.equal(percent(0.0004), "<0.1 %");
  assert.equal(percent(0.0123), "1.23 %");
  assert.equal(percent(0.0123, 0), "1 %");
  assert.equal(percent(0.99999, 2), "100.0 %");
});

test("thousands are separated, one thing has no plural", () => {
  assert.equal(whole(12437), "12,437");
  assert.equal(counted(1, "token"), "1 token");
  assert.equal(counted(0, "token"), "0 tokens");
});

test("a number of any size has some three digits", () => {
  assert.deepEqual([1234.5, 123.4, 12.34, 0.5].map(short), ["1,235", "123", "12.3", "0.5"]);
});

test("three figures, and more where a number would read as nought", () => {
  assert.deepEqual([0, 0.0123, 0.5, 9.944, 12.34, 121.4, 12345].map(figures), [
    "0.00",
    "0.012",
    "0.50",
    "9.94",
    "12.3",
    "121",
    "12,345",
  ]);
  assert.deepEqual(
    [999, 999.6, 6.64e6, 1.21e11].map((value) => scaled(value, "FLOP")),
    ["999 FLOP", "1.00 kFLOP", "6.64 MFLOP", "121 GFLOP"],
  );
  assert.deepEqual([0.412, 26.5, 1234].map(timed), ["0.41 ms", "26.5 ms", "1.23 s"]);
});

test("a signed number has its sign, and nought has none", () => {
  assert.deepEqual(
    [0.5, -0.5, 0.001, -0.001].map((value) => signed(value)),
    ["+0.50", "−0.50", "0.00", "0.00"],
  );
  assert.deepEqual([0.5, -0.5, 0.001].map(tone), ["p", "n", ""]);
});

test("errors, times, memory and heads", () => {
  assert.deepEqual([0, 1.5e-7, Number.NaN].map(scientific), ["0, exact", "1.5e−7", "not a number"]);
  assert.deepEqual([1.25, 12.3, 1234].map(duration), ["1.3 ms", "12 ms", "1.23 s"]);
  assert.deepEqual([512, 2048, 5.4e8].map(bytes), ["512 bytes", "2.0 KB", "540 MB"]);
  assert.equal(headName(1, 5), "L1.H5");
});

test("a large count is in millions or thousands of millions", () => {
  assert.deepEqual([46080, 26542080, 1.234e9].map(millions), ["46,080", "26.54 M", "1.23 B"]);
});
