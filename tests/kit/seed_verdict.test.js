// @ts-check
import assert from "node:assert/strict";
import { test } from "node:test";

Object.assign(globalThis, { document: { createTreeWalker: () => null, createComment: () => null } }); // lit’s alone
const { seedsLacking, seedsStuck, seedVerdict } = await import("../../assets/kit/numbers/seed_verdict.js");

/** What a template says. @param {any} made @returns {string} */
const words = (made) =>
  made === null || made === undefined || typeof made === "symbol"
    ? ""
    : Array.isArray(made)
      ? made.map(words).join("")
      : made.strings
        ? made.strings
            .map((/** @type {string} */ text, /** @type {number} */ at) => text + words(made.values[at]))
            .join("")
        : String(made);

const five = {
  name: "fine",
  each: [-0.1, -0.11, -0.09, -0.1, -0.1],
  mean: -0.1,
  half: 0.01,
  enough: true,
  clear: true,
};

test("two seeds below nought are listed, and no verdict is given", () => {
  const two = { ...five, each: [-0.1, -0.2], mean: -0.15, half: 0.64, enough: false, clear: false };
  const said = words(seedVerdict(two, "Fine-grained experts", "the coarse experts"));
  assert.match(said, /−0\.100, −0\.200 nats/);
  assert.doesNotMatch(said, /below|lower|better/);
});

test("five seeds have a verdict where their interval leaves out nought", () => {
  assert.match(words(seedVerdict(five, "Fine-grained experts", "the coarse experts")), /0\.100.*nats below/s);
  const open = { ...five, mean: 0.087, half: 0.408, clear: false };
  const said = words(seedVerdict(open, "GeGLU", "the plain layer"));
  assert.match(said, /no clear difference from the plain layer/);
  assert.doesNotMatch(said, /above|below/);
});

test("what is lacking for a verdict", () => {
  assert.match(words(seedsLacking(2, 5, 5)), /2 of 5 seeds are trained\. A verdict needs 5\s+seeds/);
  assert.match(words(seedsLacking(3, 3, 5)), /A verdict needs 5\s+seeds, and 3 are asked for/);
  assert.equal(words(seedsLacking(5, 5, 5)), "");
});

test("a training that learnt nothing is named", () => {
  assert.match(
    words(seedsStuck([{ kind: "SwiGLU", seed: 1 }], 15)),
    /SwiGLU with seed 1 ended no better than guessing/,
  );
  assert.equal(words(seedsStuck([], 15)), "");
  assert.match(words(seedsStuck([{ kind: "SwiGLU", seed: 1 }], 1)), /more steps are needed/);
});
