import assert from "node:assert/strict";
import { test } from "node:test";
import { branch, tidyTree, treeStep } from "../../assets/kit/drawing/tree.js";
import { rollup } from "../../assets/vendor/d3.js";

/** @type {Record<string, string[]>} */
const CHILDREN = { root: ["a", "b"], a: ["c", "d", "e"], b: ["f"], f: ["g"] };
const children = (/** @type {string} */ item) => CHILDREN[item] ?? [];
const { places, height } = tidyTree({ root: "root", children, row: 20 });
const y = (/** @type {string} */ item) => places.get(item)?.y ?? Number.NaN;

test("a generation keeps its order, and no two stand in one row", () => {
  const generations = rollup(
    places.values(),
    (all) => all,
    (place) => place.depth,
  );
  assert.deepEqual([...generations.keys()], [0, 1, 2, 3]);
  for (const all of generations.values()) {
    for (let at = 1; at < all.length; at++) assert.ok(all[at].y - all[at - 1].y >= 20 - 1e-9);
  }
  assert.deepEqual(
    generations.get(2)?.map((place) => place.item),
    ["c", "d", "e", "f"],
  );
});

test("a parent stands in the middle of its children, and all within the height", () => {
  assert.ok(Math.abs(y("a") - y("d")) < 1e-9);
  assert.ok(Math.abs(y("root") - (y("a") + y("b")) / 2) < 1e-9);
  for (const place of places.values()) assert.ok(place.y >= 10 - 1e-9 && place.y <= height - 10 + 1e-9);
});

test("arrow keys lead to relatives", () => {
  assert.equal(treeStep(places, "root", "ArrowRight"), "a");
  assert.equal(
    treeStep(places, "a", "ArrowRight", (all) => all[2]),
    "e",
  );
  assert.equal(treeStep(places, "e", "ArrowDown"), "f");
  assert.equal(treeStep(places, "c", "ArrowUp"), "c");
  assert.equal(treeStep(places, "f", "ArrowLeft"), "b");
  assert.equal(treeStep(places, "g", "ArrowRight"), "g");
  assert.equal(treeStep(places, "g", "Enter"), undefined);
});

test("a branch begins and ends where it should", () => {
  assert.match(branch([0, 1], [10, 5]), /^M0,1C.*10,5$/);
});
