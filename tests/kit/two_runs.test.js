import assert from "node:assert/strict";
import { test } from "node:test";
import { alike, compared } from "../../assets/views/overview/two_runs/compared.js";

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
