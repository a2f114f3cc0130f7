// @ts-check
/** From a removed document of the pipeline to its passport: what the link then says, and what it leaves out. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { handlers } from "./drawn.js";

const { Store } = await import("../../assets/shell/store.js");
const { opened } = await import("../../assets/views/pretraining/data_pipeline/stage.js");

const DEFAULTS = { order: "reference", unit: "documents", documents: 1000, seed: 1, top_pair: 0.2, words: 50 };
const TABLES = JSON.parse(readFileSync(new URL("tables.json", import.meta.url), "utf8"));

test("a passport’s link names the document and what differs from the defaults, and nothing else", () => {
  const store = new Store(TABLES);
  store.control("passport", "words", 80);
  store.control("passport", "text", "my own text");
  const ctx = /** @type {any} */ ({
    controls: { ...DEFAULTS, unit: "tokens", stage: "gopher repetition", top_pair: 0.25 },
    declared: (/** @type {keyof typeof DEFAULTS} */ name) => ({ name, label: name, default: DEFAULTS[name] }),
    control: (/** @type {string} */ name, /** @type {any} */ value, /** @type {string} */ panel) =>
      store.control(panel, name, value),
    go: () => {},
    kept: {},
  });
  const removed = { id: "7", planted: "prose", begins: "a", rule: "top_2_gram", value: 0.3, side: "", threshold: 0.2 };
  const stage = /** @type {any} */ ({ name: "a stage", documents: 9, removed: 1, rules: [], listed: [removed] });
  const [press] = handlers(opened(stage, ctx), "click");
  press({ target: { closest: () => null }, currentTarget: {} });
  assert.deepEqual(store.controlsOf("passport"), { top_pair: 0.25, document: "7" });
});
