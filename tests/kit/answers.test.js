import assert from "node:assert/strict";
import { test } from "node:test";
import { Answers, keyOf } from "../../assets/shell/server/answers.js";

const VIEW = { name: "scale", depends: ["layer"], controls: ["pick"], reads: "model" };
const subject = () => "m";
const asked = (focus, controls = {}) => keyOf({ subject: "m", panel: "norms", view: VIEW, focus, controls });
const answer = (entry, more = {}) => ({
  panel: "norms",
  views: { scale: entry },
  focus: { layer: 2, head: 1 },
  controls: {},
  ...more,
});

test("an answer is found by what its view depends on, with its defaults open or written out", () => {
  const answers = new Answers();
  const entry = { data: 1 };
  answers.keep(answer(entry, { asked: { layer: null } }), [VIEW], subject);
  assert.equal(answers.get(asked({ layer: null })), entry);
  assert.equal(answers.get(asked({ layer: 2, head: 7 })), entry);
  assert.equal(answers.get(asked({ layer: 3 })), undefined);
  assert.equal(answers.get(asked({ layer: 2 }, { pick: "all" })), undefined);
});

test("a part that comes late does not replace the whole", () => {
  const answers = new Answers();
  const whole = { data: 2 };
  answers.keep(answer(whole), [VIEW], subject);
  answers.keep(answer({ data: 1, partial: true }), [VIEW], subject);
  assert.equal(answers.get(asked({ layer: 2 })), whole);
});

test("they are bounded, and those last looked at stay", () => {
  const answers = new Answers(10_000);
  const keep = (layer) => answers.keep(answer({ data: new Float32Array(500) }, { focus: { layer } }), [VIEW], subject);
  for (const layer of [0, 1, 2, 3]) keep(layer);
  answers.get(asked({ layer: 0 }));
  keep(4);
  keep(5);
  const here = [0, 1, 2, 3, 4, 5].filter((layer) => answers.get(asked({ layer })));
  assert.deepEqual(here, [0, 3, 4, 5]);
});

test("panels and selections of a long visit stay", () => {
  const answers = new Answers();
  for (let layer = 0; layer < 1000; layer++) answers.keep(answer({ data: "x" }, { focus: { layer } }), [VIEW], subject);
  assert.equal(answers.entries.size, 1000);
});

test("another model forgets what reads a text", () => {
  const answers = new Answers();
  answers.keep(answer({ data: 2 }), [VIEW], subject);
  answers.keep(answer({ data: 3 }), [{ ...VIEW, reads: "nothing" }], () => "");
  answers.forgetTexts();
  assert.equal(answers.entries.size, 1);
});
