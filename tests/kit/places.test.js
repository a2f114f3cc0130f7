import assert from "node:assert/strict";
import { test } from "node:test";
import { places } from "../../assets/shell/find/places.js";

const panel = (name, title, also = [], about = "") => ({
  name,
  title,
  about,
  chapterTitle: "Chapter",
  also,
  views: [],
});
const KNOWN = {
  panels: [
    panel("walk", "Walk", ["overview"]),
    panel("attention", "Attention", [], "All heads."),
    panel("memory_calculator", "Memory calculator", ["vram", "70b"]),
    panel("three_shapes", "Three shapes", ["french"]),
  ],
  terms: [
    { term: "attention head", text: "One reader.", panel: "attention" },
    { term: "rank", text: "Place of a token.", panel: "walk" },
  ],
  run: { layers: 30, heads: 9, tokens: ["When", "·Mary", "·and", "·Marys"] },
};
const first = (typed) => places(typed, KNOWN)[0];

test("a head, however it is written", () => {
  for (const typed of ["L12.H3", "l12h3", "12.3", "head 3 of layer 12", "head 3 of block 12", "Block 12, head 3"]) {
    assert.deepEqual(first(typed).focus, { layer: 12, head: 3 }, typed);
    assert.equal(first(typed).panel, "head_card");
  }
  assert.notEqual(first("L12.H9")?.kind, "head", "the model has heads 0 to 8");
  assert.notEqual(first("L30.H0")?.kind, "head");
});

test("a block and a token by number", () => {
  assert.deepEqual([first("block 7").panel, first("block 7").focus], ["walk", { layer: 7 }]);
  assert.deepEqual(first("L7").focus, { layer: 7 });
  assert.deepEqual(first("token 3").focus, { position: 3 });
  assert.equal(places("token 4", KNOWN).filter(({ kind }) => kind === "token").length, 0);
});

test("a token by its text: the space counts where it is typed", () => {
  assert.deepEqual(first("·Mary").focus, { position: 1 });
  assert.deepEqual(first(" Mary").focus, { position: 1 });
  const found = places("mary", KNOWN).filter(({ kind }) => kind === "token");
  assert.deepEqual(
    found.map(({ focus }) => focus.position),
    [1, 3],
  );
});

test("panels by other words, terms by their name", () => {
  assert.equal(first("vram").panel, "memory_calculator");
  assert.equal(first("70B").panel, "memory_calculator");
  assert.equal(first("French").panel, "three_shapes");
  assert.equal(first("rank").kind, "term");
});

test("nothing typed lists the panels first; nonsense finds nothing; no run, no parts of it", () => {
  assert.equal(first("").panel, "walk");
  assert.deepEqual(places("zzqx", KNOWN), []);
  assert.deepEqual(places("L1.H1", { ...KNOWN, run: null }), []);
});

test("an action is found by its name and by further words, before a term of that name", () => {
  const done = [];
  const act = (title, also = []) => ({ title, text: "", also, act: () => done.push(title) });
  const known = {
    ...KNOWN,
    terms: [...KNOWN.terms, { term: "share", text: "A part.", panel: "walk" }],
    acts: [act("Share this view", ["link"]), act("Switch to dark mode", ["theme"]), act("Export River", ["csv"])],
    ablate: (layer, head) => done.push(`${layer}.${head}`),
  };
  for (const typed of ["share", "dark", "theme", "csv", "export"]) {
    const [found] = places(typed, known);
    assert.equal(found.kind, "action", typed);
    found.act();
  }
  assert.deepEqual(done.splice(0), [
    "Share this view",
    "Switch to dark mode",
    "Switch to dark mode",
    "Export River",
    "Export River",
  ]);
  assert.equal(places("", known)[0].panel, "walk", "nothing typed lists the panels");
  assert.deepEqual(
    places("L12.H3", known)
      .map(({ title }) => title)
      .slice(0, 2),
    ["L12.H3", "Ablate L12.H3"],
  );
  places("ablate 12.3", known)[0].act();
  assert.deepEqual(done, ["12.3"]);
});

test("gigabytes are those of a card in the memory calculator", () => {
  for (const typed of ["24 GB", "24gb", "24 gigabytes"]) {
    const { panel, view, controls } = first(typed);
    assert.deepEqual([panel, view, controls], ["memory_calculator", "fit", { card: "own", memory: "24" }], typed);
  }
});
