import assert from "node:assert/strict";
import { test } from "node:test";
import { cut, forgetTokens, learn, rawToken, readText, tokenText } from "../../assets/kit/text/vocabulary.js";

const shown = (text) => {
  learn({ 7: text });
  return tokenText(7);
};

test("spaces, line ends and control characters can be seen", () => {
  assert.equal(shown(" Mary"), "·Mary");
  assert.equal(shown("  "), "··");
  assert.equal(shown("\n\t"), "↵⇥");
  assert.equal(shown("\u0000"), "␀");
  assert.equal(shown("\u0085"), "⟨0085⟩");
  assert.equal(shown("\u202e"), "⟨202e⟩");
  assert.equal(shown("\u0301"), "◌\u0301");
  assert.equal(shown(""), "∅");
});

test("bytes that are no whole character, and ids that are not known", () => {
  learn({ 8: { hex: "f0 9f" } });
  assert.equal(tokenText(8), "⟨f0 9f⟩");
  assert.equal(tokenText(9), "#9");
  forgetTokens();
  assert.equal(rawToken(8), undefined);
});

test("a cut counts characters, not halves of them", () => {
  assert.equal(cut("😀😀😀", 3), "😀😀😀");
  assert.equal(cut("😀😀😀", 2), "😀…");
});

test("in running text a space is a space", () => {
  learn({ 1: " Mary", 2: "\n\n", 3: "\u202e" });
  assert.deepEqual([1, 2, 3].map(readText), [" Mary", "↵↵", "⟨202e⟩"]);
});
