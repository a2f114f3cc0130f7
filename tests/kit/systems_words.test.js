// @ts-check
/** What the systems chapter says of its measurements: no more than they hold. */
import assert from "node:assert/strict";
import { test } from "node:test";

const page = {
  document: { createTreeWalker: () => null, createComment: () => null, body: {}, documentElement: {} }, // lit’s alone
  getComputedStyle: () => ({ getPropertyValue: () => "", fontFamily: "" }),
  OffscreenCanvas: class {
    getContext() {
      return { measureText: (/** @type {string} */ text) => ({ width: 7 * text.length }) };
    }
  },
};
Object.assign(globalThis, page);
const view = (/** @type {string} */ path) => import(`../../assets/views/systems/${path}.js`);

/** What a person reads of a template. @param {any} made @returns {string} */
function written(made) {
  if (Array.isArray(made)) return made.map(written).join("");
  if (made?.strings)
    return made.strings
      .map((/** @type {string} */ s, /** @type {number} */ at) => s + written(made.values[at]))
      .join("");
  return ["string", "number", "boolean"].includes(typeof made) ? String(made) : "";
}
const said = (/** @type {unknown} */ made) =>
  written(made)
    .replace(/<[^>]*>/g, "")
    .replace(/\s+/g, " ")
    .trim();

test("how a peak grows is said as it is: with a part of fixed size, less than the text", async () => {
  const { peaks } = await view("flash_growth/peaks");
  const run = (/** @type {string} */ method, /** @type {number} */ n, /** @type {number} */ peak) => ({
    method,
    n,
    peak,
  });
  const runs = [
    ...[run("standard", 4096, 134e6), run("standard", 16384, 2144e6)],
    ...[run("tiled", 4096, 4e6), run("tiled", 16384, 9.36e6)],
    ...[run("sdpa", 4096, 2e6), run("sdpa", 16384, 5.84e6)],
  ];
  const text = said(peaks({ runs }));
  assert.match(text, /standard 16(\.00)? times .* ours, tiled 2\.34 times .* torch 2\.92 times/);
  assert.match(text, /a part of fixed size/);
  assert.doesNotMatch(text, /grows with N in both/);
  const linear = [run("tiled", 4096, 1e6), run("tiled", 16384, 4e6)];
  assert.doesNotMatch(said(peaks({ runs: linear })), /fixed size/);
  assert.equal(said(peaks({ runs: runs.slice(0, 1) })), "");
});

test("a slower zig-zag is called slower, and no gain is claimed where processors are shared", async () => {
  const { layouts } = await view("ring_attention/layouts");
  const times = (/** @type {number} */ median) => ({ median, low: 0.9 * median, high: 1.05 * median, clear: true });
  const data = (/** @type {number} */ wall, ranks = 4) => ({
    ...{ rounds: 5, of_rounds: 5, cores: 2 },
    ratios: [{ ranks, causal: true, busiest: times(1.3), wall: times(wall) }],
  });
  const way = { ranks: 4, causal: true };
  assert.match(said(layouts(data(0.8), way)), /0\.80 times as long .* zig-zag was slower here/);
  assert.doesNotMatch(said(layouts(data(1.2), way)), /slower/);
  for (const wall of [0.8, 1.2]) assert.doesNotMatch(said(layouts(data(wall), way)), /gains/);
  assert.match(said(layouts(data(0.8), way)), /4 ranks share 2 processors/);
  assert.match(said(layouts({ ...data(1), rounds: 2 }, way)), /Round 2 of 5/);
});

test("a map says of what is measured so far, and of the whole only at its end", async () => {
  const { lead } = await view("quantized_model/lead");
  const tensor = (/** @type {number[]} */ a) => ({ a, shape: [a.length] });
  const data = (/** @type {number[]} */ kl) => ({
    format: { title: "INT3" },
    grid: { rows: ["attn.W_Q", "unembed"], n_layers: 2, row: tensor([0, 0, 1]), layer: tensor([0, 1, -1]) },
    kl: tensor(kl),
    weights: tensor([10, 10, 80]),
  });
  const begun = said(lead(data([0.1, Number.NaN, Number.NaN])));
  assert.match(begun, /^1 of 3 matrices are measured\. So far block 0 W_Q suffers most/);
  const whole = said(lead(data([0.1, 0.05, 0.9])));
  assert.match(whole, /^Unembedding suffers most in INT3/);
  assert.doesNotMatch(whole, /So far/);
});

test("the unembedding has a place in the map, behind the last block", async () => {
  const { partsMap } = await view("quantized_model/map");
  const tensor = (/** @type {number[]} */ a) => ({ a, shape: [a.length] });
  /** @type {number[]} */
  const told = [];
  const made = partsMap({
    grid: { rows: ["attn.W_Q", "unembed"], n_layers: 2, row: tensor([0, 0, 1]), layer: tensor([0, 1, -1]) },
    ...{ width: 1000, label: "map", of: [], selected: 2, select: () => {}, told: () => null },
    colour: () => null,
    written: (/** @type {number} */ at) => {
      told.push(at);
      return { text: `m${at}`, fill: "" };
    },
    edge: { rows: [0.3, 0.9], blocks: [0.1, 0.2, 0.9], format: (/** @type {number} */ value) => String(value) },
  });
  const text = written(made);
  for (const name of ["W_Q", "unembed", "end", "0.9"]) assert.ok(text.includes(name), name);
  assert.deepEqual([...new Set(told)].sort(), [0, 1, 2]);
});

test("a rotation that leaves a loss as it was did not lessen it", async () => {
  const { found } = await view("activation_aware/turned");
  const channels = { a: [1, 2, 9] };
  const rows = [0.83, 0.62, 0.985, 0.992, 1.227].map((after) => ({ folded: 1, after }));
  const text = said(found({ before: channels, after: channels, rows }));
  assert.match(text, /falls by more than 5\.00 % in 2 of 5 matrices and grows by more in 1; 2 stay within 5\.00 %/);
  assert.match(text, /One rotation was drawn/);
  assert.doesNotMatch(said(found({ before: channels, after: channels, rows: rows.slice(0, 2) })), /within/);
});

test("formats that share a reason stand in one sentence", async () => {
  const { brief, misfits } = await import("../../assets/kit/numbers/misfits.js");
  const reason = "Rows of 576 weights cannot be cut into blocks of 256.";
  const left = ["Q6_K", "Q5_K", "Q2_K"].map((title) => ({ title, reason }));
  assert.equal(
    misfits([...left, { title: "NF4", reason: "It has too few." }]),
    "Q6_K, Q5_K and Q2_K are left out: rows of 576 weights cannot be cut into blocks of 256. " +
      "NF4 is left out: it has too few.",
  );
  assert.equal(misfits([]), "");
  assert.equal(brief("INT8, one scale per row"), "INT8");
});

test("of one kind of text none is highest and none lowest", async () => {
  const { lead } = await import("../../assets/views/inference/speculative/corpus_told.js");
  const alpha = (/** @type {number} */ mean) => ({ mean, low: null, high: null });
  const novel = { kind: "novel", alpha: alpha(0.708) };
  /** @type {any} */
  const data = { draft: "skip", alpha: alpha(0.708), texts: 1, of_texts: 6, by_kind: [novel] };
  assert.match(said(lead(data)), /over 1 text\. 1 of 6 texts are read so far\.$/);
  assert.doesNotMatch(said(lead(data)), /highest|lowest/);
  const both = said(lead({ ...data, texts: 2, by_kind: [novel, { kind: "drama", alpha: alpha(0.5) }] }));
  assert.match(both, /highest in novel, 70\.8 %, and lowest in drama, 50\.0 %/);
});

test("an axis of two powers of ten has ticks between them", async () => {
  const { ticksOf } = await import("../../assets/views/inference/kv_cache/scaling.js");
  for (const values of [
    [2.2, 30],
    [0.05, 0.4],
    [3, 8],
  ]) {
    assert.ok(ticksOf(values).tickvals.length >= 3, String(values));
  }
  assert.deepEqual(ticksOf([2e7, 3e9]).tickvals, [1e8, 1e9]);
  assert.deepEqual(ticksOf([5, 3000]).ticktext, ["10", "100", "1,000"]);
});

test("formats that round a number equally badly share the verdict", async () => {
  const { said: told } = await view("number_formats/grid");
  const data = { numbers: { a: [0.576] }, largest: 1 };
  const format = (/** @type {string} */ title, /** @type {number} */ value) => ({ title, values: { a: [value] } });
  const formats = [format("NF4", 0.5626), format("FP4", 0.5), format("MXFP4", 0.5), format("NVFP4", 0.652)];
  assert.equal(
    said(told(data, formats, 0)),
    "NF4 rounds 0.5760 best, to 0.5626. FP4, MXFP4 and NVFP4 round it worst, to 0.5000 or 0.6520.",
  );
  assert.equal(said(told(data, formats.slice(1, 3), 0)), "All 2 formats round 0.5760 to 0.5000.");
  const many = [format("NF4", 0.5626), ...["A", "B", "C", "D", "E"].map((title) => format(title, 0.5))];
  assert.match(said(told(data, many, 0)), /A, B, C and 2 other formats round it worst, to 0\.5000\.$/);
});
