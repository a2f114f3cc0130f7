// @ts-check
/** Numbers at the river's bars: a longer neighbour hides none. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { anchorOf } from "../../assets/views/overview/walk/blocks.js";

test("a number reaches away from a longer bar beside it", () => {
  const row = /** @type {any} */ ({ a: [0.5, 1.8, 6, 2, -3, -1, 0.2] });
  const anchors = row.a.map((/** @type {number} */ _, /** @type {number} */ at) => anchorOf(row, at));
  // 1.8 stands before 6, 2 behind it; a bar that hangs the other way hides nothing
  assert.deepEqual(anchors, ["end", "end", "middle", "start", "middle", "start", "middle"]);
});
