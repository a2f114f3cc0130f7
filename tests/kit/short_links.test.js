import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { expanded, plain, search, shortened } from "../../assets/shell/address/links/short.js";

const WORDS = new Uint8Array(readFileSync(new URL("../../assets/shell/address/links/words-1.txt", import.meta.url)));
const link = (parts) => `?${new URLSearchParams(parts)}`;
const FIRST = link({
  model: "smollm2-135m",
  text: "When Mary and John went to the store, John gave a drink to",
  new: "12",
  k: "24",
  p: "0.97",
  minp: "0.002",
  seed: "7",
  panel: "attention",
  pos: "9",
  layer: "23",
  head: "3",
});
const STRANGE = link([
  ["text", "100 % a&b=c #+ {x} <b> 🙂 مرحبا \u0000 %26 %2526"],
  ["do", "patch:3:4:A%20b%2Cc:1,ablate:20.1"],
  ["two_runs.with", "model=smollm2-135m&text=100+%25+%26"],
  ["a=b&c", ""],
]);

test("a short link leads back to just the link that it stands for", () => {
  for (const long of [FIRST, STRANGE, `${FIRST}&two_runs.with=${encodeURIComponent(FIRST.slice(1))}`]) {
    const short = shortened(long, WORDS);
    assert.ok(short.length < 0.72 * long.length, `${short.length} of ${long.length}`);
    assert.equal(expanded(short.slice(3), WORDS), long);
    assert.equal(search(plain(long)), long);
  }
  assert.ok(shortened(FIRST, WORDS).length < 60);
});

test("a link that would not become shorter stays as it is", () => {
  assert.equal(shortened("?pos=3", WORDS), "?pos=3");
  assert.equal(shortened("?text=%41", WORDS), "?text=%41"); // written otherwise than the page writes it
});

test("what is no short link is refused", () => {
  for (const wrong of ["", "1", "2abcd", "1 b", "1AAAA", `1${"A".repeat(13_000)}`]) {
    assert.throws(() => expanded(wrong, WORDS), undefined, wrong);
  }
});

test("a link that was shortened once is read for ever", () => {
  assert.equal(expanded("1G1iHIUUV0HWWMMcZQxxnDAA", WORDS), FIRST);
});
