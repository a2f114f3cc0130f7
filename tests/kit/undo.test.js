import assert from "node:assert/strict";
import { test } from "node:test";
import { Undo } from "../../assets/shell/sidebar/undo.js";

const run = (edits, forced = [], more = {}) => ({
  text: "a",
  chat: false,
  model: { name: "m" },
  interventions: edits.map((text) => ({ text, label: text })),
  forced,
  newTokens: 1,
  ...more,
});

test("each run that differs in its edits is a step back, and on again", () => {
  const undo = new Undo();
  undo.take(run([]));
  assert.equal(undo.back(), null);
  undo.take(run(["mlp:1"]));
  undo.take(run(["mlp:1", "mlp:2"]));
  assert.deepEqual(undo.back(), { do: "mlp:1", force: null });
  undo.take(run(["mlp:1"]));
  assert.deepEqual(undo.on(), { do: "mlp:1,mlp:2", force: null });
  undo.take(run(["mlp:1", "mlp:2"]));
  assert.equal(undo.undone.length, 0);
  assert.equal(undo.done.length, 2);
});

test("another edit after a step back ends what could be done again", () => {
  const undo = new Undo();
  for (const edits of [[], ["mlp:1"]]) undo.take(run(edits));
  undo.back();
  undo.take(run([]));
  undo.take(run(["mlp:3"]));
  assert.equal(undo.on(), null);
  assert.deepEqual(undo.back(), { do: null, force: null });
});

test("the tokens that forcing one asked for are taken back with it, unless they were changed since", () => {
  const undo = new Undo();
  undo.take(run([], [], { newTokens: 0 }));
  undo.take(run([], [[0, 5]], { newTokens: 1 }));
  assert.deepEqual(undo.back(), { do: null, force: null, new: 0 });
  undo.take(run([], [[0, 5]], { newTokens: 4 }));
  assert.deepEqual(undo.back(), { do: null, force: null });
});

test("another text begins anew", () => {
  const undo = new Undo();
  for (const edits of [[], ["mlp:1"]]) undo.take(run(edits));
  undo.take(run([], [], { text: "b" }));
  assert.equal(undo.back(), null);
});
