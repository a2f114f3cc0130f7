/** A recording answers as the server did, by the page's own keys, and says so of what it lacks. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { NotRecorded, Recording } from "../../assets/recorded/recording.js";
import { unselected } from "../../assets/shell/address/link.js";
import TABLES from "./tables.json" with { type: "json" };

const VIEW = { name: "rank", depends: ["position"], controls: ["by"], heavy: false, reads: "run" };
const PANEL = { name: "stream", requires: ["run"], views: [VIEW] };
const CALCULATOR = { name: "memory", requires: [], views: [{ ...VIEW, name: "table", depends: [], reads: "nothing" }] };
const RUN = { query: "model=m&text=One%20two", ids: [1] };
const at = (/** @type {number | null} */ position) => ({
  ...unselected(TABLES.selection),
  position,
  layer: 0,
  head: 0,
});
const step = {
  link: "?model=m&text=One%20two&panel=stream&pos=1",
  panel: "stream",
  query: RUN.query,
  runs: true,
  file: "1",
  run: "run",
};
const calculated = { link: "?panel=memory", panel: "memory", query: "", runs: false, file: "2", run: "" };
const FILES = {
  run: RUN,
  1: {
    strings: { 7: "seven" },
    entries: [{ data: "at one" }],
    answers: [{ asked: at(1), focus: at(1), controls: {}, views: { rank: 0 } }],
  },
  "1.near": {
    parts: [
      [0, "part1"],
      [1, "part2"],
    ],
    answers: [
      { asked: at(0), focus: at(0), controls: {}, views: { rank: 1 } },
      { asked: at(2), focus: at(2), controls: {}, views: { rank: 2 } },
      { asked: at(3), focus: at(3), controls: {}, views: { rank: 0 } },
    ],
  },
  part1: { entries: [{ data: "at none" }] },
  part2: { entries: [{ data: "at two" }] },
  2: {
    strings: {},
    entries: [{ data: "sizes" }],
    answers: [{ asked: at(null), focus: at(null), controls: {}, views: { table: 0 } }],
  },
};

function made() {
  /** @type {string[]} */
  const read = [];
  const opened = {
    steps: [step, calculated],
    panels: [PANEL, CALCULATOR],
    read: async (/** @type {string} */ file) => {
      read.push(file);
      if (!(file in FILES)) throw new Error(file);
      return structuredClone(FILES[file]);
    },
  };
  const gone = [];
  const telling = {
    absent: (_, view) => ({ message: view.name, hint: "" }),
    go: (to) => gone.push(to),
  };
  const recording = new Recording(opened, telling, TABLES);
  return { recording, read, gone };
}
const asked = (position, more = {}) => ({
  query: RUN.query,
  panel: "stream",
  views: ["rank"],
  focus: at(position),
  ...more,
});

test("its own selection is answered from the first file, another from the part that holds it", async () => {
  const { recording, read } = made();
  const one = await recording.render(asked(1));
  assert.equal(one.views.rank.data, "at one");
  assert.deepEqual(one.strings, { 7: "seven" });
  assert.deepEqual(read, ["run", "1"]);
  assert.equal((await recording.render(asked(2))).views.rank.data, "at two");
  assert.equal((await recording.render(asked(1))).views.rank.data, "at one");
  assert.equal((await recording.render(asked(3))).views.rank.data, "at one"); // of the place's own
  assert.deepEqual(read, ["run", "1", "1.near", "part2"]); // each once
});

test("what was not recorded is said, and is no error", async () => {
  const { recording } = made();
  const other = await recording.render(asked(9));
  assert.equal(other.kind, "views");
  assert.equal(other.views.rank.absent.message, "rank");
  assert.ok((await recording.render(asked(1, { controls: { by: "weight" } }))).views.rank.absent);
});

test("a run is the recorded one, however its query is written, with the selection that is asked for", async () => {
  const { recording } = made();
  const answer = await recording.run({
    query: "model=m&text=One+two",
    panel: "stream",
    focus: { ...at(null), position: 2 },
  });
  assert.equal(answer.run.query, RUN.query);
  assert.equal(answer.focus.position, 2);
  assert.ok(answer.recorded.kept);
  await assert.rejects(recording.run({ query: "model=m&text=Three", panel: "stream" }), NotRecorded);
});

test("a panel of another run is gone to; one that needs none is answered beside any", async () => {
  const { recording, gone } = made();
  assert.equal((await recording.render({ ...asked(1), query: "model=m&text=Three" })).kind, "error");
  assert.deepEqual(gone, [step]);
  const table = await recording.render({ query: RUN.query, panel: "memory", views: ["table"], focus: at(1) });
  assert.equal(table.views.table.data, "sizes");
});

test("a link leads to its place, or to one of its run and panel", () => {
  const { recording } = made();
  assert.equal(recording.step("?model=m&text=One+two&panel=stream&pos=1"), step);
  assert.equal(recording.step("?model=m&text=One+two&panel=stream&pos=4&lesson=x&step=2"), step);
  assert.equal(recording.step("?panel=stream"), step);
  assert.equal(recording.step("?text=Three&panel=stream"), undefined);
});

test("a lesson is told from its file; the source drawer says what is missing", async () => {
  const { recording } = made();
  assert.equal((await recording.call("lesson", { name: "none" })).kind, "error");
  assert.match((await recording.call("source", { panel: "stream", view: "rank" })).message ?? "", /not recorded/);
});
