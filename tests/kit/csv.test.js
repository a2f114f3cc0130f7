import assert from "node:assert/strict";
import { test } from "node:test";
import { csv } from "../../assets/shell/saving/csv.js";
import { summary } from "../../assets/shell/view/checks.js";

const CHECKS = [
  { statement: "Sums\nto 1", error: 2e-7, tolerance: 1e-6 },
  { statement: "Kept", error: 0.5, tolerance: 1, word: "distance" },
  { statement: "Wrong", error: null, tolerance: 1 },
];

test("rows of unlike fields make one table; signs of CSV are quoted", () => {
  const rows = [
    { token: 'a "b"', value: -0.5 },
    { token: " to", value: 1, note: "x,y\nz" },
  ];
  assert.equal(csv(rows, []), 'token,value,note\r\n"a ""b""",-0.5,\r\n" to",1,"x,y\nz"\r\n');
});

test("no text becomes a formula, and numbers stay", () => {
  const texts = ["=1+1", "+", "@SUM(A1)", "-cmd|' /C calc'!A0", "\t=1", "-0.5", "+3", "a=b", " =1"];
  const rows = [...texts.map((token) => ({ token })), { token: -2.5 }];
  assert.deepEqual(csv(rows, []).split("\r\n").slice(1, -1), [
    "'=1+1",
    "'+",
    "'@SUM(A1)",
    "'-cmd|' /C calc'!A0",
    "'\t=1",
    "-0.5",
    "+3",
    "a=b",
    '" =1"',
    "-2.5",
  ]);
});

test("checks stand on top as comments, a token # is none", () => {
  assert.equal(
    csv([{ token: "#" }], CHECKS.slice(0, 2), ["Title"]),
    '# Title\r\n# Sums to 1: error 2.0e−7\r\n# Kept: distance 0.5\r\ntoken\r\n"#"\r\n',
  );
});

test("checks that hold, in one line", () => {
  assert.equal(summary(CHECKS), "2 checks hold, error 2e−7");
  assert.equal(summary([CHECKS[0], { ...CHECKS[0], error: 0 }]), "2 checks hold, largest error 2e−7");
  assert.equal(summary([{ ...CHECKS[0], error: 0 }]), "1 check holds, error 0, exact");
  assert.equal(summary(CHECKS.slice(2)), "");
});
