// @ts-check
/** The arena's ratings by known answers, and what a file of votes may hold. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { bootstrapped, bradleyTerry, elo, style } from "../../assets/views/evaluation/arena/ratings.js";
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

test("the length of answers, standardised", () => {
  const [a, b] = style([
    [10, 4],
    [4, 10],
  ]);
  close(a, Math.SQRT1_2);
  close(b, -Math.SQRT1_2);
  assert.deepEqual(
    style([
      [3, 3],
      [5, 5],
    ]),
    [0, 0],
  );
});

test("who wins by length alone is no stronger once length is controlled", () => {
  // The longer answer wins, and player 0 writes more in nine games of ten, on either side.
  const longer = /** @type {[number, number]} */ ([30, 10]);
  const shorter = /** @type {[number, number]} */ ([10, 30]);
  /** @type {[Game, [number, number]][]} */
  const kinds = [
    [[0, 1, 1], longer],
    [[1, 0, 0], shorter],
  ];
  const all = [...Array(9).fill(kinds).flat(), [[0, 1, 0], shorter], [[1, 0, 1], longer]];
  const played = all.map(([game]) => game);
  const plain = bradleyTerry(played, 2, 0.1);
  const even = bradleyTerry(played, 2, 0.1, style(all.map(([, lengths]) => lengths)));
  assert.equal(plain.pull, null);
  assert.ok(Number(even.pull) > 1);
  assert.ok(even.errors.length === 2 && even.ratings.length === 2);
  const gap = (/** @type {number[]} */ [a, b]) => a - b;
  assert.ok(gap(even.ratings) < gap(plain.ratings), `${even.ratings} is not nearer than ${plain.ratings}`);
});

test("a file of votes holds votes and nothing else", () => {
  const vote = { first: "a", second: "b", score: 0.5, prompt: "p" };
  assert.deepEqual(read(JSON.stringify([vote])), [vote]);
  assert.deepEqual(read(JSON.stringify([{ ...vote, more: 1 }])), [vote]);
  assert.deepEqual(read(JSON.stringify([{ ...vote, tokens: [3, 12] }])), [{ ...vote, tokens: [3, 12] }]);
  for (const tokens of [[3], [3, -1], [3, "x"], "ab", { length: 2 }]) {
    assert.deepEqual(read(JSON.stringify([{ ...vote, tokens }])), [vote]); // a vote of before has none
  }
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
