// @ts-check
/**
 * The kit's page, /explorer/kit.html: each part drawn with sample data, in both themes. The numbers are made up here
 * and say nothing of any model; no panel reads them.
 */
import { line, scaleLinear } from "../vendor/d3.js";
import { html, nothing, render, svg } from "../vendor/lit.js";
import { apart } from "./apart.js";
import { bottomAxis, leftAxis } from "./axis.js";
import { bars } from "./bars.js";
import { number, player, segmented, slider } from "./controls.js";
import { derivation } from "./derivation.js";
import { dots } from "./dots.js";
import { counted, decimal, headName, percent, precise, scientific, signed, whole } from "./format.js";
import { placeLabels } from "./labels.js";
import { ladder } from "./ladder.js";
import { legend } from "./legend.js";
import { figures, memory, operations, parameters, scaled, timed } from "./magnitude.js";
import { matrix } from "./matrix.js";
import { nearby } from "./nearby.js";
import { plot } from "./plot.js";
import { diverging, ramp } from "./ramp.js";
import { readable } from "./readable.js";
import { reading } from "./reading.js";
import { ribbons } from "./ribbons.js";
import { roofline } from "./roofline.js";
import { select } from "./select.js";
import { shadeOf } from "./shade.js";
import { sided } from "./sides.js";
import { stacks } from "./stacks.js";
import { doublings } from "./steps.js";
import { stripes } from "./stripes.js";
import { table } from "./table.js";
import { textParts } from "./text_samples.js";
import { css, forgetColours } from "./theme.js";
import { learn, svgToken, token } from "./tokens.js";
import { branch, tidyTree, treeStep } from "./tree.js";

const SHARES = [0.31, 0.02, 0.19, 0, 0.12, 0.09, 0.27];
const BEFORE = [0.24, 0.02, 0.22, 0.05, 0.12, 0.14, 0.21];
const STEPS = Array.from({ length: 60 }, (_, step) => step);
const SIDE = 24;
/** What the page's parts remember, as a view's `ctx.kept` does. */
const kept = {
  row: 2,
  cell: { row: 3, column: 5 },
  choice: "second",
  level: 0.4,
  count: 12,
  step: 0,
  playing: false,
  doubled: 32,
  word: 1,
};

/** @param {Partial<typeof kept>} change */
function keep(change) {
  Object.assign(kept, change);
  draw();
}

learn({ 1: "When", 2: " Mary", 3: "\n", 4: { hex: "f0 9f" } });
/** @type {Record<string, string[]>} */
const FAMILY = { root: ["left", "right"], left: ["a", "b", "c"], right: ["d"], d: ["e", "f"] };
const WAVES = [(/** @type {number} */ at) => Math.sin(at / 9), (/** @type {number} */ at) => 4 + Math.cos(at / 23)].map(
  (wave) => Array.from({ length: 300 }, (_, at) => wave(at)),
);
/** @type {number | null} */
let dimension = 30;
let relative = "left";
const STEPS_OF_TWO = doublings(1, 1024);
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
    name: "ladder",
    says: "A slider over listed values, and one of many.",
    shows: () => html`
      ${ladder({
        label: "Steps",
        steps: STEPS_OF_TWO,
        value: kept.doubled,
        format: whole,
        choose: (doubled) => keep({ doubled }),
      })}
      ${select({
        label: "One",
        choices: STEPS_OF_TWO.map((each) => [each, whole(each)]),
        chosen: kept.doubled,
        choose: (doubled) => keep({ doubled }),
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
    name: "ribbons",
    says: "Flows from column to column; each node as tall as its value, each ribbon as wide.",
    shows: (/** @type {number} */ width) => {
      const { nodes, flows } = ribbons({
        nodes: [3, 1, 2, 2, 4].map((value, at) => ({ value, column: [0, 0, 1, 1, 2][at] })),
        flows: [
          { source: 0, target: 2, value: 2 },
          { source: 0, target: 3, value: 1 },
          { source: 1, target: 3, value: 1 },
          { source: 2, target: 4, value: 2 },
          { source: 3, target: 4, value: 2 },
        ],
        along: { from: 0, to: Math.min(460, width) },
        across: { from: 2, to: 118 },
        thick: 12,
        gap: 10,
      });
      return svg`
        <svg class="fig ribbons" height="120" role="img" aria-label="Sample flows">
          ${flows.map((flow) => svg`<path class="flow" d=${flow.path} stroke-width=${flow.width} />`)}
          ${nodes.map(
            ({ x, y, width, height }) => svg`<rect class="node" x=${x} y=${y} width=${width} height=${height} />`,
          )}
        </svg>`;
    },
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
        chosen: dimension,
        choose: (at) => {
          dimension = at;
          draw();
        },
      }),
  },
  {
    name: "tree",
    says: "A tidy tree from left to right: its places, its lines, and where the arrow keys lead.",
    shows: () => familyTree(),
  },
  {
    name: "format",
    says: "Numbers as the page writes them.",
    shows: () => html`
      <p class="mono">
        ${decimal(-0.5)} · ${signed(0.5)} · ${percent(0.0004)} · ${percent(0.125)} · ${whole(49152)} ·
        ${counted(1, "token")} · ${counted(12, "token")} · ${figures(1234.5)} · ${scientific(1.5e-7)} · ${timed(1234)} ·
        ${memory(5.4e8)} · ${headName(12, 3)} · ${figures(0.052)} · ${scaled(6.64e6, "FLOP")} · ${timed(26.52)} ·
        ${precise(0.00123)}
      </p>`,
  },
  {
    name: "tokens",
    says: "Tokens in a line and in a drawing: spaces, line ends and lone bytes can be seen.",
    shows: () => html`
      <p>${[1, 2, 3, 4, 5].map((id) => token(id, { className: "tok" }))}</p>
      <svg class="fig" height="30" role="img" aria-label="Two tokens">
        ${svgToken(1, { x: 0, y: 20 })} ${svgToken(2, { x: 60, y: 20 })}
      </svg>`,
  },
  {
    name: "controls",
    says: "A choice, a slider, a number, and the one kind of Play.",
    shows: () => html`
      <div class="bar">
        ${segmented({
          label: "Which",
          choices: [
            ["first", "First"],
            ["second", "Second"],
          ],
          chosen: kept.choice,
          choose: (choice) => keep({ choice }),
        })}
        ${slider({
          label: "Level",
          value: kept.level,
          least: 0,
          most: 1,
          step: 0.1,
          choose: (level) => keep({ level }),
        })}
        ${number({ label: "Count", value: kept.count, least: 1, most: 99, choose: (count) => keep({ count }) })}
        ${player({
          ctx: { kept, keep },
          at: kept.step,
          count: 5,
          choose: (step) => keep({ step }),
          label: "Steps",
          pace: 200,
        })}
      </div>
      <p class="readout">${kept.choice}, ${kept.level}, ${kept.count}, step ${kept.step + 1} of 5</p>`,
  },
  {
    name: "matrix",
    says: "Thousands of cells on a canvas: a tooltip for each, a click selects, arrow keys walk.",
    shows: (/** @type {number} */ width) => {
      const side = Math.min(360, width);
      const colours = diverging();
      const value = (/** @type {number} */ row, /** @type {number} */ column) =>
        Math.sin(row / 3) * Math.cos(column / 4);
      return matrix({
        rows: SIDE,
        columns: SIDE,
        width: side,
        height: side,
        colour: (row, column) => colours(value(row, column)),
        of: [],
        label: `${SIDE} by ${SIDE} sample cells`,
        told: ({ row, column }) => ({
          title: `Cell ${row}, ${column}`,
          details: [["value", signed(value(row, column))]],
        }),
        selected: kept.cell,
        select: (cell) => keep({ cell }),
      });
    },
  },
  {
    name: "ramp",
    says: "Colours from the ground to a colour of the page, and both ways from nought.",
    shows: () => html`
      ${[ramp("prob"), ramp("ink"), diverging()].map(
        (colours, at) => html`
          <div class="samplerow">
            ${Array.from({ length: 11 }, (_, step) => {
              const share = at === 2 ? step / 5 - 1 : step / 10;
              return html`<i class="sw" style="background: rgb(${colours(share)})"></i>`;
            })}
          </div>`,
      )}`,
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
    name: "table",
    says: "Columns with their headings; a row can be chosen by mouse and by keyboard.",
    shows: () =>
      table({
        label: "Sample shares",
        columns: [
          { name: "Row", cell: (_, at) => `Row ${at}` },
          { name: "Now", number: true, cell: (value) => percent(value) },
          { name: "Before", number: true, cell: (_, at) => percent(BEFORE[at]) },
        ],
        rows: SHARES,
        selected: (_, at) => at === kept.row,
        select: (_, row) => keep({ row }),
      }),
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
  ...textParts({ kept, keep }),
];

const GENERATION = 110;
const NAME = 50;

function familyTree() {
  const { places, height } = tidyTree({ root: "root", children: (item) => FAMILY[item] ?? [], row: 24 });
  const walk = (/** @type {KeyboardEvent} */ event) => {
    relative = treeStep(places, relative, event.key) ?? relative;
    draw();
  };
  const leaves = [...places.values()];
  const x = (/** @type {number} */ depth) => depth * GENERATION;
  return html`
    <svg class="fig" height=${height} role="application" aria-label="A sample tree" tabindex="0" @keydown=${walk}>
      ${leaves.map(({ item, parent, depth, y }) => {
        const from = parent === null ? undefined : places.get(parent);
        const line = from && branch([x(from.depth) + NAME, from.y], [x(depth) - 6, y]);
        return svg`
          ${line ? svg`<path class="zero" fill="none" d=${line} />` : nothing}
          <text class=${item === relative ? "b ink" : ""} x=${x(depth)} y=${y + 4}>${item}</text>`;
      })}
    </svg>`;
}

function crowd() {
  const circles = CROWD.map(([x, y, r]) => ({ x, y, r }));
  const labels = circles.map((circle) => ({ ...circle, width: 44, height: 13 }));
  const places = placeLabels({ labels, circles, bounds: { left: 0, right: 300, top: 0, bottom: 140 } });
  return svg`
    <svg class="fig" viewBox="0 0 300 140" height="140" preserveAspectRatio="xMinYMin">
      ${circles.map(({ x, y, r }) => svg`<circle cx=${x} cy=${y} r=${r} fill="var(--river)" />`)}
      ${places.map((place, at) =>
        place ? svg`<text x=${place.x} y=${place.y + 4} text-anchor="middle">label ${at}</text>` : nothing,
      )}
    </svg>`;
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
