/** Links of any kind: they are read, and what is read is written again; nothing is thrown, and nothing reached. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { changed, linkOf, readLink, settled } from "../../assets/shell/address/link.js";
import TABLES from "./tables.json" with { type: "json" };

const PIECES = [
  ..."?&=%+.#;:,",
  ...[...TABLES.selection.map(({ link }) => link), ...TABLES.settings.map(({ link }) => `try.${link}`)],
  ...["panel", "view", "text", "model", "do", "try.order", "walk.by", "s"],
  ...["__proto__", "constructor", "toString", "__proto__.a", "constructor.prototype", "try.__proto__"],
  ...[
    "-1",
    "0",
    "7",
    "1e999",
    "NaN",
    "99999999999",
    "%zz",
    "%00",
    "\ud800",
    "🌚",
    "<img src=x onerror=alert(1)>",
    `$\{x}`,
  ],
];

/** Numbers from 0 to 1 that are the same each time (mulberry32). @param {number} seed */
function numbers(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

/** @param {() => number} draw */
const piece = (draw) => PIECES[Math.floor(draw() * PIECES.length)];
/** @param {() => number} draw */
const link = (draw) => Array.from({ length: Math.floor(draw() * 14) }, () => piece(draw)).join("");

const MANY = Number(process.env.EXPLORER_FUZZ ?? 1000);

test("any link is read, and its state survives being written and read again", () => {
  const draw = numbers(7);
  for (let i = 0; i < MANY; i++) {
    const search = `?${link(draw)}&${piece(draw)}=${piece(draw)}`;
    const read = readLink(search, TABLES);
    for (const value of Object.values(read.focus)) assert.ok(value === null || Number.isSafeInteger(value), search);
    assert.match(read.panel, /^[a-z0-9_]*$/);
    const { sampler, ...rest } = read;
    const again = readLink(linkOf({ ...rest, panel: read.panel || "walk", sampler, ran: {} }, TABLES), TABLES);
    assert.deepEqual({ ...again.focus }, { ...read.focus }, search);
    assert.deepEqual({ ...again.controls }, { ...read.controls }, search);
    assert.equal(again.query, read.query, search);
    assert.equal(settled(settled(search)), settled(search));
    assert.equal(typeof changed(search, { text: piece(draw), do: null }), "string");
  }
  assert.equal({}.a, undefined, "no link reaches what all objects share");
  assert.equal(Object.prototype.prototype, undefined);
});
