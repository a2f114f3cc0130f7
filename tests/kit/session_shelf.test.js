import assert from "node:assert/strict";
import { test } from "node:test";
import TABLES from "./tables.json" with { type: "json" };

const held = new Map();
globalThis.document = {
  getElementById: () => ({ textContent: JSON.stringify({ ...TABLES, models: [{ name: "m", title: "Small" }] }) }),
};
globalThis.sessionStorage = { getItem: (key) => held.get(key) ?? null, setItem: (key, value) => held.set(key, value) };
const { choices, nameOf, shelve } = await import("../../assets/shell/sidebar/session_shelf.js");

test("what is made here stays on the session's shelf, each once, by its title", () => {
  shelve({ name: "m", title: "Small" });
  shelve({ name: "owner/name", title: "Another" });
  assert.deepEqual(choices(), [["Small", "m"]]);
  shelve({ name: "trained:a.b.c@1", title: "Step 1" });
  shelve({ name: "quantized:m+nf4", title: "Small in NF4" });
  shelve({ name: "trained:a.b.c@1", title: "Step 1" });
  assert.deepEqual(choices().slice(1), [
    ["Small in NF4", "quantized:m+nf4"],
    ["Step 1", "trained:a.b.c@1"],
  ]);
  assert.equal(nameOf("Step 1"), "trained:a.b.c@1");
  assert.equal(nameOf("Small"), "m");
  assert.equal(nameOf("trained:a.b.c@9"), "trained:a.b.c@9");
});

test("it holds the last twelve, and nothing where the storage holds something else", () => {
  for (let step = 0; step < 20; step++) shelve({ name: `trained:a.b.c@${step}`, title: `Step ${step}` });
  assert.equal(choices().length, 13);
  for (const odd of ["{", "3", '[["x", "/etc/passwd"], null]']) {
    for (const key of held.keys()) held.set(key, odd);
    assert.deepEqual(choices(), [["Small", "m"]]);
  }
});
