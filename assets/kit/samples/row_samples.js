// @ts-check
/**
 * Rows on the kit's page: bars, dots, stacks, stripes.
 *
 * @import { Sample } from "./text_samples.js"
 */

import { stripes } from "../cells/stripes.js";
import { shadeOf } from "../colour/shade.js";
import { bars } from "../drawing/bars.js";
import { dots } from "../drawing/dots.js";
import { intervals } from "../drawing/intervals.js";
import { stacks } from "../drawing/stacks.js";
import { decimal, percent, whole } from "../numbers/format.js";
import { BEFORE, SHARES } from "./sample_shares.js";

const WAVES = [(/** @type {number} */ at) => Math.sin(at / 9), (/** @type {number} */ at) => 4 + Math.cos(at / 23)].map(
  (wave) => Array.from({ length: 300 }, (_, at) => wave(at)),
);

/** @param {Sample} sample */
export const rowParts = ({ kept, keep }) => [
  {
    name: "bars",
    says: "Rows with a value, up to three further values on the same scale, and a reference. Arrow keys walk the rows.",
    shows: (/** @type {number} */ width) =>
      bars({
        bars: SHARES.map((value, at) => ({
          name: String(at),
          title: `Row ${at}`,
          value,
          tick: 1 / SHARES.length,
          dot: (value + BEFORE[at]) / 2,
          ghost: BEFORE[at] === value ? undefined : BEFORE[at],
          details: [
            ["now", percent(value)],
            ["before", percent(BEFORE[at])],
          ],
          selected: at === kept.row,
          select: () => keep({ row: at }),
        })),
        width: Math.min(460, width),
        most: 0.35,
        format: percent,
        reference: { value: 1 / SHARES.length, name: `even ${percent(1 / SHARES.length)}` },
        label: "Seven sample shares",
      }),
  },
  {
    name: "intervals",
    says: "Means or rates with their intervals on one linear scale, with names and words; what is hollow is a placebo.",
    shows: (/** @type {number} */ width) =>
      intervals({
        rows: [
          { name: "a mean", value: 0.8, low: 0.3, high: 1.3, words: "+0.80 (0.30 to 1.30)" },
          { name: "its placebo", value: 0.1, low: -0.4, high: 0.6, words: "+0.10 (−0.40 to 0.60)", hollow: true },
        ],
        width: Math.min(620, width),
        domain: [-0.6, 1.5],
        reference: 0,
        format: (value) => decimal(value, 1),
        title: "sample differences",
        label: "Two sample means",
      }),
  },
  {
    name: "dots",
    says:
      "Things of very different sizes on a logarithmic scale, with names, words and a " +
      "reference. Arrow keys walk the rows.",
    shows: (/** @type {number} */ width) =>
      dots({
        rows: [3, 40, 900].map((value, at) => ({
          key: `row ${at}`,
          name: `row ${at}`,
          dots: [{ value, mark: value < 50 ? "past" : "ahead" }],
          stem: true,
          label: whole(value),
          words: `${whole(value)} of something`,
          details: [["value", whole(value)]],
          selected: at === kept.row,
          select: () => keep({ row: at }),
        })),
        width: Math.min(620, width),
        domain: [1, 2000],
        format: whole,
        title: "something",
        reference: { value: 50, name: "fifty" },
        label: "Three sample rows",
      }),
  },
  {
    name: "stacks",
    says: "Rows of parts on one scale, with names, numbers and a tick. Arrow keys walk the rows.",
    shows: (/** @type {number} */ width) =>
      stacks({
        rows: SHARES.slice(0, 3).map((value, at) => ({
          name: `Row ${at}`,
          title: `Row ${at}`,
          parts: [
            { from: 0, to: Math.min(value, BEFORE[at]), look: "solid" },
            { from: BEFORE[at], to: value, look: "pale" },
            { from: value, to: BEFORE[at], look: "dashed" },
          ],
          tick: 0.2,
          numbers: [percent(value), percent(BEFORE[at])],
          details: [["now", percent(value)]],
          selected: at === 0,
        })),
        columns: ["now", "before"],
        width: Math.min(460, width),
        most: 0.35,
        ticks: 4,
        label: "Three sample stacks",
      }),
  },
  {
    name: "stripes",
    says:
      "Long rows as stripes: a row of one sign has its median at the centre. Point, " +
      "click, or walk with the arrow keys.",
    shows: (/** @type {number} */ width) =>
      stripes({
        stripes: WAVES.map((values, at) => {
          const shade = shadeOf(values);
          return { name: `Row ${at}`, note: `centre ${decimal(shade.centre)}`, values, shade };
        }),
        width,
        label: "Two sample rows",
        told: (at) => ({ title: `Place ${at}`, details: WAVES.map((row, each) => [`Row ${each}`, decimal(row[at])]) }),
        chosen: kept.dimension,
        choose: (dimension) => keep({ dimension }),
      }),
  },
];
