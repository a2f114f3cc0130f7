import assert from "node:assert/strict";
import { test } from "node:test";
import { linesOf, typedText } from "../../assets/kit/controls/draft.js";

const shown = (/** @type {string | undefined} */ link, draft = {}) =>
  typedText("typed", "otherwise", {
    controls: { typed: link },
    kept: { drafts: { typed: { text: "now", said: "now", over: "before", taken: false, ...draft } } },
  });

test("what is being typed stands until the link says another text", () => {
  assert.equal(shown("before"), "now");
  assert.equal(shown("now"), "now");
  assert.equal(shown("another"), "otherwise");
  assert.equal(typedText("typed", "otherwise", { controls: {}, kept: {} }), "otherwise");
});

test("a field without a text of its own shows what the link says", () => {
  assert.equal(typedText("typed", undefined, { controls: { typed: "said" }, kept: {} }), "said");
  assert.equal(typedText("typed", undefined, { controls: {}, kept: {} }), "");
});

test("once it is taken, what was there before is an undone change", () => {
  assert.equal(shown("now", { taken: true }), "now");
  assert.equal(shown("before", { taken: true }), "otherwise");
});

test("an empty text is empty, whatever the link says for it", () => {
  assert.equal(shown(" ", { text: "", said: " ", taken: true }), "");
});

test("a field is as high as its text, within bounds", () => {
  assert.equal(linesOf("", 400, 1, 6), 1);
  assert.equal(linesOf("a\nb\nc", 400, 1, 6), 3);
  assert.equal(linesOf("x".repeat(120), 400, 1, 6), 3);
  assert.equal(linesOf("a\n".repeat(40), 400, 2, 5), 5);
});
