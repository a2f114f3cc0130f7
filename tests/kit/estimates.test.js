import assert from "node:assert/strict";
import { test } from "node:test";
import { estimates } from "../../assets/views/finetuning/policy_gradient/estimate.js";

const near = (one, other) => assert.ok(Math.abs(one - other) < 1e-5, `${one} is not ${other}`);
/** Answers of so many tokens to one prompt, of ratio 1 but where one is given. */
const answer = (reward, ratios) => ({
  reward,
  group: 0,
  values: ratios.map(() => 0),
  ratios,
  logp: ratios.map(() => -1),
});

test("one right answer of four: trl's advantages", () => {
  const { by } = estimates(
    [1, 0, 0, 0].map((reward) => answer(reward, [0])),
    5,
  );
  near(by.GRPO.terms[0][0].advantage, 1.4997);
  near(by.GRPO.terms[1][0].advantage, -0.4999);
  near(by.RLOO.terms[1][0].advantage, -1 / 3);
  near(by["Dr.GRPO"].terms[0][0].advantage, 0.75);
  near(by.GRPO.loss, 0);
});

test("GRPO shares an answer's weight among its tokens, DAPO counts tokens", () => {
  const { by } = estimates([answer(1, [0, 0, 0, 0]), answer(0, [0])], 8);
  const A = 0.5 / (Math.sqrt(0.5) + 1e-4);
  near(by.GRPO.terms[0][0].weight, A / 8);
  near(by.DAPO.terms[0][0].weight, A / 5);
  near(by["Dr.GRPO"].terms[0][0].weight, 0.5 / 16);
  near(by.RLOO.terms[0][0].weight, 1 / 2);
});

test("a clip silences what has gone far enough; CISPO's does not", () => {
  const { by } = estimates([answer(1, [0.5, -0.5]), answer(0, [0.5, -0.5])], 5);
  assert.deepEqual(
    by.DAPO.terms.map((row) => row.map(({ off }) => off)),
    [
      [true, false],
      [false, true],
    ],
  );
  assert.equal(by.DAPO.terms[0][0].weight, 0);
  assert.ok(by.CISPO.terms[0][0].weight > 0);
});

test("an answer without a reward has no weight and is in no mean", () => {
  const { by, facts } = estimates([answer(1, [0]), answer(null, [0]), answer(0, [0])], 5);
  for (const { terms } of Object.values(by)) assert.equal(terms[1][0].weight + 0, 0);
  near(facts[0].mean, 0.5);
});
