// @ts-check
/**
 * Accuracy of tiny models on copying and on recall, by length and by what they carry.
 *
 * @import { CannotCopy } from "../../../types/frontier"
 * @import { Row, View } from "../../../kit/view"
 */
import { plot } from "../../../kit/chart/plot.js";
import { percent, whole } from "../../../kit/numbers/format.js";
import { table } from "../../../kit/numbers/table.js";
import { html } from "../../../vendor/lit.js";

/** @type {Record<string, { color: string, dash?: string }>} */
const LOOKS = {
  attention: { color: "river-deep" },
  hybrid: { color: "pos", dash: "8px,4px" },
  "Mamba, 16 a channel": { color: "prob" },
  "Mamba, 2 a channel": { color: "neg", dash: "3px,4px" },
};
const ASKED = ["symbols to copy", "pairs to recall"];
const THINGS = ["symbols", "pairs"];
const TITLES = ["Copying", "Recall"];

/** @type {View<CannotCopy>} */
export function recorded(data) {
  const { arms, trained_to: most, seeds, steps, seconds, machine } = data;
  return html`
    <p class="readout lead">${TITLES.map(
      (title, task) =>
        html`${task ? " " : ""}${title} of ${most[task]} ${THINGS[task]}: ${arms.map(
          ({ name, points }, at) => html`${at ? ", " : ""}${name} <b>${share(longest(points[task], most[task]))}</b>`,
        )}.`,
    )}</p>
    <div class="side-by-side">${TITLES.map((_, task) => curves(data, task))}</div>
    ${table({
      label: "Accuracy against what is carried, at the longest trained length",
      className: "keeps-names",
      rows: arms,
      columns: [
        { name: "Model", cell: ({ name }) => start(name) },
        { name: "layers", cell: ({ layers }) => layers.join(", ") },
        { name: "parameters", number: true, cell: ({ parameters }) => whole(parameters) },
        { name: "bytes carried", number: true, cell: ({ state_bytes: bytes }) => whole(bytes) },
        ...TITLES.map((name, task) => ({
          name: name.toLowerCase(),
          number: true,
          title: `At ${most[task]} ${ASKED[task]}, the mean of ${seeds} seeds and its 95 % interval`,
          cell: (/** @type {CannotCopy["arms"][number]} */ { points }) => interval(points[task], most[task]),
        })),
      ],
    })}
    <p class="hint">Two layers of width 64 each, ${whole(steps)} steps of 32 texts, half of them copying and half
      recall, at most ${most[0]} symbols or ${most[1]} pairs; longer ones were never seen. ${seeds} seeds; the intervals
      are Student’s, so wide with three. Guessing is right with about 2 in 100. The trainings are
      short: this is what one recipe reaches, not a bound of any kind of model. Recorded by <code>python -m
      explorer.experiments.frontier.copying</code> (${machine}, ${whole(Math.round(seconds / 60))} minutes).</p>`;
}

/** @param {string} name */
const start = (name) => name[0].toUpperCase() + name.slice(1);

/** @param {CannotCopy["arms"][number]["points"][number]} points @param {number} most */
const longest = (points, most) => points.find(({ length }) => length === most);

/** @param {CannotCopy["arms"][number]["points"][number][number] | undefined} found */
const share = (found) => (found ? percent(found.mean, 0) : "–");

/** Student's interval knows nothing of the ends of a share: what lies beyond is not said. */
/** @param {CannotCopy["arms"][number]["points"][number]} points @param {number} most */
function interval(points, most) {
  const found = longest(points, most);
  if (!found) return "–";
  const high = Math.min(found.high, 1);
  return html`${share(found)} <small>${percent(found.low, 0)} to ${percent(high, 0)}</small>`;
}

/** @param {CannotCopy} data @param {number} task */
const curves = ({ arms, trained_to: most }, task) =>
  html`<div><h3 class="sub3">${TITLES[task]} <small>accuracy, by ${ASKED[task]}</small></h3>
    ${plot({
      label: `Accuracy of ${TITLES[task].toLowerCase()} by ${ASKED[task]}, of each kind of model`,
      height: 260,
      traces: arms.map(({ name, points }) => ({
        ...LOOKS[name],
        ...{ name, width: 2, mode: "lines+markers" },
        x: points[task].map(({ length }) => length),
        y: points[task].map(({ mean }) => mean),
        whiskers: { low: points[task].map(({ low }) => low), high: points[task].map(({ high }) => high) },
      })),
      x: { title: ASKED[task] },
      y: { title: "right", range: [0, 1.02], tickformat: ".0%" },
      marks: [{ x: most[task], label: "longest trained", color: "ink3", dash: "dot", side: "left", below: true }],
    })}</div>`;

/** @param {CannotCopy} data @returns {Row[]} */
export const rows = ({ arms, tasks }) =>
  arms.flatMap(({ name, parameters, points }) =>
    points.flatMap((row, task) =>
      row.flatMap(({ length, bytes, seeds }) =>
        seeds.map((accuracy, seed) => ({ model: name, parameters, task: tasks[task], length, bytes, seed, accuracy })),
      ),
    ),
  );
