import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { unread } from "../../assets/shell/address/links/unread.js";

const tables = JSON.parse(readFileSync(new URL("./tables.json", import.meta.url), "utf8"));
const walk = { name: "walk", title: "Walk", views: [{ name: "river" }, { name: "block" }] };
const directory = {
  chapterOf: (name) => (["walk", "norms"].includes(name) ? {} : undefined),
  find: (name) => (name === "walk" ? walk : undefined),
};
const said = (search) => unread(search, { tables, directory, first: "Walk" });

test("a link that is understood says nothing", () => {
  const whole =
    "?model=x&text=a+b&chat=1&new=2&seed=1&order=&force=&do=ablate:1.2&T=0.5&try.T=0.7&panel=walk&view=river&with=a" +
    "&pos=3&layer=1&norms.scheme=rms&two_runs.with=x&lesson=x&step=1&embed=1&__theme=dark&s=1x&utm_source=a&fbclid=b";
  assert.deepEqual(said(whole), []);
  assert.deepEqual(said(""), []);
});

test("a panel, a view, a name and a number that are none are named", () => {
  assert.deepEqual(said("?panel=nonsense"), ["There is no panel “nonsense”: the page shows Walk."]);
  assert.deepEqual(said("?panel=walk&view=sea"), ["The panel Walk has no view “sea”."]);
  assert.deepEqual(said("?view=sea"), ["The panel Walk has no view “sea”."]);
  assert.deepEqual(said("?colour=3"), ["“colour” is not a part of a link, and changes nothing."]);
  assert.deepEqual(said("?pos=x"), ["“pos=x” is not a whole number, and selects nothing."]);
  assert.deepEqual(said("?norm.scheme=rms"), ["There is no panel “norm”: “norm.scheme” changes nothing."]);
  assert.match(said(`?${"x".repeat(500)}=1`)[0], /^“x{40}…”/);
});

test("a part that stands there twice is told once, and of interventions how they are written", () => {
  assert.deepEqual(said("?do=ablate:1.1&do=ablate:2.2&do=mlp:1"), [
    "The link says “do” more than once: only the last one counts. Put all interventions into one “do”, with commas.",
  ]);
  assert.deepEqual(said("?seed=1&seed=2"), ["The link says “seed” more than once: only the last one counts."]);
});
