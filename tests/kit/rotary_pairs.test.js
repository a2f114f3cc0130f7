// @ts-check
/** What the score's dimensions say of the one that they are turned together with. */
import assert from "node:assert/strict";
import { test } from "node:test";

Object.assign(globalThis, { document: { createTreeWalker: () => null, createComment: () => null } }); // lit’s alone
const { turned } = await import("../../assets/views/overview/attention/score.js");
const said = (/** @type {number | null} */ d_rotary, d_head = 8) =>
  Array.from({ length: d_head }, (_, at) => turned(at, { d_rotary }));
const pair = (/** @type {number} */ at) => [["rotates together with dimension", String(at)]];

test("all dimensions are turned: the halves in pairs", () => {
  assert.deepEqual(said(8), [4, 5, 6, 7, 0, 1, 2, 3].map(pair));
});

test("a part is turned: its halves in pairs, the rest not", () => {
  const not = [["rotates", "no"]];
  assert.deepEqual(said(4), [pair(2), pair(3), pair(0), pair(1), not, not, not, not]);
});

test("neighbours are turned together, which the server does not count: nothing is said", () => {
  assert.deepEqual(said(null).flat(), []);
});

test("positions turn nothing: nothing is said", () => {
  assert.deepEqual(said(0).flat(), []);
});
