// @ts-check
/** A picture of a view waits for the view's charts, and not for ever. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { chartsDrawn } from "../../assets/shell/saving/charts_drawn.js";

test("a picture is not taken while a chart waits for its library", async () => {
  let looks = 0;
  const body = { querySelector: () => (++looks < 3 ? {} : null) };
  await chartsDrawn(/** @type {any} */ (body));
  assert.equal(looks, 3);
});

test("a chart that never comes holds no picture back", async () => {
  const start = performance.now();
  await chartsDrawn(/** @type {any} */ ({ querySelector: () => ({}) }), 120);
  assert.ok(performance.now() - start < 2_000);
});
