import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";

const WIDTH = 120;
const CODE = /\.(js|ts|css|html)$/;
const VENDOR = /^vendor\//;
/** What a file says at its head that is written by a program. */
const GENERATED = /^(\/\/ .*\n)*\/\/ .*do not edit/;

/** The numbers of the lines that are too long; an address cannot be broken. @param {string} text */
const tooLong = (text) =>
  text
    .split("\n")
    .map((line, at) => ([...line.replace(/https?:\/\/\S+/g, "")].length > WIDTH ? at + 1 : 0))
    .filter(Boolean);

test("a line counts by its characters, an address not at all", () => {
  const [full, address] = ["—".repeat(WIDTH), `// https://arxiv.org/${"9".repeat(WIDTH)}`];
  assert.deepEqual(tooLong([full, `${full}.`, address].join("\n")), [2]);
});

// Biome keeps to it wherever it formats: not in templates, strings and comments.
for (const folder of ["assets", "tests/kit"])
  test(`no line in ${folder} is longer than 120 columns`, () => {
    const paths = readdirSync(folder, { recursive: true, encoding: "utf8" });
    const ours = paths.filter((path) => CODE.test(path) && !VENDOR.test(path));
    assert.ok(ours.length > 30);
    const long = ours.flatMap((path) => {
      const text = readFileSync(`${folder}/${path}`, "utf8");
      return GENERATED.test(text) ? [] : tooLong(text).map((line) => `${folder}/${path}:${line}`);
    });
    assert.deepEqual(long, []);
  });
