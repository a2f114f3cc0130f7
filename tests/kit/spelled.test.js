import assert from "node:assert/strict";
import { test } from "node:test";
import { bytesOfHex, sign, signs, spelled } from "../../assets/kit/text/spelled.js";

test("bytes are text, or in hexadecimal where they are no whole character", () => {
  assert.equal(spelled(bytesOfHex("206100")), "·a␀");
  assert.equal(spelled(bytesOfHex("f09f")), "⟨f0 9f⟩");
  assert.equal(spelled(bytesOfHex("c3")), "⟨c3⟩");
  assert.equal(spelled(new TextEncoder().encode("\ufeff")), "⟨feff⟩");
  assert.equal(spelled(new TextEncoder().encode(" a\n")), "·a↵");
});

test("a letter that cannot be seen is one sign, and a joined one stays whole", () => {
  assert.deepEqual(["\r\n", "\t", "\u00a0", "\u200b", "\u0000", "é", "👩‍👧"].map(sign), [
    "↵",
    "⇥",
    "·",
    "▫",
    "▫",
    "é",
    "👩‍👧",
  ]);
});

test("a text has a sign for each of its characters", () => {
  assert.equal(signs("a b\n\u202e"), "a·b↵▫");
  assert.equal(signs("\u0301e\u0301"), "◌\u0301e\u0301");
  assert.equal(signs(""), "");
});
