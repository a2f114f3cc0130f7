// @ts-check
/** Two payloads of one type on one picture: what its words and its rows say of both runs. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { markup } from "./drawn.js";

const view = async (/** @type {string} */ path) => await import(`../../assets/views/${path}.js`);
const { OTHER } = await import("../../assets/kit/runs/beside.js");
const ctx = { beside: OTHER, controls: {}, changed: true, kept: {} };

test("the other run's model is listed below this run's, with its sizes in times of this one's", async () => {
  const { rows } = await view("overview/dimensions/sizes");
  const { compared, timesHere } = await view("overview/dimensions/compared");
  const sized = (/** @type {string} */ name, /** @type {number} */ L, own = false) => ({
    ...{ name, own, values: { L, V: 100 }, d_ff: 4, experts: 0, outside: [], stated: null, source: "" },
  });
  const here = sized("Small", 6, true);
  const there = sized("Large", 12, true);
  const models = [here, sized("GPT-2", 12)];
  const made = rows({ models }, { ...ctx, there: { models: [there, models[1]] } });
  assert.deepEqual(
    made.map((/** @type {any} */ row) => [row.name, row.run, row.L]),
    [
      ["Small", "this", 6],
      ["Large", "other", 12],
      ["GPT-2", "", 12],
    ],
  );
  assert.ok(!("run" in rows({ models }, { ...ctx, there: null })[0]));
  assert.match(markup(timesHere(here, there, "L")), /data-times="2">× 2\.00/);
  const typical = [{ symbol: "L" }, { symbol: "V" }];
  const said = markup(compared(here, there, typical, OTHER));
  assert.match(said, /In the other run, <b>Large<\/b>: <b>L<\/b> 12, in this run 6 \(× 2\.00\)\. Equal: V\./);
});

test("what both models keep of a token, and what pooling costs both", async () => {
  const costs = await view("transformer/grouped_query/cost");
  const { compared } = await view("transformer/grouped_query/compared_cost");
  const kept = (/** @type {number} */ n_kv_heads, /** @type {number} */ bytes) => ({
    ...{ groups: [1, 2], shared: [4, 4], key_value: [1, 2], n_heads: 2, n_kv_heads },
    bytes: { fp32: [bytes, 2 * bytes], bf16: [bytes / 2, bytes] },
  });
  const other = { model: { title: "Large" } };
  const said = markup(compared(kept(1, 1000), kept(2, 3000), "fp32", { ...ctx, other }));
  assert.match(said, /uses <b>Large<\/b> \(multi-head, 2 query heads on 2 key-value heads\).*data-bytes="6000"/);
  const [row] = costs.rows(kept(1, 1000), { ...ctx, there: kept(2, 3000) });
  assert.deepEqual([row.cache_bytes_a_token_fp32, row.other_model_fp32, row.other_model_bf16], [1000, 6000, 3000]);

  const { rows } = await view("transformer/grouped_query/kinds");
  const listed = rows({ own: { name: "a" }, known: [{ name: "c" }] }, { there: { own: { name: "b" } } });
  assert.deepEqual(
    listed.map(({ name }) => name),
    ["a", "b", "c"],
  );

  const pooling = await view("transformer/grouped_query/pooled");
  const numbers = (/** @type {number[]} */ ...a) => ({ a: Float32Array.from(a), shape: [1, a.length] });
  const outcome = (/** @type {number} */ nll) => ({ nll: numbers(nll), kl: numbers(0), top: numbers(1) });
  const pooled = (/** @type {number} */ kl) => ({
    ...{ n: 1, n_layers: 1, n_kv_heads: 2, to: 1, layers: numbers(kl) },
    ...{ base: outcome(1), mean: outcome(2), first: outcome(3) },
  });
  const at = { ...ctx, focus: { position: 0 } };
  const [block] = pooling.rows(pooled(0.25), { ...at, there: pooled(0.5) });
  assert.deepEqual([block.mean_kl, block.mean_kl_in_other_run], [0.25, 0.5]);
  assert.ok(!("mean_kl_in_other_run" in pooling.rows(pooled(0.25), { ...at, there: null })[0]));
});

test("heads’ divergences are compared where both texts are as long", async () => {
  const { rows } = await view("transformer/grouped_query/groups");
  const likeness = (/** @type {number} */ within) => ({
    ...{ n_heads: 1, n_kv_heads: 1, layer: 0, position: 0 },
    ...{ rows: { a: [255], shape: [1, 1] }, divergence: { a: [0] }, within: { a: [within] }, between: null },
  });
  const read = (/** @type {number} */ length) => ({ ids: Array(length).fill(0) });
  const both = { ...ctx, there: likeness(0.5), shared: 2, run: read(2) };
  const last = (/** @type {any[]} */ found) => found[found.length - 1];
  assert.equal(last(rows(likeness(0.25), { ...both, other: read(2) })).within_other_run, 0.5);
  assert.equal(last(rows(likeness(0.25), { ...both, other: read(3) })).within_other_run, undefined);
});

test("norms: what the other run’s rows are divided by, as far as both texts go together", async () => {
  const numbers = (/** @type {number[]} */ ...a) => ({ a: Float32Array.from(a), shape: [1, a.length] });
  const scale = await view("transformer/norms/scale");
  const opened = (/** @type {number} */ by) => ({
    ...{ layer: 0, position: 1 },
    norms: { ln1: { kind: "rms", scale: numbers(by, by, by), after: numbers(1, 1, 1), mean: 0 } },
  });
  const here = opened(1);
  Object.assign(here.norms.ln1, { before: numbers(1), weight: numbers(1), bias: null, out: numbers(1) });
  const at = { ...ctx, controls: { place: "ln1" }, shared: 2, run: { ids: [0, 0, 0] } };
  const lines = scale.rows(here, { ...at, there: opened(4) });
  assert.deepEqual(
    lines.slice(0, 3).map((/** @type {any} */ line) => [line.divisor, line.other_run]),
    [
      [1, 4],
      [1, 4],
      [1, undefined],
    ],
  );

  const mean = await view("transformer/norms/mean");
  const contrast = (/** @type {number[]} */ ...a) => ({
    ...{ layer: 0, position: 0, difference: { a: Float32Array.from(a), shape: [1, 3] } },
    share: { a: new Float32Array(3), shape: [1, 3] },
  });
  assert.deepEqual(
    mean.rows(contrast(1, 2, 3), { ...at, there: contrast(4, 5, 6) }).map((/** @type {any} */ line) => line.other_run),
    [4, 5, null],
  );
});

test("the gradients of both texts, and that both are one text to the decoders", async () => {
  const { rows } = await view("transformer/norms/gradients");
  const { compared } = await view("transformer/norms/compared_gradients");
  const of = (/** @type {number} */ w) => {
    const spread = { a: Float32Array.from([w, w, w]), shape: [3, 1] };
    const one = { placement: "pre", n_layers: 1, w_out: spread, weights: spread, stream: spread };
    return { read: 3, distinct: 2, depths: [1], found: [{ ...one, sizes: { a: [1], shape: [1] } }] };
  };
  const [line] = rows(of(0.25), { ...ctx, there: of(0.5) });
  assert.deepEqual([line.w_out, line.w_out_in_other_run], [0.25, 0.5]);
  assert.match(markup(compared(of(0.25), "w_out", { ...ctx, there: of(0.5) })), /On the first 3 tokens.*0\.5/);
  assert.match(markup(compared(of(0.25), "w_out", { ...ctx, there: of(0.25) })), /both texts are the same to them/);
});

test("a head’s rows are the shown run’s; a weight of the other run stands beside each shared one", async () => {
  const { headOf } = await view("transformer/attention_steps/head");
  const { reading } = await view("transformer/attention_steps/reading");
  const matrices = (/** @type {number[]} */ ...weights) => ({
    ...{ first: 0, position: 0, q: { shape: [2, 1] }, visible: { a: [1, 0, 1, 1], shape: [2, 2] } },
    pattern: { a: Float32Array.from(weights), shape: [2, 2] },
  });
  const [here, there] = [matrices(1, 0, 0.25, 0.75), matrices(1, 0, 0.5, 0.5)];
  const selected = /** @type {number[]} */ ([]);
  const page = {
    ...{ ...ctx, there, shared: 1, run: { ids: [0, 1], nPrompt: 2 }, other: { ids: [0, 7], nPrompt: 1 } },
    select: (/** @type {{ position: number }} */ { position }) => selected.push(position),
  };
  const own = headOf(here, page);
  const weights = { kind: "weight", down: "token", across: "token", name: "pattern", value: () => 1 };
  const step = { key: "other", cells: [weights], signs: [] };
  const told = (/** @type {number} */ row) => reading(own, step, 0, { row, column: 0 }).details;
  assert.deepEqual(told(0), [["other run", "1.0000"]]);
  assert.deepEqual(told(1), []); // behind the shared tokens
  const other = headOf(here, { ...page, kept: { side: "there" } });
  assert.deepEqual([other.data, other.there, other.id(1), other.generated(1)], [there, null, 7, true]);
  for (const at of [0, 1]) other.select(at); // this run has no such token at 1
  own.select(1);
  assert.deepEqual(selected, [0, 1]);
});

test("a neuron’s activations in both runs, at the positions that they share", async () => {
  const numbers = (/** @type {number[]} */ ...a) => ({ a: Float32Array.from(a), shape: [1, a.length] });
  const at = { ...ctx, shared: 1, run: { ids: [0, 1] } };
  const neuron = await view("transformer/feed_forward/neuron");
  const active = (/** @type {number} */ by) => ({
    ...{ position: 0, hidden: numbers(by, by), gate_pre: numbers(1, 1), up: null },
    ...{ raised_ids: { a: [] }, raised: numbers(), lowered_ids: { a: [] }, lowered: numbers() },
  });
  const lines = neuron.rows(active(0.5), { ...at, there: active(2) });
  assert.deepEqual(
    lines.map((/** @type {any} */ line) => line.other_run),
    [2, undefined],
  );
  const sparsity = await view("transformer/feed_forward/sparsity");
  const few = (/** @type {number} */ half) => ({
    ...{ layer: 0, position: 0, layer_carriers: numbers(half), layer_open: numbers(1) },
    ...{ pos_carriers: numbers(half, half), pos_open: numbers(1, 1) },
  });
  const made = sparsity.rows(few(3), { ...at, there: few(5) });
  assert.deepEqual(
    made.map((/** @type {any} */ line) => line.make_half_other_run),
    [5, 5, undefined],
  );
  const gates = await view("transformer/feed_forward/gates");
  const listed = {
    listed: { a: [1] },
    lengths: numbers(1, 1),
    raised: { a: new Int32Array(), shape: [1, 0] },
    activation: "silu",
  };
  const opened = (/** @type {number} */ by) => ({ ...active(by), ...listed, gate: numbers(1, 1), layer: 0 });
  assert.equal(gates.rows(opened(0.5), { ...at, there: opened(2) })[0].other_run, 2);
});

test("the other run’s mixture stands among the models once, and its batches beside this one’s", async () => {
  const { compared, withThere } = await view("architectures/moe_cost/compared");
  const mixture = (/** @type {string} */ name, /** @type {number} */ total, own = false) => ({
    ...{ name, own, total, active: total, n_experts: 0, lookup: 0, attention: 1, kv: 1, kv_heads: 1 },
    windows: [[1, null]],
  });
  const here = { rows: [mixture("Small", 10, true), mixture("Large", 30), mixture("Known", 99)], formats: { bf16: 2 } };
  const there = { rows: [mixture("Large", 30, true), mixture("Small", 10)] };
  const listed = withThere(here, { there }).rows;
  assert.deepEqual(
    listed.map((/** @type {any} */ { name, own }) => [name, own]),
    [
      ["Small", true],
      ["Large", true],
      ["Known", false],
    ],
  );
  assert.equal(withThere(here, { there: { rows: [mixture("Small", 10, true)] } }), here); // other weights, as many
  const now = { weights: "bf16", bits: "16 bits", context: 5, sequences: 1, gpu: { memory: 1e9 } };
  const said = markup(compared(here, there.rows[0], now, OTHER));
  assert.match(said, /uses <b>Large<\/b>.*data-total="30">30<\/b> \(× 3\.00\)/);

  const { rows } = await view("architectures/moe_cost/reading");
  const read = (/** @type {number} */ mean) => ({ rows: [{ batch: 4, random: { mean }, consecutive: null }] });
  const [row] = rows(read(3), { ...ctx, there: read(2) });
  assert.deepEqual([row.random, row.random_in_other_run], [3, 2]);
});

test("the other run’s prompt in its own template, in its own model’s words", async () => {
  const { learn } = await import("../../assets/kit/text/vocabulary.js");
  const { chat, rows } = await view("overview/tokens/chat");
  learn({ 1: "Hi", 2: "<s>" });
  const side = (/** @type {number[]} */ ...ids) => ({ ids, special: ids.map(() => false), count: ids.length });
  const here = { has_template: true, plain: side(1), chat: side(2, 1), at: 1, n_special: 1, used: "plain" };
  const there = { ...here, plain: side(8), chat: side(9, 8, 9), n_special: 2 };
  const other = { model: { title: "Large" }, strings: { 8: "Ho", 9: "<t>" } };
  const page = { ...ctx, other, there };
  const listed = rows(here, page).map((/** @type {any} */ { run, template, token }) => [run, template, token]);
  assert.deepEqual(listed, [
    ["this run", "off", "Hi"],
    ["this run", "on", "<s>"],
    ["this run", "on", "Hi"],
    ["other run", "off", "Ho"],
    ["other run", "on", "<t>"],
    ["other run", "on", "Ho"],
    ["other run", "on", "<t>"],
  ]);
  const said = markup(chat(here, page));
  assert.match(said, /Large’s template adds <b data-added="2">2 tokens<\/b>, 2 of them special/);
  assert.equal(said.match(/class="there"/g)?.length, 2);
  const alike = markup(chat(here, { ...page, other: { ...other, strings: { 8: "Hi", 9: "<s>" } }, there: here }));
  assert.doesNotMatch(alike, /have the same tokens/); // its ids are other tokens there
  const same = { model: { title: "Large" }, strings: { 8: "Hi", 9: "<s>" } };
  assert.match(
    markup(chat(here, { ...page, other: same, there: { ...here, plain: side(8), chat: side(9, 8) } })),
    /Both runs have the same tokens/,
  );
});

test("two distributions, by hand: 1/3 and 2/3 there, 3/4 and 1/4 here", async () => {
  const { shareThere, thereOf } = await view("overview/sampling/there");
  const { begin } = await view("overview/sampling/stage");
  const logits = (/** @type {number[]} */ ...a) => Float32Array.from(a);
  const there = thereOf(begin(logits(Math.log(3), 0)), { logits: { a: logits(0, Math.log(2)) } });
  const close = (/** @type {number} */ found, /** @type {number} */ wanted) =>
    assert.ok(Math.abs(found - wanted) < 1e-6, `${found} instead of ${wanted}`);
  close(there.kl, Math.log(4 / 9) / 3 + (2 * Math.log(8 / 3)) / 3);
  close(there.variation, 3 / 4 - 1 / 3);
  close(shareThere(there, 1), 2 / 3);
  assert.equal(there.likeliest, 1);
  assert.equal(shareThere(null, 1), undefined);
});

test("a block’s heads have their share in the other run beside them", async () => {
  const { rows } = await view("overview/walk/block");
  const opened = (/** @type {number} */ share) => ({
    ...{ layer: 3, heads: { a: [share] }, neurons: [], experts: [], lengths: [], before: { a: [] }, after: { a: [] } },
  });
  const [head] = rows(opened(0.5), { ...ctx, there: opened(0.25) });
  assert.deepEqual([head.part, head.share, head.share_other_run], ["L3.H0", 0.5, 0.25]);
});

test("what another run finds of a claim, where it finds something else", async () => {
  const { elsewhere } = await view("overview/errata/elsewhere");
  const { rows } = await view("overview/errata/entries");
  const claim = (/** @type {string} */ name, /** @type {string} */ found, grounded = true, value = "1") => ({
    ...{ name, found, grounded, verdict: "wrong", why: "so", figures: [{ name: "n", value }] },
  });
  const entries = [claim("a", "3"), claim("b", "3"), claim("c", "3", false), claim("d", "3")];
  const there = { entries: [claim("a", "4"), claim("b", "3"), claim("c", "4", false), claim("d", "3", true, "2")] };
  assert.deepEqual(
    entries.map((entry) => elsewhere(entry, { there })),
    [
      { verdict: "wrong", found: "4", why: "", figures: [] },
      null,
      null, // it depends on no run
      { verdict: "wrong", found: "3", why: "", figures: [{ name: "n", value: "2" }] },
    ],
  );
  const other = rows({ entries }, { ...ctx, there }).map((/** @type {any} */ row) => row.other_run);
  assert.deepEqual(other, ["4", "3", "3", "3"]);
  assert.ok(!("other_run" in rows({ entries }, { ...ctx, there: null })[0]));
});

test("claims are found by verdict, chapter and words", async () => {
  const { listed } = await view("overview/errata/entries");
  const claim = (/** @type {string} */ name, /** @type {number} */ chapter, /** @type {string} */ verdict) => ({
    ...{
      name,
      chapter,
      verdict,
      says: `It says ${name}`,
      quotation: "Q",
      section: "S",
      said: "1",
      found: "2",
      why: "",
    },
  });
  const all = [claim("alpha", 1, "wrong"), claim("beta", 2, "right"), claim("alpha beta", 2, "wrong")];
  const names = (/** @type {object} */ wanted) =>
    listed(all, { verdict: "all", chapter: 0, words: "", ...wanted }).map((/** @type {any} */ each) => each.name);
  assert.deepEqual(names({}), ["alpha", "beta", "alpha beta"]);
  assert.deepEqual(names({ verdict: "wrong", chapter: 2 }), ["alpha beta"]);
  assert.deepEqual(names({ words: " BETA  alpha" }), ["alpha beta"]);
});

test("an expert’s effect in both runs, where both have tried it", async () => {
  const { rows } = await view("architectures/counterfactuals/table");
  const tried = (/** @type {[number | null, number][]} */ ...all) => ({
    ...{ do: "forbid", scope: "here", layer: 0, target: 1 },
    rows: all.map(([expert, kl]) => ({ expert, kl, ids: [1], probabilities: [1] })),
  });
  const made = rows(tried([null, 0], [4, 0.5], [5, 0.1]), { ...ctx, there: tried([null, 0], [4, 0.25]) });
  assert.deepEqual(
    made.map((/** @type {any} */ row) => [row.expert, row.kl, row.kl_in_other_run]),
    [
      [null, 0, 0],
      [4, 0.5, 0.25],
      [5, 0.1, undefined],
    ],
  );
});
