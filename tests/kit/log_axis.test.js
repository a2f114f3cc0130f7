import assert from "node:assert/strict";
import { test } from "node:test";
import { logAxis } from "../../assets/kit/log_axis.js";

test("ticks at 1, 2 and 5 of each decade", () => {
  const { tickvals, ticktext, range } = logAxis([0.2, 3, 44]);
  assert.deepEqual(tickvals, [0.2, 0.5, 1, 2, 5, 10, 20, 50]);
  assert.deepEqual(ticktext.slice(0, 3), ["0.2", "0.5", "1"]);
  assert.ok(range[0] < Math.log10(0.2) && range[1] > Math.log10(44));
});

test("a short axis has more than one tick", () => {
  for (const [low, high] of [
    [1.1, 1.3],
    [6, 9],
    [0.0031, 0.0034],
    [1200, 1300],
  ]) {
    const { tickvals, range } = logAxis([low, high]);
    assert.ok(tickvals.length > 2, `${low} to ${high}: ${tickvals}`);
    for (const tick of tickvals) assert.ok(Math.log10(tick) >= range[0] && Math.log10(tick) <= range[1]);
  }
});

test("what is not above nought has no place on it", () => {
  assert.deepEqual(logAxis([0, null, 1, 10]), logAxis([1, 10]));
  assert.ok(logAxis([]).tickvals.length > 0);
  assert.deepEqual(logAxis([900, 6000]).ticktext, ["1,000", "2,000", "5,000"]);
});

test("a long axis has its powers of ten, or some of them", () => {
  assert.deepEqual(logAxis([2e-6, 5]).tickvals, [0.00001, 0.0001, 0.001, 0.01, 0.1, 1]);
  assert.ok(logAxis([1e-15, 5]).tickvals.length <= 9);
});
