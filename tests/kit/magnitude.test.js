import assert from "node:assert/strict";
import { test } from "node:test";
import { memory, operations, parameters, three } from "../../assets/kit/magnitude.js";

test("three digits, and all whole ones from a thousand on", () => {
  assert.deepEqual([1.654, 26.24, 99.96, 413.2, 1234.5].map(three), ["1.65", "26.2", "100", "413", "1,235"]);
});

test("an amount has the unit that suits it, also where rounding makes a thousand", () => {
  assert.equal(memory(512), "512 bytes");
  assert.equal(memory(1.34e12), "1.34 TB");
  assert.equal(memory(999_600_000), "1.00 GB");
  assert.equal(memory(160e9), "160 GB");
  assert.equal(parameters(46_702_792_704), "46.7 B");
  assert.equal(parameters(640), "640");
  assert.equal(operations(27.9e6), "27.9 MFLOP");
});
