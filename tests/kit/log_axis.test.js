import assert from "node:assert/strict";
import { test } from "node:test";
import { logAxis, ticked, undrawn } from "../../assets/kit/drawing/log_axis.js";

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

test("a chart's logarithmic axis writes whole numbers, however its ticks were asked for", () => {
  const axis = ticked({ type: "log", dtick: "D2", title: "size" }, [0.4, 6]);
  assert.deepEqual(axis.ticktext, ["0.5", "1", "2", "5"]);
  assert.equal(axis.title, "size");
  assert.ok(!("dtick" in axis), "plotly's digits of 2 and 5 alone are gone");
  assert.deepEqual(ticked({ type: "log", range: [0, 1] }, []).ticktext, ["1", "2", "5", "10"]);
  for (const own of [{ type: "log", tickvals: [1, 8] }, { type: "log", dtick: 1 }, { dtick: 2 }])
    assert.equal(ticked(own, [1, 2]), own);
});

test("a line that a logarithmic axis cannot show is named", () => {
  const lines = [
    { name: "without", values: [0, 0, -1] },
    { name: "with", values: [0.1, 0.2] },
    { name: "partly", values: [0.1, 0, null] },
    { name: "broken", values: [Number.NaN, Number.NaN] },
    { name: "gaps", values: [0.1, Number.NaN] },
    { name: "empty", values: [] },
    { values: [0] },
  ];
  assert.deepEqual(undrawn(lines), [
    "Not drawn: without, no value above 0",
    "Not drawn: 1 of 2 points of partly, not above 0",
    "Not drawn: broken, no finite value",
  ]);
});
