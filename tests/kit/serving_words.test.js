// @ts-check
/** What the memory calculator says of the model that is marked, and of what a step reads. */
import assert from "node:assert/strict";
import { test } from "node:test";

Object.assign(globalThis, { document: { createTreeWalker: () => null, createComment: () => null } }); // lit’s alone
const CALCULATOR = "../../assets/views/inference/memory_calculator";
const { sums } = await import(`${CALCULATOR}/sums.js`);

/** What a template writes, without its tags. @param {any} made @returns {string} */
function said(made) {
  if (Array.isArray(made)) return made.map(said).join("");
  if (made?.strings)
    return made.strings
      .map((/** @type {string} */ s, /** @type {number} */ at) => s + said(made.values[at]))
      .join("")
      .replace(/<[^>]*>/g, " ")
      .replace(/\s+/g, " ");
  return ["string", "number"].includes(typeof made) ? String(made) : "";
}

const ANSWER = {
  ...{ parameters: 1e9, active: 1e9, weights_title: "Q4", stays: "", weights: 3e8, stored: 6e8, tables: 5e7 },
  ...{ need: { copied: 0, cache: 1, activations: 1, overhead: 1 }, read_at: null, latent: false, held: 1, cached: 2 },
  ...{ n_layers: 1, n_kv_heads: 1, kv_heads: 1, cache_bytes: 2, bandwidth: 1e9, flops: null, capacity: 1e9 },
  ...{ device: "a card", sold: null, reported: null, pace: { weights_read: 2.5e8, cache_read: 1, prefill: null } },
};

test("a format has its bits, however many cards share it", () => {
  const words = said(sums({ cards: 2, batch: 1 }, ANSWER));
  assert.match(words, /in Q4, 4\.80 bits each = 600 MB, cut over 2 cards/);
  assert.match(words, /= 300 MB a card/);
});

test("a step that reads fewer bytes than the card holds says why", () => {
  const words = said(sums({ cards: 1, batch: 1 }, ANSWER));
  assert.match(
    words,
    /A step reads 250 MB of the card’s 300 MB of weights: it looks up rows of the embedding tables \(50\.0 MB\)/,
  );
  const mixture = said(sums({ cards: 1, batch: 1 }, { ...ANSWER, active: 2e8 }));
  assert.match(mixture, /and it reads only the experts that its tokens visit\./);
});
