// @ts-check
/** The arena's ratings by known answers, and what a file of votes may hold. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { bootstrapped, bradleyTerry, elo } from "../../assets/views/evaluation/arena/ratings.js";
import { numbered, read } from "../../assets/views/evaluation/arena/votes.js";

/** @typedef {import("../../assets/views/evaluation/arena/ratings.js").Game} Game */

/** @param {number} times @param {number} score @returns {Game[]} */
const games = (times, score) => Array.from({ length: times }, () => /** @type {Game} */ ([0, 1, score]));

const close = (/** @type {number} */ found, /** @type {number} */ known, within = 5e-4) =>
  assert.ok(Math.abs(found - known) < within, `${found} is not ${known}`);

test("Elo depends on the order of the games", () => {
  close(elo([...games(10, 1), ...games(10, 0)], 2)[0], 997.9268);
  close(elo([...games(10, 0), ...games(10, 1)], 2)[0], 1002.0732);
});

test("Bradley-Terry of seven wins and three losses", () => {
  const { ratings, errors } = bradleyTerry([...games(7, 1), ...games(3, 0)], 2, 1e-4);
  close(ratings[0] - ratings[1], 147.1907, 0.05);
  close(2 * errors[0], 119.877, 0.05); // the two errors are one and the same: they move against each other
});

test("who has only won has a finite strength under a ridge", () => {
  const { ratings } = bradleyTerry(games(3, 1), 2, 0.1);
  assert.ok(ratings[0] > 1000 && ratings[0] < 2000);
  const [[low, high]] = bootstrapped([...games(7, 1), ...games(3, 0)], 2, 0.1);
  assert.ok(low < 1000 + 147 / 2 && high > 1000 + 147 / 2);
});

test("a file of votes holds votes and nothing else", () => {
  const vote = { first: "a", second: "b", score: 0.5, prompt: "p" };
  assert.deepEqual(read(JSON.stringify([vote])), [vote]);
  assert.deepEqual(read(JSON.stringify([{ ...vote, more: 1 }])), [vote]);
  for (const wrong of [
    {},
    null,
    [null],
    [{ ...vote, score: 2 }],
    [{ ...vote, first: 3 }],
    [{ ...vote, second: "a" }],
  ]) {
    assert.equal(read(JSON.stringify(wrong)), null);
  }
  assert.equal(read("[["), null);
  assert.deepEqual(numbered([vote]), { names: ["a", "b"], games: [[0, 1, 0.5]] });
});
