import assert from "node:assert/strict";
import { test } from "node:test";
import { elements, markup } from "./drawn.js";

const { intervals, reach } = await import("../../assets/kit/drawing/intervals.js");
const { meanWords, rateWords, told } = await import("../../assets/kit/numbers/rates.js");

const ROW = { name: "a", value: 0.5, low: 0.25, high: 2, words: "half" };
const drawn = (rows, width = 800) =>
  intervals({ rows, width, domain: [0, 1], format: String, title: "share", label: "Shares" });

test("a row has its dot, its interval inside the scale, and its words", () => {
  const made = drawn([ROW]);
  const [circle] = elements(made, "circle");
  const lines = elements(made, "line").filter(({ y1, y2, x1, x2 }) => y1 === y2 && x1 !== x2);
  const interval = lines.map(({ x1, x2 }) => [Number(x1), Number(x2)]).find(([a, b]) => a < circle.cx && b > circle.cx);
  assert.ok(interval, "the interval holds the dot");
  assert.match(markup(made), /Shares\. a: half/);
});

test("what is not known has words and no dot", () => {
  assert.equal(elements(drawn([{ ...ROW, value: null, low: null, high: null }]), "circle").length, 0);
});

test("the scale holds all intervals and nought", () => {
  const [low, high] = reach([{ value: 1, low: 0.5, high: 1.5 }]);
  assert.ok(low < 0);
  assert.ok(high > 1.5);
});

test("rates and means are told with n and interval", () => {
  assert.equal(
    rateWords({ name: "", hits: 5, n: 12, share: 5 / 12, low: 0.19, high: 0.68 }),
    "5 of 12, 42 % (19 to 68 %)",
  );
  assert.equal(meanWords({ mean: 0.4, low: 0.1, high: 0.7, n: 3 }), "+0.40 nats (+0.10 to +0.70)");
  assert.equal(meanWords(null), "not known");
  assert.equal(told({ mean: 1, low: -0.1, high: 2, n: 3 }), false);
  assert.equal(told({ mean: 1, low: 0.1, high: 2, n: 3 }), true);
});
