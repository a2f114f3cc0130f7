import assert from "node:assert/strict";
import { test } from "node:test";
import { cut, forgetTokens, learn, rawToken, tokenText } from "../../assets/kit/vocabulary.js";

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
