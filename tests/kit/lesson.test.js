import assert from "node:assert/strict";
import { test } from "node:test";
import { carried, unfolded } from "../../assets/shell/lesson/carried.js";
import { written } from "../../assets/shell/lesson/written.js";

test("a text goes into a link and comes back", async () => {
  const text = `---\ntitle: ${"Warum? 🙂 ".repeat(300)}\n---\n`;
  const packed = await carried(text);
  assert.match(packed, /^[\w-]+$/);
  assert.ok(packed.length < text.length / 10);
  assert.equal(await unfolded(packed), text);
});

test("a link that was cut, or unfolds to too much, is refused", async () => {
  const packed = await carried("one two three four five six seven eight nine ten");
  await assert.rejects(unfolded(packed.slice(0, -8)));
  await assert.rejects(unfolded("%%%"));
  await assert.rejects(unfolded(await carried("x".repeat(10_000_000))));
});

test("values as they are written", () => {
  const of = (kind, value) => written({ kind, value });
  assert.equal(of("share", 0.9229), "92.3 %");
  assert.equal(of("logit", 4.0637), "+4.06");
  assert.equal(of("head", [23, 1]), "L23.H1");
  assert.equal(of("bytes", 46088), "46,088 bytes");
  assert.equal(of("count", 134515008), "134,515,008");
  assert.equal(of("number", 884.3875), "884.4");
  assert.equal(of("number", 438459.86), "438,460");
  assert.equal(of("yes", true), "yes");
});
