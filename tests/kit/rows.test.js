import assert from "node:assert/strict";
import { test } from "node:test";
import { elements, handlers, markup } from "./drawn.js";

const { bars } = await import("../../assets/kit/drawing/bars.js");
const { dots } = await import("../../assets/kit/drawing/dots.js");
const { stacks } = await import("../../assets/kit/drawing/stacks.js");

const pressed = [];
const bar = (value, more = {}) => ({
  name: "e1",
  title: "Expert e1",
  value,
  details: [["share", `${value}`]],
  select: () => pressed.push(value),
  ...more,
});

test("a bar is as long as its value, is called by all that is written on it, and is pressed", () => {
  const made = bars({
    bars: [bar(2, { tick: 3, ghost: 1 }), bar(4, { selected: true })],
    width: 184, // 26 for names, 58 for numbers: 100 for the scale
    most: 5,
    format: (value) => `${value} %`,
    reference: { value: 2.5, name: "even" },
    label: "Shares",
  });
  const rows = elements(made, "g").filter(({ role }) => role === "button");
  assert.deepEqual(
    rows.map((row) => row["aria-label"]),
    ["Expert e1 2 %: share 2", "Expert e1 4 %: share 4"],
  );
  assert.deepEqual(
    rows.map(({ tabindex }) => tabindex),
    ["-1", "0"],
  );
  const widths = elements(made, "rect")
    .filter((each) => each.class !== "hit")
    .map(({ width }) => Number(Number(width).toFixed(6)));
  assert.deepEqual(widths, [40, 20, 80]); // value, ghost, value
  handlers(made, "click")[1]();
  assert.deepEqual(pressed, [4]);
});

test("of many thin bars some are named", () => {
  const made = bars({
    bars: Array.from({ length: 40 }, () => bar(1)),
    ...{ width: 200, most: 1, format: String, label: "Many" },
  });
  assert.equal(elements(made, "text").filter((each) => each.class === "name").length, 14); // every third of 5 pixels
});

test("a dot's label turns to the side where no reference stands in the way", () => {
  const of = (value) => {
    const row = { key: "k", name: "name", dots: [{ value, mark: "past" }], label: "label", words: "words" };
    const made = dots({
      rows: [{ ...row, details: [], select() {} }],
      ...{ width: 700, domain: [1, 1000], format: String, title: "things", label: "Rows" },
      reference: { value: 100, name: "limit" },
    });
    return elements(made, "text").find((each) => each.class?.startsWith("beside"))["text-anchor"];
  };
  assert.deepEqual([of(10), of(90), of(500)], ["start", "end", "start"]);
});

test("parts of a stack lie on one scale, which ends at its most, and an empty one is left out", () => {
  const made = stacks({
    rows: [
      {
        name: "row",
        title: "Row",
        parts: [
          { from: 0, to: 5, look: "solid" },
          { from: 5, to: 5, look: "pale" },
          { from: 5, to: 20, look: "dashed" },
        ],
        numbers: ["5"],
        details: [["value", "5"]],
      },
    ],
    ...{ width: 264, most: 10, label: "Parts" }, // 104 for names, 60 for numbers: 100 for the scale
  });
  const parts = elements(made, "rect").filter((each) => each.class !== "hit");
  assert.deepEqual(
    parts.map(({ x, width }) => [Number(x), Number(width)]),
    [
      [104.5, 49],
      [154.5, 49],
    ],
  );
  assert.equal(elements(made, "g")[0]["aria-label"], "Row: value 5");
  assert.ok(markup(made).includes(">5<"));
});
