import assert from "node:assert/strict";
import test from "node:test";
import { spoken } from "../../assets/kit/tooltip.js";

test("what is written comes first, as it is written", () => {
  const lines = /** @type {[string, string][]} */ ([["rank", "2"]]);
  assert.equal(spoken({ written: ["·two", "3.4 %"], called: "·two", lines }), "·two 3.4 %: rank 2");
  assert.equal(
    spoken({ written: ["·hundr…", false, "37"], called: "·hundreds", lines }),
    "·hundr… 37: ·hundreds, rank 2",
  );
  assert.equal(spoken({ written: ["·two", "3.4 %"], called: "·two", lines: [] }), "·two 3.4 %");
  assert.equal(spoken({ written: [false], called: "·two", lines }), "·two: rank 2");
});
