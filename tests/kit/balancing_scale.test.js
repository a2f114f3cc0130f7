// @ts-check
import assert from "node:assert/strict";
import { test } from "node:test";

Object.assign(globalThis, { document: { createTreeWalker: () => null, createComment: () => null } }); // lit’s alone
const { sharesReach } = await import("../../assets/views/architectures/balancing/shares_at.js");

const run = (/** @type {number[]} */ f, /** @type {number[]} */ P) =>
  /** @type {any} */ ({ f: { a: Float32Array.from(f) }, P: { a: Float32Array.from(P) } });
const data = /** @type {any} */ ({ experts: 2 });

test("the bars of both trainings reach to one scale: the largest share of either", () => {
  const [uneven, even] = [run([0.95, 0.05], [0.9, 0.1]), run([0.5, 0.5], [0.5, 0.5])];
  const both = sharesReach([uneven, even], data, 0);
  assert.ok(Math.abs(both - 0.95) < 1e-6);
  assert.equal(both, sharesReach([even, uneven], data, 0));
});

test("nearly even loads are not drawn as if they were far apart", () => {
  assert.equal(sharesReach([run([0.5, 0.5], [0.5, 0.5])], data, 0), 0.8);
});
