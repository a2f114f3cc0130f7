import assert from "node:assert/strict";
import { test } from "node:test";
import { mergeNodes, symbolsAt } from "../../assets/kit/drawing/merges.js";

/** "lowlow": l o (merge 1), lo w (2), low low (9). */
const nodes = mergeNodes(
  [..."lowlow"].map((label) => ({ label, length: 1 })),
  [
    { index: 0, row: 1, label: "lo" },
    { index: 2, row: 1, label: "lo" },
    { index: 0, row: 2, label: "low" },
    { index: 1, row: 2, label: "low" },
    { index: 0, row: 9, label: "lowlow" },
  ],
);
const at = (/** @type {number} */ row) => symbolsAt(nodes, row).map(({ label }) => label);

test("a word after each of its merges", () => {
  assert.deepEqual(at(0), ["l", "o", "w", "l", "o", "w"]);
  assert.deepEqual(at(1), ["lo", "w", "lo", "w"]);
  assert.deepEqual(at(2), ["low", "low"]);
  assert.deepEqual(at(8), ["low", "low"]);
  assert.deepEqual(at(9), ["lowlow"]);
});

test("every symbol that ever was is there once, between its parts", () => {
  assert.equal(nodes.length, 11);
  const root = nodes[10];
  assert.deepEqual([root.from, root.to, root.row, root.parts], [0, 6, 9, [nodes[8], nodes[9]]]);
  assert.equal(nodes[6].x, 1); // lo, between 0.5 and 1.5
  assert.equal(nodes[8].x, 1.75); // low, between 1 and 2.5
});

test("characters of several bytes are as wide as their bytes", () => {
  const [first, second] = mergeNodes(
    [
      { label: "€", length: 3 },
      { label: "s", length: 1 },
    ],
    [],
  );
  assert.deepEqual([first.from, first.to, first.x, second.from, second.x], [0, 3, 1.5, 3, 3.5]);
});
