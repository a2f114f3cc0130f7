import assert from "node:assert/strict";
import { test } from "node:test";
import { drawnGraph, groupsOf, keyOf, pruned, written } from "../../assets/views/inside/attribution_graph/shown.js";

/** Features 0 to 2, an error 3, a token 4, a logit 5; feature 2 feeds feature 1 alone. */
const data = {
  ids: { a: [9] },
  kinds: { a: [0, 0, 0, 1, 2, 3] },
  first: 0,
  layers: { a: [1, 1, 0, 0, -1, 2] },
  positions: { a: [0, 0, 0, 0, 0, 0] },
  numbers: { a: [7, 8, 3, -1, 9, 5] },
  acts: { a: [1, 1, 1, NaN, NaN, 0.5] },
  influence: { a: [0.4, 0.2, 0.3, 0.1, 0.5, 0] },
  cumulative: { a: [0.3, 0.8, 0.5, 0.9, 0.2, 1] },
  sources: { a: [0, 1, 2, 3, 4, 4] },
  targets: { a: [5, 5, 1, 5, 0, 2] },
  effects: { a: [1, -2, 3, 1, 1, 1] },
  shares: { a: [0.5, 0.25, 1, 0.25, 1, 1] },
};

test("what leads nowhere is left out, until nothing changes", () => {
  assert.deepEqual([...pruned(data, 1)].sort(), [0, 1, 2, 3, 4, 5]);
  assert.deepEqual([...pruned(data, 0.6)].sort(), [0, 4, 5]); // 1 is too weak, so 2 feeds nobody
});

test("nodes that are put together are one, with the sum of their lines", () => {
  const groups = groupsOf(data, "1.0.7,1.0.8;0.0.3,1.0.7,l5,nothing");
  assert.deepEqual(groups, [[0, 1], [2]]); // none twice, no logit, none that is not there
  const { drawn, lines } = drawnGraph(data, 1, groups);
  assert.deepEqual(
    drawn.map(({ key }) => key),
    ["s0", "s1", "e0.0", "t0", "l5"],
  );
  const line = lines.find(({ source, target }) => source === 0 && target === 4);
  assert.equal(line?.effect, -1);
  assert.equal(line?.strength, 0.375);
  assert.equal(written(data, groups), "1.0.7,1.0.8;0.0.3");
  assert.equal(keyOf(data, 3), "e0.0");
});
