import assert from "node:assert/strict";
import { test } from "node:test";
import { alike, compared } from "../../assets/views/overview/two_runs/compared.js";

Object.assign(globalThis, { document: { createTreeWalker: () => null, createComment: () => null } }); // lit’s alone
const { counterpart } = await import("../../assets/views/overview/two_runs/counterpart.js");

// two targets and the first over the second, two runs, three parts
const DATA = {
  names: ["embedding", "L0.H0", "biases"],
  values: { a: [1, 2, 0, 1.5, -3, 0, 0.5, 1, 0, 0.5, 4, 0, 0.5, 1, 0, 1, -7, 0], shape: [3, 2, 3] },
  leads: { a: [3, -1.5, 1.5, 4.5, 1.5, -6], shape: [3, 2] },
};

test("parts are sorted by their change, and all of them are listed: as many as the check adds up", () => {
  assert.deepEqual(compared(DATA, 0), {
    rows: [
      { name: "L0.H0", left: 2, right: -3 },
      { name: "embedding", left: 1, right: 1.5 },
      { name: "biases", left: 0, right: 0 },
    ],
    sum: { name: "together", left: 3, right: -1.5 },
  });
});

test("the first over the second is a lead of its own", () => {
  const { rows, sum } = compared(DATA, 2);
  assert.deepEqual(rows[0], { name: "L0.H0", left: 1, right: -7 });
  assert.deepEqual(sum, { name: "together", left: 1.5, right: -6 });
  const total = (key) => rows.reduce((all, row) => all + row[key], 0);
  assert.deepEqual([total("left"), total("right")], [sum.left, sum.right]);
});

test("of a long text, what is said counts the pairs that are shown, and says so", () => {
  const tokens = [{ same: true }, { same: false }, { same: true }];
  assert.match(alike({ tokens, before: 0, after: 0 }), /^1 pair of tokens differs, and is outlined/);
  const long = alike({ tokens, before: 400, after: 80 });
  assert.match(long, /^1 pair of tokens of the 3 shown differs/);
  assert.match(long, /480 pairs before and after them not shown\.$/);
  const alikeHere = alike({ tokens: [{ same: true }], before: 5, after: 0 });
  assert.doesNotMatch(alikeHere, /Both runs have the same tokens/, "the others may differ");
});

test("a run has a natural counterpart: without its interventions, with one word exchanged, or in another model", () => {
  const plain = { query: "model=small&text=Two+men&force=3%3A4", text: "Two men" };
  const models = ["small", "large"].map((name) => ({ name, title: name.toUpperCase() }));
  const of = (/** @type {string | null} */ pair, first = plain) => counterpart({ first, models, pair });
  assert.equal(of("Two women", { ...plain, query: `${plain.query}&do=mlp%3A1` })?.query, plain.query);
  assert.deepEqual(of("Two women"), {
    what: "The same prompt with one word exchanged",
    name: "Two women",
    query: "model=small&text=Two+women",
  });
  assert.equal(of(null)?.query, "model=large&text=Two+men");
  assert.equal(of(null)?.name, "LARGE");
  assert.equal(counterpart({ first: plain, models: models.slice(0, 1), pair: null }), null);
});
