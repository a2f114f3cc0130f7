import assert from "node:assert/strict";
import { test } from "node:test";
import { LARGEST, read, written } from "../../assets/shell/runs/file.js";
import { History, keptOf, MOST, queryOf, sought } from "../../assets/shell/runs/history.js";
import TABLES from "./tables.json" with { type: "json" };

/** A storage of so many characters. */
function storage(room = Number.POSITIVE_INFINITY) {
  const held = new Map();
  return {
    getItem: (key) => held.get(key) ?? null,
    setItem(key, value) {
      if (value.length > room) throw new Error("QuotaExceededError");
      held.set(key, value);
    },
  };
}

const run = (text, at, panel = "walk", more = "") =>
  keptOf(
    { text, model: { title: "Small" }, answer: "·yes 50 %" },
    { link: `?model=m&text=${encodeURIComponent(text)}&new=2${more}&panel=${panel}&pos=1`, panel, at },
  );

test("the same run again is one, at its newest place and under its name", () => {
  const history = new History(TABLES, storage());
  history.add([run("one", 1)]);
  history.add([run("two", 2)]);
  history.rename(run("one", 1).link, "  first  ");
  const all = history.add([run("one", 3, "attention")]);
  assert.deepEqual(
    all.map(({ text, name, panel, at }) => [text, name, panel, at]),
    [
      ["one", "first", "attention", 3],
      ["two", "", "walk", 2],
    ],
  );
  assert.equal(queryOf(all[0].link, TABLES), "model=m&text=one&new=2");
  assert.equal(history.add([run("one", 3, "walk", "&do=mlp:3")]).length, 3); // an intervention makes another run
});

test("those that went unnamed longest ago are forgotten first", () => {
  const history = new History(TABLES, storage());
  history.add([run("named", 0)]);
  history.rename(run("named", 0).link, "mine");
  const all = history.add(Array.from({ length: MOST + 20 }, (_, at) => run(`text ${at}`, at + 1)));
  assert.equal(all.length, MOST);
  assert.equal(all[0].text, `text ${MOST + 19}`);
  assert.equal(all.at(-1).name, "mine");
  const long = "é".repeat(3_900);
  assert.ok(
    JSON.stringify(history.add(Array.from({ length: MOST }, (_, at) => run(`${at}${long}`, 1e6 + at)))).length < 1.6e6,
  );
});

test("a storage that is full, closed or holds something else does no harm", () => {
  const full = new History(TABLES, storage(10));
  full.add([run("one", 1)]);
  assert.deepEqual(full.all(), []);
  for (const text of ["{", "null", '{"a":1}', '[{"link":5}]', "[null,3]"]) {
    const other = new History(TABLES, { getItem: () => text, setItem() {} });
    assert.deepEqual(other.all(), []);
  }
});

test("runs are found by their name, prompt, model, panel and interventions", () => {
  const runs = [run("When Mary and John", 1), run("The capital", 2, "attention", "&do=ablate:20.1")];
  assert.deepEqual(sought(runs, " mary  small"), [runs[0]]);
  assert.deepEqual(sought(runs, "ABLATE"), [runs[1]]);
  assert.deepEqual(sought(runs, "attention"), [runs[1]]);
  assert.deepEqual(sought(runs, ""), runs);
  assert.deepEqual(sought(runs, "zzz"), []);
});

test("a file gives back what was saved", () => {
  const runs = [run('"quoted" <b>🙂</b> مرحبا', Date.UTC(2026, 1)), run("two", Date.UTC(2026, 2))];
  assert.deepEqual(read(written(runs), TABLES), { runs, unread: 0 });
});

test("a foreign file is refused with its reason, and what it says is bounded", () => {
  const told = (text) => assert.throws(() => read(text, TABLES), Error) ?? message(text);
  const message = (text) => {
    try {
      read(text, TABLES);
    } catch (error) {
      return error.message;
    }
    return "";
  };
  assert.match(told("PNG\u0000"), /not JSON/);
  assert.match(told('{"cells": []}'), /did not write it/);
  assert.match(told("null"), /did not write it/);
  assert.match(told('{"format":"llm-explorer-runs","version":2,"runs":[]}'), /newer version/);
  assert.match(told('{"format":"llm-explorer-runs","version":1,"runs":{}}'), /damaged/);
  assert.match(told('{"format":"llm-explorer-runs","version":1,"runs":[{"link":"javascript:alert(1)"}]}'), /none/);
  assert.match(told(" ".repeat(LARGEST + 1)), /too large/);

  const strange = [
    { ...run("kept", 5), name: "n".repeat(1e4), at: "yesterday", panel: { toString: () => "x" }, extra: "dropped" },
    { link: "?model=m" },
    { link: "https://elsewhere/?text=a" },
    7,
  ];
  const { runs, unread } = read(JSON.stringify({ format: "llm-explorer-runs", version: 1, runs: strange }), TABLES, 99);
  assert.equal(unread, 3);
  assert.deepEqual(Object.keys(runs[0]).sort(), Object.keys(run("kept", 5)).sort());
  assert.deepEqual([runs[0].at, runs[0].name.length, runs[0].panel], [99, 80, ""]);
});

test("a link is read once, however often runs are added", () => {
  let reads = 0;
  const tables = {
    ...TABLES,
    get selection() {
      reads += 1;
      return TABLES.selection;
    },
  };
  const history = new History(tables, storage());
  for (let at = 0; at < 20; at++) history.add([run(`text ${at}`, at)]);
  const each = reads / 20;
  history.add([run("text 3", 30)]);
  assert.equal(reads, 20 * each);
  assert.equal(history.all().length, 20);
});
