// @ts-check
/** How far the routes of two runs lie apart, by hand. */
import assert from "node:assert/strict";
import { test } from "node:test";

Object.assign(globalThis, { document: { createTreeWalker: () => null, createComment: () => null } }); // lit’s alone
const { difference, visitsThere } = await import("../../assets/views/architectures/routing/routes.js");

/** @param {number[]} indices @param {number[]} weights one layer, three tokens, two slots @returns {any} */
const routed = (indices, weights) => ({
  layers: [4],
  indices: { a: Int32Array.from(indices), shape: [1, 3, 2] },
  weights: { a: Float32Array.from(weights), shape: [1, 3, 2] },
});
const here = routed([0, 1, 2, -1, 0, 1], [0.75, 0.25, 1, 0, 0.5, 0.5]);
const there = routed([1, 0, 2, 3, 3, 4], [0.5, 0.5, 0.75, 0.25, 0.5, 0.5]);

test("a route is elsewhere where another expert is visited, and weight moves with it", () => {
  const { elsewhere, moved } = difference(here, { there, shared: 2 });
  assert.equal(elsewhere, 1); // the first token visits the same two, the second one more
  assert.equal(moved, (0.25 + 0.25) / 2);
});

test("behind the shared tokens nothing is compared", () => {
  assert.equal(visitsThere({ there, shared: 2 }, 0, 2), null);
  assert.equal(difference(here, { there, shared: 3 }).elsewhere, 2);
});
