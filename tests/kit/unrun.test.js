import assert from "node:assert/strict";
import { test } from "node:test";
import { differences } from "../../assets/shell/sidebar/unrun.js";

const SETTINGS = [
  { name: "temperature", label: "Temperature" },
  { name: "top_k", label: "Top-k" },
];
const RUN = {
  text: "One\r\ntwo",
  model: { name: "small", title: "The small one" },
  chat: false,
  seed: 7,
  newTokens: 0,
  sampler: { temperature: 1, top_k: 0 },
};
const SAID = {
  text: "One\ntwo",
  model: "The small one",
  chat: false,
  seed: "7",
  newTokens: "0",
  sampler: { temperature: 1, top_k: 0 },
};

test("a sidebar that says the run differs in nothing", () => {
  assert.deepEqual(differences(SAID, RUN, SETTINGS), []);
  assert.deepEqual(differences({ ...SAID, model: "small", seed: "", sampler: {} }, RUN, SETTINGS), []);
});

test("each field that differs is named, in the order in which they stand", () => {
  const other = {
    text: "x",
    model: "other",
    chat: true,
    seed: "8",
    newTokens: "1",
    sampler: { temperature: 0.5, top_k: 3 },
  };
  assert.deepEqual(differences(other, RUN, SETTINGS), [
    "model",
    "prompt",
    "chat template",
    "temperature",
    "top-k",
    "seed",
    "new tokens",
  ]);
});
