// @ts-check
/**
 * The kit's page, /explorer/kit.html: each part drawn with sample data, in both themes. The numbers are made up here and
 * say nothing of any model; no panel reads them.
 */
import { html, nothing, render, svg } from "../vendor/lit.js";
import { bars } from "./bars.js";
import { derivation } from "./derivation.js";
import { dots } from "./dots.js";
import { counted, decimal, percent, short, whole } from "./format.js";
import { placeLabels } from "./labels.js";
import { ladder } from "./ladder.js";
import { legend } from "./legend.js";
import { memory, operations, parameters } from "./magnitude.js";
import { matrix } from "./matrix.js";
import { nearby } from "./nearby.js";
import { plot } from "./plot.js";
import { ramp } from "./ramp.js";
import { readable } from "./readable.js";
import { select } from "./select.js";
import { sided } from "./sides.js";
import { doublings } from "./steps.js";
import { forgetColours } from "./theme.js";

const SHARES = [0.31, 0.02, 0.19, 0, 0.12, 0.09, 0.27];
const BEFORE = [0.24, 0.02, 0.22, 0.05, 0.12, 0.14, 0.21];
const STEPS = Array.from({ length: 60 }, (_, step) => step);
let selected = 2;
const STEPS_OF_TWO = doublings(1, 1024);
let step = 32;
const CROWD = [
  [60, 60, 18],
  [84, 66, 14],
  [70, 88, 12],
  [96, 92, 16],
  [230, 40, 10],
];

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
    name: "dots",
    says: "Things of very different sizes on a logarithmic scale, with names, words and a reference. Arrow keys walk the rows.",
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
          selected: at === selected,
          select: () => {
            selected = at;
            draw();
          },
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
    name: "labels",
    says: "Labels of a crowd that cover neither marks nor each other; a line leads to those that stand away.",
    shows: () => crowd(),
  },
  {
    name: "derivation",
    says: "How numbers come about, a line each.",
    shows: () =>
      derivation([{ name: "sum", formula: "12 · 4,096 · 2", result: memory(12 * 4096 * 2), note: "a remark on it" }]),
  },
  {
    name: "ladder and select",
    says: "A slider over listed values, and one of many.",
    shows: () => html`
      ${ladder({
        label: "Steps",
        steps: STEPS_OF_TWO,
        value: step,
        format: whole,
        choose: (value) => {
          step = value;
          draw();
        },
      })}
      ${select({
        label: "One",
        choices: STEPS_OF_TWO.map((each) => [each, whole(each)]),
        chosen: step,
        choose: (value) => {
          step = value;
          draw();
        },
      })}`,
  },
  {
    name: "magnitude",
    says: "Large amounts in three digits.",
    shows: () => html`<p class="mono">${parameters(46_702_792_704)} · ${operations(27.9e6)} · ${memory(1.34e12)}</p>`,
  },
  {
    name: "sides",
    says: "What stands around a matrix and upon it: names, frames, numbers. Names that have no room are left out.",
    shows: (/** @type {number} */ width) => {
      const shape = { rows: 3, columns: STEPS.length, width: Math.min(460, width) - 60, height: 90 };
      const value = (/** @type {number} */ row, /** @type {number} */ column) => ((row + 1) * column) / 180;
      return sided({
        ...shape,
        content: matrix({
          ...shape,
          label: "Three sample rows",
          of: [],
          colour: (row, column) => ramp("ink", "sunken")(value(row, column)),
          told: ({ row, column }) => ({
            title: `Row ${row}`,
            details: [[`step ${column}`, decimal(value(row, column))]],
          }),
        }),
        margin: { left: 60, top: 58 },
        left: ["first", "second", "third"].map((text, at) => ({ at, text, className: at === 1 ? "prob" : "" })),
        top: readable(shape.columns, shape.width / shape.columns, 13).map((at) => ({ at, text: `step ${at}` })),
        upright: true,
        marks: [{ row: 1, className: "chosen-row" }],
      });
    },
  },
  {
    name: "format",
    says: "Numbers as the page writes them.",
    shows: () => html`
      <p class="mono">
        ${decimal(-0.5)} · ${percent(0.0004)} · ${percent(0.125)} · ${whole(49152)} · ${counted(1, "token")} ·
        ${counted(12, "token")} · ${short(1234.5)} · ${short(12.34)}
      </p>`,
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

function crowd() {
  const circles = CROWD.map(([x, y, r]) => ({ x, y, r }));
  const labels = circles.map((circle) => ({ ...circle, width: 44, height: 13 }));
  const places = placeLabels({ labels, circles, bounds: { left: 0, right: 300, top: 0, bottom: 140 } });
  return svg`
    <svg class="fig" viewBox="0 0 300 140" height="140" preserveAspectRatio="xMinYMin">
      ${circles.map(({ x, y, r }) => svg`<circle cx=${x} cy=${y} r=${r} fill="var(--river)" />`)}
      ${places.map((place, at) => (place ? svg`<text x=${place.x} y=${place.y + 4} text-anchor="middle">label ${at}</text>` : nothing))}
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
