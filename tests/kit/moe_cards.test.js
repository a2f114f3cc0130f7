// @ts-check
import assert from "node:assert/strict";
import { test } from "node:test";
import { cardsFor, costs, gpuNamed, gpuOf, onCard } from "../../assets/views/architectures/moe_cost/arithmetic.js";

test("weights are cut evenly, the cache into no more parts than there are heads", () => {
  assert.equal(cardsFor({ stored: 100, cache: 0, parts: 1, room: 100 }), 1);
  assert.equal(cardsFor({ stored: 100, cache: 1, parts: 1, room: 100 }), 2);
  assert.equal(cardsFor({ stored: 90, cache: 40, parts: 4, room: 65 }), 2);
  assert.equal(cardsFor({ stored: 90, cache: 40, parts: 1, room: 65 }), 4);
  assert.equal(onCard({ stored: 90, cache: 40, parts: 1 }, 4), 62.5);
});

test("a cache that every card has whole can be too much for any number of them", () => {
  assert.equal(cardsFor({ stored: 1, cache: 70, parts: 1, room: 65 }), null);
  assert.equal(cardsFor({ stored: 1, cache: 1, parts: 1, room: -1 }), null);
});

const GPUS = [
  { step: 16, card: null, name: "GPU", memory: 16e9, sold: "" },
  { step: 80, card: "card", name: "A card", memory: 85.5e9, sold: "80 GB" },
  { step: 320, card: null, name: "GPU", memory: 320e9, sold: "" },
];

test("an older link’s memory is the card that is sold as that, with what its driver reports", () => {
  const data = /** @type {any} */ ({ gpus: GPUS });
  assert.equal(gpuNamed(gpuOf(data, 80)), "A card of 85.5 GB");
  assert.equal(gpuNamed(gpuOf(data, 16)), "GPU of 16.0 GB");
});

test("cards are counted in the bytes that they have, not in those that they are called", () => {
  const row = /** @type {any} */ ({ total: 84e9, active: 1, lookup: 0, windows: [], kv: 0, kv_heads: 1, attention: 0 });
  const data = /** @type {any} */ ({ formats: { int8: 1 }, overhead: 0.75e9, gpus: GPUS });
  const at = (/** @type {number} */ step) =>
    costs(data, row, { weights: "int8", gpu: gpuOf(data, step), context: 1, sequences: 1 }).gpus;
  assert.equal(at(80), 1);
  assert.equal(at(16), 6);
});
