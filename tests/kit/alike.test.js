import assert from "node:assert/strict";
import { test } from "node:test";
import { alike } from "../../assets/kit/runs/alike.js";

test("what holds the same is alike, whatever its functions do", () => {
  const chart = () => ({ traces: [{ x: [1, 2], y: { a: new Float32Array([0.5, Number.NaN]) } }], onClick: () => {} });
  assert.ok(alike(chart(), chart()));
  assert.ok(alike(undefined, undefined));
});

test("one number, one name or one more item makes a difference", () => {
  assert.ok(!alike([1, 2], [1, 3]));
  assert.ok(!alike([1, 2], [1, 2, 3]));
  assert.ok(!alike({ a: 1 }, { b: 1 }));
  assert.ok(!alike({ a: 1 }, { a: 1, b: undefined }));
  assert.ok(!alike([1], new Float32Array([1])));
  assert.ok(!alike(null, {}));
});
