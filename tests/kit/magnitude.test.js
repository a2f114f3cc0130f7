import assert from "node:assert/strict";
import { test } from "node:test";
import { figures, memory, operations, parameters, scaled, timed } from "../../assets/kit/numbers/magnitude.js";

test("three figures, all whole ones from a thousand on, and more where a number would read as nought", () => {
  assert.deepEqual([0, 0.0123, 0.5, 9.944, 12.34, 99.96, 121.4, 12345].map(figures), [
    "0.00",
    "0.012",
    "0.50",
    "9.94",
    "12.3",
    "100",
    "121",
    "12,345",
  ]);
});

test("an amount has the unit that suits it, also where rounding makes a thousand", () => {
  assert.equal(memory(512), "512 bytes");
  assert.equal(memory(1.34e12), "1.34 TB");
  assert.equal(memory(999_600_000), "1.00 GB");
  assert.equal(memory(160e9), "160 GB");
  assert.equal(parameters(46_702_792_704), "46.7 B");
  assert.equal(parameters(640), "640");
  assert.equal(operations(27.9e6), "27.9 MFLOP");
  assert.equal(scaled(6.64e9, "B/s"), "6.64 GB/s");
});

test("a measured time", () => {
  assert.deepEqual([0.412, 26.5, 999.7, 1234].map(timed), ["0.41 ms", "26.5 ms", "1.00 s", "1.23 s"]);
});
