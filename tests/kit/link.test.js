import assert from "node:assert/strict";
import { test } from "node:test";
import { changed, forcedText, linkOf, readLink, unselected } from "../../assets/shell/address/link.js";
import TABLES from "./tables.json" with { type: "json" };

const RUN = { query: "model=m&text=a+b", panel: "walk", second: "" };
const EMPTY = { ...RUN, view: null, focus: {}, controls: {}, sampler: {}, ran: {} };
const NONE = unselected(TABLES.selection);

test("a link holds the run, the panel, the selection, the controls and what is tried of the sampler", () => {
  const state = {
    ...EMPTY,
    view: "river",
    focus: { position: 3, layer: 0 },
    controls: { norms: { pick: "all & more" } },
    sampler: { temperature: 0.5, order: ["b", "a"] },
    ran: { temperature: 1, order: ["a", "b"] },
  };
  const link = linkOf(state, TABLES);
  assert.equal(
    link,
    "?model=m&text=a+b&panel=walk&view=river&pos=3&layer=0&try.T=0.5&try.order=b%2Ca&norms.pick=all+%26+more",
  );
  assert.deepEqual(readLink(link, TABLES), {
    query: "model=m&text=a+b",
    panel: "walk",
    view: "river",
    focus: { ...NONE, position: 3, layer: 0 },
    controls: { norms: { pick: "all & more" } },
    sampler: { temperature: 0.5, order: ["b", "a"] },
    second: "",
  });
});

test("a link names the run that its run is compared with once, whatever the panel", () => {
  const second = "model=m&text=a%26c";
  const link = linkOf(
    { ...EMPTY, second, controls: { walk: { with: second }, norms: { with: second, pick: 1 } } },
    TABLES,
  );
  assert.equal(link, `?model=m&text=a+b&panel=walk&with=${encodeURIComponent(second)}&norms.pick=1`);
  assert.equal(readLink(link, TABLES).second, second);
  assert.equal(readLink(link, TABLES).query, EMPTY.query);
});

test("an older link has it in the panel Two runs, and the lens its second prompt under the same name", () => {
  const read = readLink("?text=a&two_runs.with=text%3Db&residual_stream.with=text%3Dc", TABLES);
  assert.deepEqual([read.second, read.controls], ["text=b", { residual_stream: { source: "text=c" } }]);
});

test("what a stranger writes into a link is left out where it is not of its kind", () => {
  const read = readLink("?pos=-1&layer=1e3&panel=<b>&view=x.y&try.T=warm&try.order=A;B&a.b.c=1&__theme=dark", TABLES);
  assert.deepEqual(read, {
    query: "",
    panel: "",
    view: null,
    focus: NONE,
    controls: {},
    sampler: {},
    second: "",
  });
});

test("a run's query with some parts changed", () => {
  assert.equal(changed("model=m&do=x&new=1", { do: null, new: 3, force: "" }), "model=m&new=3");
  assert.equal(
    forcedText([
      [0, 5],
      [1, 7],
    ]),
    "0:5,1:7",
  );
});
