// @ts-check
/**
 * Loss against size: students, and the teacher with blocks, neurons, weights or experts left out.
 *
 * @import { HowSmallShown, SmallModel, SmallStudent } from "../../../types/frontier"
 * @import { Row, View } from "../../../kit/view"
 */
import { plot } from "../../../kit/chart/plot.js";
import { control } from "../../../kit/controls/declared.js";
import { legend } from "../../../kit/drawing/legend.js";
import { counted, decimal, whole } from "../../../kit/numbers/format.js";
import { table } from "../../../kit/numbers/table.js";
import { html } from "../../../vendor/lit.js";

const HEIGHT = 340;
const MILLION = 1e6;
/** @type {Record<string, { name: string, color: string, symbol: string, mode: string }>} */
const WAYS = {
  whole: { name: "the teacher", color: "ink", symbol: "star", mode: "markers" },
  depth: { name: "fewer blocks", color: "pos", symbol: "circle", mode: "lines+markers" },
  width: { name: "fewer neurons", color: "neg", symbol: "square", mode: "lines+markers" },
  sparse: { name: "2:4", color: "ok", symbol: "diamond", mode: "markers" },
  merged: { name: "experts merged in pairs", color: "bad", symbol: "x", mode: "markers" },
  text: { name: "students, text alone", color: "ink3", symbol: "circle", mode: "lines+markers" },
  forward: { name: "students, forward KL", color: "prob", symbol: "circle", mode: "lines+markers" },
};

/** @type {View<HowSmallShown>} */
export function sizes(data, ctx) {
  const shown = ["whole", "depth", "width", "sparse", "merged"].filter((way) =>
    data.smaller.some((each) => each.way === way),
  );
  const taught = [...new Set(data.students.map(({ way }) => way))];
  return html`
  <div class="how-small">
    <div class="settings-row ruled">${control(ctx, "windows")}</div>
    <p class="readout lead">${verdict(data)}</p>
    ${plot({
      label: "Held-out loss against the numbers that must be stored, a line or a dot for each way; arrow keys walk",
      height: HEIGHT,
      traces: [...taught.map((way) => ofStudents(data.students, way)), ...shown.map((way) => ofTeacher(data, way))],
      x: { title: "numbers stored, millions", type: "log" },
      y: { title: "nats a token" },
      margin: { r: 14, t: 12 },
    })}
    ${legend([...taught, ...shown].map((way) => [{ color: WAYS[way].color, shape: "dot" }, WAYS[way].name]))}
    ${numbers(data)}
    <p class="hint">Nothing is trained after a cut, though a cut model is usually trained further. Blocks are left out
      in the order of their influence on this text (1 less the cosine of the stream before and after):
      ${data.influence.map((each, at) => `${at ? ", " : ""}block ${at} ${decimal(each, 3)}`)}. The students read
      ${whole(data.tokens)} tokens each (${data.machine}), the teacher 10 million: a student’s place says what so short
      a training reaches, not what its size can hold.</p>
  </div>`;
}

/** @param {HowSmallShown} data @returns {Row[]} */
export const rows = ({ smaller, students }) => [
  ...smaller.map(({ way, amount, stored, loss }) => ({ way, amount, stored, loss, seed: null })),
  ...students.flatMap(({ way, size, held }) =>
    held.map((loss, seed) => ({ way: `student: ${way}`, amount: "", stored: size, loss, seed })),
  ),
];

/** @param {SmallStudent[]} students @param {string} way */
function ofStudents(students, way) {
  const own = students.filter((each) => each.way === way);
  return {
    ...point(way),
    x: own.map(({ size }) => size / MILLION),
    y: own.map(({ mean }) => mean),
    whiskers: { low: own.map(({ held }) => Math.min(...held)), high: own.map(({ held }) => Math.max(...held)) },
  };
}

/** @param {HowSmallShown} data @param {string} way */
function ofTeacher({ smaller }, way) {
  const first = way === "depth" || way === "width" ? smaller.filter((each) => each.way === "whole") : [];
  const own = [...first, ...smaller.filter((each) => each.way === way)];
  return {
    ...point(way),
    x: own.map(({ stored }) => stored / MILLION),
    y: own.map(({ loss }) => loss),
  };
}

/** @param {string} way */
const point = (way) => ({
  ...{ mode: WAYS[way].mode, symbol: WAYS[way].symbol, color: WAYS[way].color, name: WAYS[way].name },
  ...{ size: way === "whole" ? 13 : 9, legend: false },
  hover: `%{y:.3f} nats with %{x:.2f} million<extra>${WAYS[way].name}</extra>`,
});

/** @param {HowSmallShown} data */
function verdict({ smaller, total, students }) {
  const [teacher, ...others] = smaller;
  const last = students.filter(({ way }) => way === "forward");
  const told = last.map(({ size, below, low, high, known, seeds }) =>
    known && below !== null && low !== null && high !== null
      ? html`<span>With ${decimal(size / MILLION, 1)} million parameters the student ends
          <b>${decimal(Math.abs(below), 3)}</b> nats ${below > 0 ? "below" : "above"} text alone (±
          ${decimal((high - low) / 2, 3)}, ${counted(seeds, "seed")}).</span> `
      : html`<span>With ${decimal(size / MILLION, 1)} million parameters there is no clear
          difference from text alone.</span> `,
  );
  if (others.length + 1 < total) return html`${smaller.length} of ${total} models are measured. ${told}`;
  const best = others.reduce((one, two) => (two.loss < one.loss ? two : one));
  return html`The teacher loses <b>${decimal(teacher.loss, 3)}</b> nats a token. Of the cuts,
    ${WAYS[best.way].name} (${best.amount}) costs least here: ${decimal(best.loss - teacher.loss, 3)} nats more, with
    ${whole(best.stored)} numbers of ${whole(teacher.stored)}. ${told}`;
}

/** @param {HowSmallShown} data */
function numbers({ smaller }) {
  const [teacher] = smaller;
  return table({
    label: "The teacher with parts left out, in numbers",
    rows: smaller,
    columns: [
      { name: "way", cell: (/** @type {SmallModel} */ { way }) => WAYS[way].name },
      { name: "what is left", cell: ({ amount }) => amount || "all" },
      { name: "numbers stored", number: true, cell: ({ stored }) => whole(stored) },
      { name: "held out, nats", number: true, cell: ({ loss }) => decimal(loss, 3) },
      { name: "more than the teacher", number: true, cell: ({ loss }) => decimal(loss - teacher.loss, 3) },
    ],
  });
}
