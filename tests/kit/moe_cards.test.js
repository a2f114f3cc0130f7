// @ts-check
import assert from "node:assert/strict";
import { test } from "node:test";
import { cardsFor, onCard } from "../../assets/views/architectures/moe_cost/arithmetic.js";

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
