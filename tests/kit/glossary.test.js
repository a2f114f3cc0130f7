import assert from "node:assert/strict";
import { test } from "node:test";
import { learnTerms, pieces, ways } from "../../assets/kit/text/glossary.js";

const TERMS = [
  { term: "logit", text: "A score.", panel: "walk" },
  { term: "logit lens", text: "Reads early.", panel: "residual_stream" },
  { term: "query, key, value", text: "Three products.", panel: "attention" },
  { term: "multi-head attention (MHA)", text: "Each its own.", panel: "grouped_query" },
  { term: "share", text: "A part.", panel: "walk", common: true },
  { term: "|x|", text: "A length.", panel: "walk" },
];

const marked = (text, seen) =>
  pieces(text, seen)
    .filter(({ term }) => term)
    .map(({ text, term }) => [text, term.term]);

test("a term is written in several ways", () => {
  assert.deepEqual(ways("query, key, value"), ["query", "key", "value"]);
  assert.deepEqual(ways("multi-head attention (MHA)"), ["multi-head attention", "MHA"]);
});

test("before the glossary is here nothing is marked", () => {
  assert.deepEqual(pieces("A logit."), [{ text: "A logit." }]);
});

test("whole words, the longest first, in the plural too, each once", () => {
  learnTerms(TERMS);
  assert.deepEqual(marked("The logit lens reads logits; a logit is a score, a logitic is none."), [
    ["logit lens", "logit lens"],
    ["logits", "logit"],
  ]);
  assert.deepEqual(marked("Its Key and MHA, its share, and |x|."), [
    ["Key", "query, key, value"],
    ["MHA", "multi-head attention (MHA)"],
    ["|x|", "|x|"],
  ]);
  const seen = new Set([TERMS[0]]);
  assert.deepEqual(marked("A logit.", seen), []);
});

test("the pieces are the text", () => {
  const text = "<i>logit</i> <b>key</b> של logit lens";
  assert.equal(
    pieces(text)
      .map((piece) => piece.text)
      .join(""),
    text,
  );
});
