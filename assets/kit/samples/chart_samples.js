// @ts-check
/**
 * Charts and axes on the kit's page.
 */
import { line, scaleLinear } from "../../vendor/d3.js";
import { svg } from "../../vendor/lit.js";
import { plot } from "../chart/plot.js";
import { roofline } from "../chart/roofline.js";
import { css } from "../colour/theme.js";
import { apart } from "../drawing/apart.js";
import { bottomAxis, leftAxis } from "../drawing/axis.js";
import { reading } from "../drawing/reading.js";
import { percent } from "../numbers/format.js";
import { BEFORE, SHARES } from "./sample_shares.js";

const STEPS = Array.from({ length: 60 }, (_, step) => step);

export const chartParts = () => [
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
