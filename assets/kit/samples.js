// @ts-check
/**
 * The kit's page, /explorer/kit.html: each part drawn with sample data, in both themes. The numbers are made up here and
 * say nothing of any model; no panel reads them.
 */
import { html, render } from "../vendor/lit.js";
import { bars } from "./bars.js";
import { counted, decimal, figures, percent, scaled, short, timed, whole } from "./format.js";
import { legend } from "./legend.js";
import { nearby } from "./nearby.js";
import { plot } from "./plot.js";
import { forgetColours } from "./theme.js";

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
        ${counted(12, "token")} · ${short(1234.5)} · ${short(12.34)} · ${figures(0.052)} · ${scaled(6.64e6, "FLOP")} · ${timed(26.52)}
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
