import assert from "node:assert/strict";
import { test } from "node:test";
import { turned } from "../../assets/kit/drawing/turned.js";

test("time runs to the right or downward, and a box has no negative side", () => {
  assert.deepEqual(turned(false).box([10, 30], [50, 40]), { x: 10, y: 40, width: 20, height: 10 });
  assert.deepEqual(turned(true).box([10, 30], [50, 40]), { x: 40, y: 10, width: 10, height: 20 });
  assert.deepEqual(turned(false).point(1, 2), { x: 1, y: 2 });
  assert.deepEqual(turned(true).point(1, 2), { x: 2, y: 1 });
});
