// @ts-check
/** Times in words: a verdict where it is clear, one wording where it is not, and no view that words it by itself. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";

Object.assign(globalThis, { document: { createTreeWalker: () => null, createComment: () => null } }); // lit’s alone
const { asLong, cell, clause, stepTime, unpaired, verdict, verdicts } = await import(
  "../../assets/kit/numbers/timing.js"
);
const { OTHER } = await import("../../assets/kit/runs/beside.js");
const view = (/** @type {string} */ path) => import(`../../assets/views/${path}.js`);

const CLEAR = { median: 2, low: 1.5, high: 2.5, clear: true };
const BUSY = { median: 1.02, low: 0.93, high: 1.1, clear: false };
const WHY = "the spread of the times exceeds their difference";

/** What a template writes, its tags with it. @param {any} made @returns {string} */
function written(made) {
  if (Array.isArray(made)) return made.map(written).join("");
  if (made?.strings)
    return made.strings
      .map((/** @type {string} */ s, /** @type {number} */ at) => s + written(made.values[at]))
      .join("");
  return ["string", "number", "boolean"].includes(typeof made) ? String(made) : "";
}

/** What a person reads of it. @param {unknown} made */
const said = (made) =>
  written(made)
    .replace(/<[^>]*>/g, "")
    .replace(/\s+/g, " ")
    .trim();

/** Of each verdict in it, whether there is one. @param {unknown} made */
const marks = (made) => [...written(made).matchAll(/data-clear="(\w+)"/g)].map(([, clear]) => clear);

test("a clear comparison has its verdict, another the reason why there is none", () => {
  const twice = (/** @type {{ median: number }} */ { median }) => `It takes ${median} times as long.`;
  assert.equal(said(verdict(CLEAR, twice)), "It takes 2 times as long.");
  assert.deepEqual(marks(verdict(CLEAR, twice)), ["true"]);
  const none = `No verdict (0.93 to 1.10 times): ${WHY}. The machine may be busy. Measure again.`;
  assert.equal(said(verdict(BUSY, twice)), none);
  assert.deepEqual(marks(verdict(BUSY, twice)), ["false"]);
  assert.equal(said(verdict(BUSY, twice, "the step")), none.replace("No verdict", "No verdict on the step"));
});

test("of several those that are clear are said together, then the others", () => {
  const all = [
    { on: "one", times: BUSY },
    { on: "two", times: CLEAR },
    { on: "three", times: BUSY },
  ];
  const made = verdicts(all, (/** @type {typeof all} */ clear) => clear.map(({ on }) => `${on} is slower.`));
  assert.ok(
    said(made).startsWith("two is slower. No verdict on one (0.93 to 1.10 times), three (0.93 to 1.10 times):"),
  );
  assert.deepEqual(marks(made), ["true", "false"]);
  assert.deepEqual(marks(verdicts(all.slice(0, 1), assert.fail)), ["false"]);
  assert.equal(written(verdicts([], assert.fail)), "");
});

test("within a sentence and in a cell", () => {
  assert.equal(said(asLong(CLEAR)), "2.00 times as long as here (1.50 to 2.50)");
  assert.equal(said(asLong(BUSY)), `no verdict, ${WHY} (0.93 to 1.10 times)`);
  assert.deepEqual([marks(clause(CLEAR, String)), marks(clause(BUSY, assert.fail))], [["true"], ["false"]]);
  const factor = (/** @type {{ median: number }} */ { median }) => `${median} ×`;
  assert.deepEqual([said(cell(CLEAR, factor)), said(cell(BUSY, factor))], ["2 ×", "no verdict"]);
  assert.equal(said(cell(BUSY, factor, "")), "");
});

test("rounds that do not pair are apart where no two of their middle halves meet", () => {
  const here = { median: 10, low: 9, high: 11 };
  assert.deepEqual(unpaired({ median: 20, low: 18, high: 22 }, here), {
    median: 2,
    low: 18 / 11,
    high: 22 / 9,
    clear: true,
  });
  assert.equal(unpaired({ median: 12, low: 10.9, high: 13 }, here).clear, false);
  assert.equal(unpaired({ median: 5, low: 4, high: 8.9 }, here).clear, true);
});

test("a step of a training has its spread, and nothing before the second one", () => {
  const column = stepTime((/** @type {any} */ time) => time);
  assert.equal(said(column.cell({ ms: 12.3, low: 11.9, high: 12.8 })), "12.3 ms11.9 ms to 12.8 ms");
  assert.equal(said(column.cell(null)), "");
});

/** A payload with the comparison in it -> what the view draws or says of it. */
const DRAWN = {
  "architectures/moe_cost/speed_said": async (/** @type {object} */ times) => {
    const [speed, ratio] = [
      { name: "mixture", batch: 1, tokens: 30 },
      { other: "active", batch: 1, ...times },
    ];
    return (await view("architectures/moe_cost/speed_said")).said({
      done: 5,
      rounds: 5,
      speeds: [speed],
      ratios: [ratio],
    });
  },
  "inference/kv_cache/findings": async (/** @type {object} */ times) => {
    const step = { ms: 3, low: 2, high: 4 };
    const all = {
      prefill: step,
      steps: [step],
      start: 3,
      uncached: [step],
      later: times,
      saved: times,
      cache_share: 0.1,
    };
    return (await view("inference/kv_cache/findings")).found(all);
  },
  "inference/kv_cache/costs": async (/** @type {object} */ times) => {
    const [kl, top, full] = [[0], [1], { name: "full", slower: null }];
    const policies = [full, { name: "window", slower: times }].map((each) => ({ ...each, kl, top, codes: [0] }));
    return (await view("inference/kv_cache/costs")).notes({ policies, n_steps: 1, evicts: false, absent: "" });
  },
  "inference/memory_calculator/calibration_there": async (/** @type {{ clear: boolean }} */ { clear }) => {
    const run = (/** @type {number} */ median) => {
      const timing = { median, low: 0.9 * median, high: 1.1 * median };
      return { tokens: 8, step: timing, prompt: timing, step_bound: 1, prompt_bound: 1, activations: 2, estimate: 1 };
    };
    const [weights, caches] = [{ count: 4, bytes: 16 }, [{ tensors: 8, batch: 1, length: 1 }]];
    const there = { model: "Other", weights, caches, run: run(clear ? 2 : 1) };
    return (await view("inference/memory_calculator/calibration_there")).saidThere(
      { weights, caches, run: run(1) },
      { there, beside: OTHER },
    );
  },
  "transformer/attention_steps/growth": async (/** @type {object} */ times) => {
    const [lengths, ms, flops] = [[512, 1024], [1, 2], { formula: [1, 2], counted: [1, 2] }];
    const parts = ["attention", "softmax", "fused", "projections", "feed_forward"];
    const timed = { parts: parts.map((part) => ({ part, ms, low: ms, high: ms, power: null })), rounds: [5, 5] };
    const counts = { work: parts.map((part) => ({ part, ...flops })), by_count: 900, fitted_from: 512, stopped: "" };
    const found = { above: null, below: 512, by_clock: 800, slower: times, fused: times, longest: 1024, whole: true };
    const declared = () => ({ label: "Up to", meaning: "M.", kind: "whole", choices: [[1024, "1024"]], ranged: true });
    const ctx = { width: 1000, controls: { longest: 1024 }, declared, measured: () => true };
    return (await view("transformer/attention_steps/growth")).growth({ lengths, ...timed, ...counts, ...found }, ctx);
  },
};

for (const [name, drawn] of Object.entries(DRAWN))
  test(`${name}: the machine was busy, instead of a verdict`, async () => {
    const [clear, busy] = [await drawn(CLEAR), await drawn(BUSY)];
    assert.ok(marks(clear).length > 0 && marks(clear).every((each) => each === "true"), said(clear));
    assert.doesNotMatch(said(clear), /busy/);
    assert.match(said(clear), /[12]\.\d\d times|200/);
    assert.ok(marks(busy).length > 0 && marks(busy).every((each) => each === "false"), said(busy));
    assert.ok(said(busy).includes(WHY), said(busy));
  });

/** A field of that name that is read, or taken from an object; what an export passes on is no reading. */
const READS = /\.clear\b(?!\()|[{,]\s*clear\s*(?:[,}]|:\s*\w+\s*[,}])/;
const PASSED_ON = /^ *\[?[`"]?clear[\w${}.]*[`"]?\]?: [\w?.]+\.clear(?: \?\? null)?,$/gm;
/** The kit's words and marks. */
const WORDS = /machine was|too busy|no verdict|data-clear|lost in the noise/i;

test("what reads a comparison, and what passes it on", () => {
  for (const reads of [
    "if (!ratio.clear) x",
    "ratio?.clear ? a : b",
    "const { median, clear } = r",
    "({ clear: c }) => c",
  ])
    assert.match(reads, READS);
  for (const other of ["context.clearRect(0)", "kept.clear()", "const clear = free;", "Clear", "{ clear: a > b }"])
    assert.doesNotMatch(other, READS);
  const passed = ["      clear: ratio?.clear,", `    [\`clear_in_\${beside.column}\`]: times?.clear ?? null,`];
  for (const line of passed) assert.doesNotMatch(line.replace(PASSED_ON, ""), READS);
});

test("no view says by itself whether a comparison is clear", () => {
  const paths = readdirSync("assets/views", { recursive: true, encoding: "utf8" }).filter((path) =>
    path.endsWith(".js"),
  );
  assert.ok(paths.length > 300);
  const found = paths.filter((path) => {
    const script = readFileSync(`assets/views/${path}`, "utf8").replace(PASSED_ON, "");
    return READS.test(script) || WORDS.test(script.replace(/^\s*(\/\*)?\*.*$/gm, ""));
  });
  assert.deepEqual(found, []);
});
