// @ts-check
/** What an export has of the other run: lines and columns that the picture's own numbers go into. */
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
  assert.equal(rows({ recordings: [recording] }, ctx).length, 1);
  const there = { recordings: [{ ...recording, totals: [{ ...total, sent: 24 }] }] };
  const found = rows({ recordings: [recording] }, { ...ctx, there });
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
  const lines = calibration(model(10), { ...ctx, there: model(7) });
  assert.deepEqual(
    lines.map((/** @type {any} */ row) => [row.counted_bytes, row.counted_bytes_in_other_run]),
    [
      [40, 28],
      [11, 8],
    ],
  );
  assert.ok(!("counted_bytes_in_other_run" in calibration(model(10), ctx)[0]));

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

const floats = (/** @type {number[]} */ a, /** @type {number[]} */ shape = [a.length]) => ({
  a: Float64Array.from(a),
  shape,
});

test("a format has its error on the other run's weights, in whatever order they are measured", async () => {
  const point = (/** @type {string} */ name, /** @type {number | null} */ real) => ({ name, real, bits: 4 });
  const errors = await view("systems/number_formats/errors");
  const there = { points: [point("int8", 0.3), point("int4", 0.2)] };
  const here = { points: [point("int4", 0.1), point("nf4", 0.4), point("int8", null)] };
  assert.deepEqual(
    errors(here, { ...ctx, there }).map((/** @type {any} */ row) => [
      row.relative_error,
      row.relative_error_in_other_run,
    ]),
    [
      [0.1, 0.2],
      [0.4, null],
      [null, 0.3],
    ],
  );
  const tried = (/** @type {string} */ name, /** @type {number} */ error, reason = "") => ({ name, error, reason });
  const formats = await view("systems/quantized_matrix/formats");
  const matrix = { sigma: 2, tried: [tried("q4_0", 1), tried("int8", 0, "no")] };
  const other = { sigma: 4, tried: [tried("int8", 3), tried("q4_0", 1)] };
  assert.deepEqual(
    formats(matrix, { ...ctx, there: other }).map((/** @type {any} */ row) => row.error_of_sigma_in_other_run),
    [0.25, 0.75],
  );
});

test("a longer text's depths and a model's further blocks have lines of their own", async () => {
  const shuffle = await view("embeddings/position_schemes/shuffle");
  const of = (/** @type {number[]} */ a) => ({ without: floats(a), with_table: floats(a), causal: floats(a) });
  const found = shuffle(of([1]), { ...ctx, there: of([2, 3]) });
  assert.deepEqual(
    found.map((/** @type {any} */ row) => [row.causal_without_positions, row.causal_without_positions_in_other_run]),
    [
      [1, 2],
      [undefined, 3],
    ],
  );
  const scaling = await view("embeddings/positions/scaling");
  const half = (/** @type {number[]} */ a) => ({ inv_freq: floats(a) });
  const schemes = [{ name: "linear", ...half([1, 1]), kept: floats([1, 1]), score_factor: 1 }];
  const turns = scaling({ ...half([1, 1]), schemes }, { ...ctx, there: half([2 * Math.PI]) });
  assert.deepEqual(
    turns.map((/** @type {any} */ row) => row.unscaled_other_run),
    [1, null],
  );
});

test("a row of a tile has L and D of the corresponding query, where the other run's picture holds it", async () => {
  const tile = await view("systems/flash_backward/tile");
  const square = floats([1, Number.NaN, 1, 1], [2, 2]);
  const here = { first: 0, q: floats([1, 1], [2, 1]), lse: floats([1, 2]), delta: floats([3, 4]) };
  const data = { ...here, s: square, p: square, dp: square, ds: square };
  const there = { first: 5, lse: floats([7]), delta: floats([8]) };
  const run = { ids: [0, 0] };
  const align = (/** @type {number} */ position) => (position === 1 ? 5 : 2);
  const found = tile(data, { ...ctx, run, there, align });
  assert.deepEqual(
    found.map((/** @type {any} */ row) => [row.L, row.L_other_run, row.D_other_run]),
    [
      [1, undefined, undefined],
      [2, 7, 8],
      [2, 7, 8],
    ],
  );
});

test("a draft is held against the same draft of the other run", async () => {
  const drafts = await view("inference/speculative/drafts");
  const draft = (/** @type {string} */ kind, /** @type {number} */ alpha) => ({
    ...{ kind, alpha, cost: 1, best: 1, speedup: [alpha], low: [1], high: [1], tokens: [1] },
  });
  const there = { drafts: [draft("exit", 0.1), draft("skip", 0.2)] };
  const found = drafts({ drafts: [draft("skip", 0.9), draft("int4", 0.8)] }, { ...ctx, there });
  assert.deepEqual(
    found.map((/** @type {any} */ row) => [row.kept, row.kept_in_other_run]),
    [
      [0.9, 0.2],
      [0.8, null],
    ],
  );
});

test("a row in blocks is compared where both rows have the same keys", async () => {
  const row = await view("systems/online_softmax/row");
  const blocks = (/** @type {number} */ m, first = 0) => {
    const one = Object.fromEntries(
      ["m", "l", "added", "factor", "direct", "unscaled"].map((name) => [name, floats([m])]),
    );
    return { ...one, first, block: 2, position: 1, scores: floats([m, 0]), order: floats([0]) };
  };
  const run = { ids: [0, 0] };
  const with_other = (/** @type {number} */ first) => row(blocks(1), { ...ctx, run, there: blocks(3, first) })[0];
  assert.deepEqual([with_other(0).m, with_other(0).m_other_run, with_other(0).l_other_run], [1, 3, 3]);
  assert.ok(!("m_other_run" in with_other(1)));
});

test("a depth of the map has the other run's change, where that run's model has as many blocks", async () => {
  const cone = await view("systems/window_reach/cone");
  const reach = (/** @type {number[]} */ bound) => ({ source: 0, bound, change: floats(bound, [bound.length, 1]) });
  const run = { ids: [0] };
  const found = cone(reach([1, 2]), { ...ctx, run, there: reach([3, 4]) });
  assert.deepEqual(
    found.map((/** @type {any} */ row) => row.change_in_other_run),
    [3, 4],
  );
  assert.ok(!("change_in_other_run" in cone(reach([1, 2]), { ...ctx, run, there: reach([3]) })[0]));
});

test("a cell of the cache has what both runs read of it", async () => {
  const blocks = await view("inference/kv_cache/blocks");
  const cache = (/** @type {number[]} */ a) => ({
    ...{ position: 1, n_layers: 1, n_kv_heads: 1, bytes: [8, 16], read: floats(a, [1, 1, 2]) },
  });
  const page = { run: { ids: [0, 0] }, payload: () => undefined };
  const found = blocks(cache([255, 0]), { ...ctx, ...page, there: cache([51, 102]) });
  assert.deepEqual(
    found.map((/** @type {any} */ row) => [row.read, row.other_run]),
    [
      [1, 0.2],
      [0, 0.4],
    ],
  );
});

test("both runs' tensors are kept under their own names", async () => {
  const kept = await view("systems/flash_backward/kept");
  const of = (/** @type {number} */ bytes) => ({ standard: [{ name: "P", bytes }], flash: [] });
  const found = kept(of(4), { ...ctx, there: of(9) });
  assert.deepEqual(
    found.map((/** @type {any} */ row) => [row.run, row.way, row.bytes]),
    [
      ["this run", "standard", 4],
      ["other run", "standard", 9],
    ],
  );
});
