// @ts-check
/** One unit of memory on the page, the GB of 10⁹ bytes; and numbers of one's own that are refused. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";

Object.assign(globalThis, { document: { createTreeWalker: () => null, createComment: () => null } }); // lit’s alone
const CALCULATOR = "../../assets/views/inference/memory_calculator";
const { held } = await import(`${CALCULATOR}/number_field.js`);
const { rows } = await import(`${CALCULATOR}/table.js`);

/** What a file says that counts in powers of 1,024. */
const BINARY = /\b[KMGT]iB\b|\bKB\b|\b(?:2 ?\*\* ?[1-4]0|1024 ?\*\*|1 ?<< ?[1-4]0)\b/;
/** Where it must: a table of who means which unit, what older links say, and counts that are no bytes. */
const KNOWN = ["systems/memory_table/table.js"].concat(
  ["asked", "choices"].map((name) => `inference/memory_calculator/${name}.js`),
);

test("no view counts memory in powers of 1,024", () => {
  const paths = readdirSync("assets/views", { recursive: true, encoding: "utf8" });
  const found = paths.filter(
    (path) => path.endsWith(".js") && BINARY.test(readFileSync(`assets/views/${path}`, "utf8")),
  );
  assert.deepEqual(found.sort(), KNOWN.sort());
});

test("a field holds what the link says where it is a number, and nothing where it is none", () => {
  assert.equal(held("12", 1), "12");
  assert.equal(held("-3", 1), "-3");
  assert.equal(held("empty", 1), "");
  assert.equal(held("", 1), "");
  assert.equal(held(undefined, 25.769803776), 25.77);
  assert.equal(held(undefined, 100_000), 100_000);
});

test("a table of sequences that are refused has no lines", () => {
  const row = { name: "a", sizes: {}, windows: [[1, null]], kv_numbers: 1, bytes: { bf16: 1 }, total: 1 };
  const start = { model: "a", weights: "bf16", cache: "bf16", card: "h100" };
  const limit = { label: "", unit: "", broken: false, low: 1, high: 9, start: 1 };
  const ground = {
    ...{ models: { a: {} }, pasted: {}, start, aliases: {}, cards: [{ name: "h100" }] },
    ...{ schemes: [{ name: "bf16" }], caches: [{ name: "bf16", bytes: 2 }] },
    ...{ limits: { batch: limit, length: limit }, card_limits: { memory: limit } },
  };
  const of = (/** @type {object} */ controls) => rows({ ground, models: [row] }, { controls });
  assert.equal(of({}).length, 1);
  assert.equal(of({ card: "own", memory: "-3" }).length, 1); // no card is in it
  assert.equal(of({ batch: "-5" }).length, 0);
  assert.equal(of({ length: "0" }).length, 0);
});
