// @ts-check
/** What an export has of the run beside this one: lines and columns that the picture's own numbers go into. */
import assert from "node:assert/strict";
import { test } from "node:test";

Object.assign(globalThis, { document: { createTreeWalker: () => null, createComment: () => null } }); // lit’s alone
const view = async (/** @type {string} */ path) => (await import(`../../assets/views/${path}.js`)).rows;
const { OTHER } = await import("../../assets/kit/runs/beside.js");
const ctx = { beside: OTHER, controls: {} };

test("the marks of the other run's template stand below this run's tokens", async () => {
  const rows = await view("tokenization/special_tokens/conversation");
  const mark = (/** @type {number} */ id, /** @type {string} */ text) => ({ id, text, special: true });
  const places = [
    { after: "", before: "user", here: [mark(1, "<a>")], there: [mark(7, "<b>"), mark(8, "<c>")] },
    { after: "user", before: "", here: [], there: [mark(9, "<d>")] },
  ];
  const one = { turns: [{ role: "user" }], pieces: [{ line: 1, source: "{{ x }}" }], ids: [1, 2] };
  const two = { special: [true, false], said: [false, true], chunks: [{ piece: 0, turn: 0, tokens: [0, 1] }] };
  const alone = rows({ ...one, ...two, base: null }, ctx);
  assert.ok(alone.length === 2 && alone.every((/** @type {object} */ row) => !("run" in row)));
  const found = rows({ ...one, ...two, base: { reason: "", lead: [], places } }, ctx);
  const told = found.map((/** @type {any} */ { run, id, around }) => [run, id, around]);
  assert.deepEqual(told, [
    ["this run", 1, undefined],
    ["this run", 2, undefined],
    ["other run", 7, "before the user’s words"],
    ["other run", 8, "before the user’s words"],
    ["other run", 9, "after the user’s words"],
  ]);
  const without = rows({ ...one, ...two, base: { reason: "No template.", lead: [mark(3, "<s>")], places: [] } }, ctx);
  assert.deepEqual([without[2].token, without[2].around], ["<s>", "before every text"]);
});

test("a lane has its tokens of the other text, and its own tokenizer both", async () => {
  const rows = await view("tokenization/tokenizers_compared/lanes");
  const lane = { name: "gpt2", ids: { a: [5, 6] }, starts: { a: [0, 1] }, ends: { a: [1, 2] }, written: [] };
  const own = { title: "Small", size: 9, here: 4, there: 11 };
  const base = { same_text: false, nbytes: 30, tokens: [13], own };
  const made = rows({ text: "ab", lanes: [lane], base }, ctx);
  const each = made.map((/** @type {any} */ row) => [row.tokenizer, row.text, row.tokens, row.tokens_of_other_run]);
  assert.deepEqual(each, [
    ["gpt2", "a", 2, 13],
    ["gpt2", "b", 2, 13],
    ["Small", undefined, 4, 11],
  ]);
  assert.ok(!("tokens" in rows({ text: "ab", lanes: [lane], base: null }, ctx)[0]));
  assert.ok(
    !("tokens_of_other_run" in rows({ text: "ab", lanes: [lane], base: { ...base, same_text: true } }, ctx)[0]),
  );
});

test("the ranks' sums of both runs stand below the moments", async () => {
  const rows = await view("systems/ring_attention/steps");
  const way = { ranks: 1, kind: "zigzag", causal: true };
  const total = { sent: 8, flops: 5, computed: 2, skipped: 1, compute: 0.5, wait: 0.25, send: 0.125 };
  const moment = { does: "send", phase: "forward", step: 0, start: 0, end: 1, name: "K", owner: 0, bytes: 8 };
  const recording = { ...way, moments: [[moment]], totals: [total] };
  assert.equal(rows({ recordings: [recording], base: null }, ctx).length, 1);
  const base = { ways: [{ ...way, totals: [{ ...total, sent: 24 }] }] };
  const found = rows({ recordings: [recording], base }, ctx);
  const told = found.map((/** @type {any} */ { run, does, bytes, wait_ms }) => [run, does, bytes, wait_ms]);
  assert.deepEqual(told, [
    ["this run", "send", 8, undefined],
    ["this run", "in all", 8, 0.25],
    ["other run", "in all", 24, 0.25],
  ]);
});

test("the whole runs on both heads stand below the steps", async () => {
  const { sumRows } = await import("../../assets/views/systems/flash_tiles/other.js");
  const sums = (/** @type {number} */ read) => [{ algorithm: "fa2", read, written: 2, extra: 1, flops: 9, steps: 3 }];
  const data = /** @type {any} */ ({ algorithm: "fa2", rises: 4, sums: sums(10), base: { rises: 1, sums: sums(7) } });
  const found = sumRows(data, /** @type {any} */ (ctx));
  assert.deepEqual(
    found.map(({ run, phase, bytes_read, rises }) => [run, phase, bytes_read, rises]),
    [
      ["this run", "whole run of FA-2", 10, 4],
      ["other run", "whole run of FA-2", 7, 1],
    ],
  );
  assert.deepEqual(sumRows({ ...data, base: null }, /** @type {any} */ (ctx)), []);
});

test("the other run's rows stand below this run's, its model's pauses beside this one's", async () => {
  const served = (/** @type {number} */ at) => ({
    ...{ passes: [[at, at + 1]], cells: [[0, 0, "prefill", null, 6]], latency: [at] },
  });
  const way = (/** @type {number} */ at) => ({ static: served(at), continuous: served(at) });
  const timeline = await view("inference/batching/timeline");
  const made = timeline({ requests: [{ arrives: 0 }], ...way(1), base: way(5) }, ctx);
  assert.deepEqual(
    made.map((/** @type {any} */ row) => [row.run, row.way, row.from_s, row.latency_s]),
    [
      ["this run", "static", 1, 1],
      ["this run", "continuous", 1, 1],
      ["other run", "static", 5, 5],
      ["other run", "continuous", 5, 5],
    ],
  );
  assert.ok(!("run" in timeline({ requests: [{ arrives: 0 }], ...way(1), base: null }, ctx)[0]));

  const chunked = await view("inference/batching/chunked");
  const read = (/** @type {number} */ chunk, /** @type {number} */ ms) => ({
    ...{ chunk, longest_gap: { ms }, first_token: { ms: 2 * ms }, gap_p50: ms, passes: [], rounds: 3 },
  });
  const ways = { ways: [read(0, 9), read(16, 3)] };
  const found = chunked({ ...ways, base: { ways: [read(0, 4)] } }, ctx);
  assert.deepEqual(
    [found[0].longest_gap_ms, found[0].longest_gap_ms_in_other_run, found[0].ttft_ms_in_other_run],
    [9, 4, 8],
  );
  assert.equal(found[1].longest_gap_ms_in_other_run, null);
  assert.ok(!("ttft_ms_in_other_run" in chunked({ ...ways, base: null }, ctx)[0]));

  const curve = await view("inference/batching/load_curve");
  const knee = { name: "static", offered: 40, last: false, ttft: 1, tpot: 2, whole: 3 };
  const [one] = curve({ step: 5, ways: [], base: { ways: [knee] } }, ctx);
  assert.deepEqual([one.run, one.offered_tokens_per_s, one["end to end_p99_s"]], ["other run", 40, 3]);
});

test("the other model's bytes and times stand beside this one's, line by line", async () => {
  const cache = (/** @type {number} */ bytes) => ({
    ...{ layout: "paged", batch: 1, length: 40, formula: bytes, tensors: bytes + 1, books: 8 },
  });
  const model = (/** @type {number} */ n) => ({
    ...{ weights: { count: n, formula_bytes: 4 * n, bytes: 4 * n }, caches: [cache(n)] },
  });
  const calibration = await view("inference/memory_calculator/calibration");
  const lines = calibration({ ...model(10), base: model(7) }, ctx);
  assert.deepEqual(
    lines.map((/** @type {any} */ row) => [row.counted_bytes, row.counted_bytes_in_other_run]),
    [
      [40, 28],
      [11, 8],
    ],
  );
  assert.ok(!("counted_bytes_in_other_run" in calibration({ ...model(10), base: null }, ctx)[0]));

  const growth = await view("systems/flash_growth/measured");
  const run = (/** @type {number} */ ms) => ({ method: "sdpa", n: 128, ms, low: 1, high: 9, rounds: 5, peak: 10 * ms });
  const times = [{ method: "sdpa", n: 128, median: 0.5, low: 0.4, high: 1.2, clear: false }];
  const all = { runs: [run(4)], stops: [], d: 64, causal: true, backward: false, threads: 1 };
  const [grown] = growth({ ...all, base: { d: 48, runs: [run(2)], times } }, ctx);
  assert.deepEqual(
    [grown.ms, grown.ms_in_other_run, grown.clear_in_other_run, grown.d_in_other_run],
    [4, 2, false, 48],
  );
  assert.ok(!("ms_in_other_run" in growth({ ...all, base: null }, ctx)[0]));
});
