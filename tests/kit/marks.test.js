import assert from "node:assert/strict";
import { test } from "node:test";
import { elements, handlers, markup } from "./drawn.js";

const { area, bar, dot, labels, line, rule, text } = await import("../../assets/kit/drawing/marks.js");
const { items, picture, sweep } = await import("../../assets/kit/drawing/picture.js");
const { legend } = await import("../../assets/kit/drawing/legend.js");
const { halfWidth } = await import("../../assets/kit/layout.js");
const { scaleLog } = await import("../../assets/vendor/d3.js");

/** 100 pixels a side between margins of 10: x from 0 to 10, y from 0 to 100. */
const FRAME = {
  width: 120,
  height: 120,
  margin: { left: 10, right: 10, top: 10, bottom: 10 },
  x: [0, 10],
  y: [0, 100],
};
const drawn = (...marks) => picture({ ...FRAME, marks });
const numbers = (attributes, ...names) => names.map((name) => Number(attributes[name]));

test("a mark lies where its picture's scales put it, and is moved by pixels", () => {
  const [circle] = elements(drawn(dot({ x: 5, y: 25, dx: 3, dy: -2, r: 4, color: "prob" })), "circle");
  assert.deepEqual(numbers(circle, "cx", "cy", "r"), [63, 83, 4]);
  assert.equal(circle.fill, "var(--prob)");
  const [ring] = elements(drawn(dot({ x: 0, y: 0, color: "ink", hollow: true })), "circle");
  assert.deepEqual([ring.fill, ring.stroke], ["var(--surface)", "var(--ink)"]);
});

test("a scale that is given keeps its kind and its domain", () => {
  const made = picture({
    ...FRAME,
    x: scaleLog().domain([1, 100]),
    marks: [dot({ data: [1, 10, 100], x: Number, y: 0 })],
  });
  assert.deepEqual(
    elements(made, "circle").map((each) => Math.round(Number(each.cx))),
    [10, 60, 110],
  );
});

test("without scales a picture is drawn in pixels", () => {
  const [circle] = elements(picture({ width: 50, height: 50, marks: [dot({ x: 7, y: 9 })] }), "circle");
  assert.deepEqual(numbers(circle, "cx", "cy"), [7, 9]);
});

test("a bar reaches from one value to another, whichever is larger, and keeps what it must", () => {
  const of = (options) => numbers(elements(drawn(bar(options)), "rect")[0], "x", "y", "width", "height");
  assert.deepEqual(of({ x: 5, y: [0, 40], thick: 8 }), [56, 70, 8, 40]);
  assert.deepEqual(of({ x: [2, 4], y: [60, 20] }), [30, 50, 20, 40]);
  assert.deepEqual(of({ x: [0, 0], y: 50, thick: 6, least: 1 }), [10, 57, 1, 6]);
  assert.deepEqual(of({ x: [0, 10], y: [0, 10], gap: 2 }), [12, 100, 96, 10]);
});

test("a line and an area have a gap where a value has no place", () => {
  const values = [0, 50, Number.NaN, 100];
  const [path] = elements(drawn(line({ data: values, x: (_, at) => at, y: Number })), "path");
  assert.equal(path.d, "M10,110L20,60M40,10Z");
  const [filled] = elements(drawn(area({ data: [10, 20], x: (_, at) => at, y: (value) => [0, value] })), "path");
  assert.equal(filled.d, "M10,100L20,90L20,110L10,110Z");
});

test("a rule reaches through the plane where it is given no end", () => {
  const of = (options) => numbers(elements(drawn(rule(options)), "line")[0], "x1", "x2", "y1", "y2");
  assert.deepEqual(of({ x: 5 }), [60, 60, 10, 110]);
  assert.deepEqual(of({ x: 5, over: 6 }), [60, 60, 4, 110]);
  assert.deepEqual(of({ y: 50 }), [10, 110, 60, 60]);
  assert.deepEqual(of({ x: [0, 5], y: [0, 100] }), [10, 60, 110, 10]);
});

test("a rule's name is the longest that has room, and turns at the edge", () => {
  const at = (x) => {
    const made = drawn(rule({ x, label: ["a name of twenty let", "short"] }));
    return [elements(made, "text")[0]["text-anchor"], markup(made).includes("twenty")];
  };
  assert.deepEqual(at(0), ["start", false]); // 20 letters need 138 pixels, and 110 are left
  assert.deepEqual(at(9), ["end", false]);
  const wide = picture({ ...FRAME, width: 400, marks: [rule({ x: 1, label: ["a name of twenty let", "short"] })] });
  assert.ok(markup(wide).includes("a name of twenty let"));
});

test("words stand at their place, with the colour that they are given", () => {
  const made = drawn(text({ data: ["a", "b"], x: (_, at) => at, y: 0, text: String, anchor: "end", color: "neg" }));
  assert.deepEqual(
    elements(made, "text").map(({ x, y, style }) => [x, y, style]),
    [
      ["10", "114", "fill: var(--neg)"],
      ["20", "114", "fill: var(--neg)"],
    ],
  );
});

test("the text of an item is its words, set apart as its name has them", () => {
  const made = drawn(text({ data: ["one", "two"], x: 1, y: 1, text: String }), text({ x: 1, y: 1, text: "three" }));
  assert.equal(
    markup(made)
      .replaceAll(/<[^>]*>/g, "")
      .trim(),
    "one two three",
  );
});

test("names cover neither dots nor each other, the first in rank get a place", () => {
  const crowd = Array.from({ length: 60 }, (_, at) => ({ at, x: 5 + (at % 3) / 10, y: 50 + at / 30 }));
  const made = drawn(
    labels({ data: crowd, x: ({ x }) => x, y: ({ y }) => y, text: ({ at }) => `n${at}`, rank: ({ at }) => at }),
  );
  const names = elements(made, "text");
  assert.ok(names.length > 1 && names.length < 60);
  assert.ok(markup(made).includes(">n59<"));
  for (const [at, one] of names.entries()) {
    for (const other of names.slice(at + 1)) {
      assert.ok(Math.abs(one.x - other.x) > 12 || Math.abs(one.y - other.y) >= 13, `${one.x} ${other.x}`);
    }
  }
});

const asked = [];
const list = (more = {}) =>
  items({
    data: ["a", "b", "c"],
    told: (name) => ({ title: name, lines: [["value", "1"]] }),
    press: (name, at) => asked.push(name + at),
    marks: () => dot({ x: 1, y: 1 }),
    ...more,
  });

test("Tab reaches one item of a picture: the chosen one, else the first", () => {
  const tabs = (made) => elements(made, "g").map(({ tabindex }) => tabindex);
  assert.deepEqual(tabs(drawn(list())), ["0", "-1", "-1"]);
  assert.deepEqual(tabs(drawn(list({ chosen: (name) => name === "c" }))), ["-1", "-1", "0"]);
  assert.deepEqual(tabs(drawn(list(), list())), ["0", "-1", "-1", "-1", "-1", "-1"]);
  assert.deepEqual(tabs(drawn(list({ data: [] }), list())), ["0", "-1", "-1"]);
});

test("an item says its name and its numbers, whether it is pressed, and does what it does", () => {
  const made = drawn(list({ chosen: (name) => name === "b" }));
  const [, second] = elements(made, "g");
  assert.deepEqual([second.role, second["aria-label"], second["aria-pressed"]], ["button", "b: value 1", "true"]);
  handlers(made, "click")[2]();
  assert.deepEqual(asked.splice(0), ["c2"]);
  const here = {};
  handlers(made, "keydown")[2]({ key: "Enter", target: here, currentTarget: here, preventDefault() {} });
  assert.deepEqual(asked.splice(0), ["b1"]); // the first handler is the picture's own
  assert.equal(elements(drawn(list({ press: undefined })), "g")[0].role, "img");
});

test("what the pointer finds is the bar that is said, the whole picture where nothing is", () => {
  const of = (hit) => numbers(elements(drawn(list({ hit: () => hit })), "rect")[0], "x", "y", "width", "height");
  assert.deepEqual(of({ x: [1, 2] }), [20, 0, 10, 120]);
  assert.deepEqual(of({ y: 50, thick: 20 }), [0, 50, 120, 20]);
});

test("a picture says what it is: an image, a group of items, or one that arrow keys walk", () => {
  const root = (made) => elements(made, "svg")[0];
  const named = (options) => root(picture({ ...FRAME, label: "Name", ...options }));
  assert.equal(named({ marks: [dot({ x: 0, y: 0 })] }).role, "img");
  assert.equal(named({ marks: [list()] }).role, "group");
  const walked = [];
  const made = picture({
    ...FRAME,
    label: "Name",
    marks: [list()],
    walk: { at: 1, count: 9, choose: (at) => walked.push(at), page: 5 },
  });
  assert.deepEqual([root(made).role, root(made).tabindex], ["application", "0"]);
  assert.deepEqual([elements(made, "g")[0].role, elements(made, "g")[0].tabindex], [undefined, undefined]);
  for (const key of ["ArrowRight", "PageUp", "ArrowLeft", "End", "x"]) {
    handlers(made, "keydown")[0]({ key, preventDefault() {} });
  }
  assert.deepEqual(walked, [2, 6, 0, 8]);
  assert.equal(root(picture({ ...FRAME, marks: [] }))["aria-hidden"], "true");
});

test("what is false is left out, lists and functions are drawn", () => {
  const made = drawn(false, null, [dot({ x: 1, y: 1 }), () => [dot({ x: 2, y: 2 }), false]]);
  assert.equal(elements(made, "circle").length, 2);
  assert.ok(!markup(made).includes("false"));
});

test("the pointer reads a plane by the values of its axis", () => {
  globalThis.DOMPoint = class {
    constructor(x) {
      this.x = x;
    }
    matrixTransform() {
      return this;
    }
  };
  const read = [];
  const made = drawn(sweep({ at: Math.round, told: () => ({ title: "", lines: [] }), press: (at) => read.push(at) }));
  handlers(made, "click")[0]({ clientX: 43, clientY: 0, currentTarget: { getScreenCTM: () => null } });
  assert.deepEqual(read, [3]);
});

test("a legend draws the signs of marks", () => {
  const [sign, other] = elements(
    legend([[{ color: "prob", shape: "line", dash: true }, "one"], false, ["dot", "two"]]),
    "i",
  );
  assert.match(sign.class, /^mark of line +dash$/);
  assert.equal(sign.style, "--color: var(--prob)");
  assert.equal(other.class, "mark dot");
});

test("two parts share a view that has room for both", () => {
  assert.deepEqual([halfWidth(699), halfWidth(700), halfWidth(1041)], [699, 330, 500]);
});
