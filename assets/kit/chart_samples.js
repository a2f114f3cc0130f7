// @ts-check
/**
 * Charts on the kit's page.
 *
 * @import { Sample } from "./text_samples.js"
 */
import { line, scaleLinear } from "../vendor/d3.js";
import { svg } from "../vendor/lit.js";
import { apart } from "./apart.js";
import { bottomAxis, leftAxis } from "./axis.js";
import { bars } from "./bars.js";
import { number } from "./controls.js";
import { dots } from "./dots.js";
import { decimal, percent, whole } from "./format.js";
import { plot } from "./plot.js";
import { reading } from "./reading.js";
import { roofline } from "./roofline.js";
import { BEFORE, SHARES } from "./sample_shares.js";
import { shadeOf } from "./shade.js";
import { stacks } from "./stacks.js";
import { stripes } from "./stripes.js";
import { css } from "./theme.js";

const STEPS = Array.from({ length: 60 }, (_, step) => step);
const WAVES = [(/** @type {number} */ at) => Math.sin(at / 9), (/** @type {number} */ at) => 4 + Math.cos(at / 23)].map(
  (wave) => Array.from({ length: 300 }, (_, at) => wave(at)),
);

/** @param {Sample} sample */
export const chartParts = ({ kept, keep }) => [
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
    name: "plot",
    says: "A chart of plotly.js in a template: direct labels, a mark, axes with their units.",
    shows: () =>
      plot({
        label: "Two sample curves",
        height: 240,
        traces: [
          { x: STEPS, y: STEPS.map((step) => 4 * Math.exp(-step / 12) + 2), name: "falling", labelled: true },
          {
            x: STEPS,
            y: STEPS.map((step) => 5 - step / 40),
            name: "level",
            labelled: true,
            color: "prob",
            dash: "4px,3px",
          },
        ],
        marks: [{ x: 30, label: "half of the steps" }],
        x: { title: "step" },
        y: { title: "loss, nats", rangemode: "tozero" },
      }),
  },
  {
    name: "roofline",
    says: "What memory and arithmetic allow at each intensity, and what was reached under it.",
    shows: (/** @type {number} */ width) =>
      roofline({
        label: "A sample roof",
        height: 220,
        flops: 2e11,
        bandwidth: 1e10,
        unit: 1e9,
        traces: [{ x: [2, 60], y: [15, 160], mode: "markers", color: "prob", name: "reached", size: 8 }],
        narrow: width < 460,
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
  {
    name: "axis",
    says: "Ticks of a d3 scale with their numbers and a title with its unit.",
    shows: (/** @type {number} */ width) => {
      const across = scaleLinear([0, 60], [50, Math.min(500, width) - 20]);
      const up = scaleLinear([0, 6], [150, 30]);
      return svg`
        <svg class="fig" height="190" role="img" aria-label="Two axes">
          ${bottomAxis({ scale: across, y: 150, grid: 120, title: "step" })}
          ${leftAxis({ scale: up, x: 50, title: "loss, nats" })}
        </svg>`;
    },
  },
  {
    name: "reading",
    says: "Lines that are read place by place, by pointer and arrow keys; the names at their ends stand apart.",
    shows: (/** @type {number} */ width) => sampleLines(Math.min(460, width)),
  },
];

/** @param {number} width */
function sampleLines(width) {
  const [left, top, bottom] = [40, 26, 150];
  const right = width - 70;
  const x = scaleLinear([0, SHARES.length - 1], [left, right]);
  const y = scaleLinear([0, 0.4], [bottom, top]);
  const drawn = line(
    (_, at) => x(at),
    (/** @type {number} */ value) => y(value),
  );
  const ends = apart(
    [SHARES, BEFORE].map((values) => y(values[values.length - 1])),
    14,
  );
  return svg`
    <svg class="fig" viewBox="0 0 ${width} 190" height="190" preserveAspectRatio="xMinYMin" role="group"
      aria-label="Two sample lines">
      ${leftAxis({
        scale: y,
        x: left,
        grid: right - left,
        count: 4,
        format: (value) => `${100 * value} %`,
        title: "share",
      })}
      ${bottomAxis({ scale: x, y: bottom, count: 6, title: "row" })}
      <path d=${drawn(BEFORE)} fill="none" stroke=${css("river-deep")} />
      <path d=${drawn(SHARES)} fill="none" stroke=${css("prob")} stroke-width="2" />
      ${["now", "before"].map((name, at) => svg`<text x=${right + 10} y=${ends[at] + 4}>${name}</text>`)}
      ${reading({
        count: SHARES.length,
        x,
        y: [top, bottom],
        label: "Shares row by row",
        told: (at) => ({
          title: `Row ${at}`,
          details: [
            ["now", percent(SHARES[at])],
            ["before", percent(BEFORE[at])],
          ],
        }),
      })}
    </svg>`;
}
