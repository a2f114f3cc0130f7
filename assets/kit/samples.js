// @ts-check
/**
 * The kit's page, /explorer/kit.html: each part drawn with sample data, in both themes. The numbers are made up here and
 * say nothing of any model; no panel reads them.
 */
import { line, range, scaleLinear } from "../vendor/d3.js";
import { html, render, svg } from "../vendor/lit.js";
import { apart } from "./apart.js";
import { bottomAxis, leftAxis } from "./axis.js";
import { bars } from "./bars.js";
import { counted, decimal, percent, precise, short, whole } from "./format.js";
import { legend } from "./legend.js";
import { matrix } from "./matrix.js";
import { nearby } from "./nearby.js";
import { plot } from "./plot.js";
import { ramp } from "./ramp.js";
import { reading } from "./reading.js";
import { css, forgetColours } from "./theme.js";

const SHARES = [0.31, 0.02, 0.19, 0, 0.12, 0.09, 0.27];
const BEFORE = [0.24, 0.02, 0.22, 0.05, 0.12, 0.14, 0.21];
const STEPS = Array.from({ length: 60 }, (_, step) => step);
let selected = 2;

const parts = () => [
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
          selected: at === selected,
          select: () => {
            selected = at;
            draw();
          },
        })),
        width: Math.min(460, width),
        most: 0.35,
        format: percent,
        reference: { value: 1 / SHARES.length, name: `even ${percent(1 / SHARES.length)}` },
        label: "Seven sample shares",
      }),
  },
  {
    name: "legend",
    says: "Marks and what they stand for; an absent entry is left out.",
    shows: () => legend([["value", "value"], ["tick", "second value"], ["dot", "third"], ["ghost", "before"], null]),
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
    name: "format",
    says: "Numbers as the page writes them.",
    shows: () => html`
      <p class="mono">
        ${decimal(-0.5)} · ${percent(0.0004)} · ${percent(0.125)} · ${whole(49152)} · ${counted(1, "token")} ·
        ${counted(12, "token")} · ${short(1234.5)} · ${short(12.34)} · ${precise(4e-7)}
      </p>`,
  },
  {
    name: "matrix",
    says: "Cells on a canvas, here with words on them and names beside them. Arrow keys walk, Enter or a click selects.",
    shows: (/** @type {number} */ width) => sampleMatrix(Math.min(330, width - 50)),
  },
  {
    name: "reading",
    says: "Lines that are read place by place, by pointer and arrow keys; the names at their ends stand apart.",
    shows: (/** @type {number} */ width) => sampleLines(Math.min(460, width)),
  },
  {
    name: "nearby",
    says: "The stretch of a long list that holds the chosen item.",
    shows: () => {
      const { first, shown } = nearby(30, 6, 21);
      return html`<p class="mono">items ${first} to ${first + shown - 1} of 30 around item 21</p>`;
    },
  },
];

/** @type {import("./matrix.js").Cell} */
let cell = { row: 1, column: 2 };

/** @param {number} width */
function sampleMatrix(width) {
  const [rows, columns, height] = [3, 6, 66];
  const share = (/** @type {number} */ row, /** @type {number} */ column) => ((row + 1) * (column + 1)) / 18;
  const colour = ramp("river-deep");
  const choose = (/** @type {import("./matrix.js").Cell} */ chosen) => {
    cell = chosen;
    draw();
  };
  return matrix({
    rows,
    columns,
    width,
    height,
    margin: { top: 0, right: 0, bottom: 0, left: 50 },
    of: [],
    colour: (row, column) => colour(share(row, column)),
    over: (context, cell) => {
      context.font = `11px ${css("sans")}`;
      context.textBaseline = "middle";
      context.fillStyle = css("ink");
      for (const row of range(rows)) {
        const middle = (row + 0.5) * cell.height;
        context.fillText(`row ${row}`, -44, middle);
        for (const column of range(columns)) {
          context.fillText(percent(share(row, column), 0), column * cell.width + 8, middle);
        }
      }
    },
    label: "Eighteen sample shares",
    told: ({ row, column }) => ({
      title: `Row ${row}, column ${column}`,
      details: [["share", percent(share(row, column))]],
    }),
    select: choose,
    walked: choose,
    selected: cell,
  });
}

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
    <svg class="fig" viewBox="0 0 ${width} 190" height="190" preserveAspectRatio="xMinYMin" role="group" aria-label="Two sample lines">
      ${leftAxis({ scale: y, x: left, grid: right - left, count: 4, format: (value) => `${100 * value} %`, title: "share" })}
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

function turnTheme() {
  const { dataset } = document.documentElement;
  dataset.theme = dataset.theme === "dark" ? "light" : "dark";
  forgetColours();
  draw();
}

function draw() {
  const root = /** @type {HTMLElement} */ (document.getElementById("samples"));
  render(
    html`
      <h1>The kit</h1>
      <p>What the views are made of, with sample numbers that say nothing of any model.</p>
      <button class="btn" type="button" @click=${turnTheme}>Other theme</button>
      ${parts().map(
        ({ name, says, shows }) => html`
          <section id=${name} class="panel">
            <h2>${name}</h2>
            <p class="psub">${says}</p>
            <div>${shows(root.clientWidth - 44)}</div>
          </section>`,
      )}`,
    root,
  );
  root.dataset.ready = "1";
}

if (matchMedia("(prefers-color-scheme: dark)").matches) document.documentElement.dataset.theme = "dark";
await document.fonts.ready;
draw();
