import assert from "node:assert/strict";
import { test } from "node:test";
import { readable } from "../../assets/kit/drawing/readable.js";

test("all names are written where there is room for them", () => {
  assert.deepEqual(readable(4, 12), [0, 1, 2, 3]);
});

test("of narrow rows some are named, the chosen one always, and no two names overlap", () => {
  assert.deepEqual(readable(9, 5, -1), [0, 3, 6]);
  for (let size = 1; size < 15; size++) {
    for (let chosen = 0; chosen < 40; chosen++) {
      const named = readable(40, size, chosen);
      assert.ok(named.includes(chosen));
      for (let at = 1; at < named.length; at++) assert.ok((named[at] - named[at - 1]) * size >= 11);
    }
  }
});
