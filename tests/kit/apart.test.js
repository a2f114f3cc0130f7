import assert from "node:assert/strict";
import { test } from "node:test";
import { apart } from "../../assets/kit/drawing/apart.js";

test("labels with room stay where they are", () => {
  assert.deepEqual(apart([10, 50, 30], 12), [10, 50, 30]);
});

test("labels at one place spread around it", () => {
  assert.deepEqual(apart([40, 40, 40], 10), [30, 40, 50]);
});

test("order is kept, and no two come nearer than the gap, within the bounds", () => {
  let seed = 7;
  const random = () => {
    seed = (seed * 16807) % 2147483647;
    return seed / 2147483647;
  };
  for (let round = 0; round < 200; round++) {
    const places = Array.from({ length: 1 + Math.floor(random() * 8) }, () => random() * 100);
    const found = apart(places, 12, [0, 100]);
    const order = places.map((_, at) => at).sort((a, b) => places[a] - places[b]);
    for (let at = 1; at < order.length; at++) assert.ok(found[order[at]] - found[order[at - 1]] > 12 - 1e-9);
    assert.ok(Math.min(...found) > -1e-9 && Math.max(...found) < 100 + 1e-9);
  }
});
