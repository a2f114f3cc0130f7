// @ts-check
/**
 * Accuracy of tiny models on copying and on recall, by length and by what they carry.
 *
 * @import { CannotCopy } from "../../../types/frontier"
 * @import { Row, View } from "../../../kit/view"
 */
import { percent, whole } from "../../../kit/numbers/format.js";
import { memory } from "../../../kit/numbers/magnitude.js";
import { table } from "../../../kit/numbers/table.js";
import { html } from "../../../vendor/lit.js";
import { byBytes, byLength } from "./curves.js";

const ASKED = ["symbols to copy", "pairs to recall"];
const THINGS = ["symbols", "pairs"];
const TITLES = ["Copying", "Recall"];
/** Seeds of one kind of model lie so far apart that a mean alone misleads. */
const APART = 0.25;

/** @type {View<CannotCopy>} */
export function recorded(data) {
  const { arms, trained_to: most, seeds, steps, heads, seconds, machine } = data;
  return html`
    ${TITLES.map(
      (title, task) =>
        html`<p class="readout lead">${title} of ${most[task]} ${THINGS[task]}: ${arms.map(
          ({ name, points }, at) => html`${at ? ", " : ""}${name} <b>${share(at_(points[task], most[task]))}</b>`,
        )}.</p>`,
    )}
    ${scattered(data)}
    <div class="side-by-side">${TITLES.map((title, task) => byLength(data, { task, title, asked: ASKED[task] }))}</div>
    <div class="side-by-side">${TITLES.map((title, task) => byBytes(data, { task, title, thing: THINGS[task] }))}</div>
    ${table({
      label: "Accuracy against what is carried, at the longest trained length and at the longest measured one",
      className: "keeps-names",
      rows: arms,
      columns: [
        { name: "Model", cell: ({ name }) => start(name) },
        { name: "parameters", number: true, cell: ({ parameters }) => whole(parameters) },
        {
          name: "carried",
          title: `Behind ${most[0]} symbols or ${most[1]} pairs, which are as many tokens`,
          number: true,
          cell: ({ state_bytes: bytes }) => memory(bytes[0]),
        },
        ...TITLES.flatMap((name, task) =>
          [most[task], arms[0].points[task][arms[0].points[task].length - 1].length].map((length) => ({
            name: `${name.toLowerCase()}, ${length} ${THINGS[task]}`,
            number: true,
            title: `The mean of ${seeds} seeds and its 95 % interval`,
            cell: (/** @type {CannotCopy["arms"][number]} */ { points }) => interval(at_(points[task], length)),
          })),
        ),
      ],
    })}
    <p class="hint">Two layers of width 64 each, attention in ${whole(heads)} heads; ${whole(steps)} steps of 32 texts,
      half of them copying and half recall, at most ${most[0]} symbols or ${most[1]} pairs. Behind the dotted line lie
      texts longer than any trained one: what fails there may be the way to look, not the memory. ${seeds} seeds, each a
      dot; the intervals are Student’s, so wide with three, and what lies beyond 0 and 100 % is not shown. Guessing is
      right with about 2 in 100. This is what one recipe reaches, not a bound of any kind of model. Recorded by
      <code>python -m explorer.experiments.frontier.copying</code> (${machine}, ${whole(Math.round(seconds / 60))}
      minutes of its processor).</p>`;
}

/** Says where seeds differ much. @param {CannotCopy} data */
function scattered({ arms, trained_to: most }) {
  const found = arms.flatMap(({ name, points }) =>
    TITLES.flatMap((title, task) => {
      const seeds = at_(points[task], most[task])?.seeds ?? [];
      const [low, high] = [Math.min(...seeds), Math.max(...seeds)];
      return high - low > APART
        ? [`${title.toLowerCase()} by ${name} (${percent(low, 0)} to ${percent(high, 0)})`]
        : [];
    }),
  );
  return found.length
    ? html`<p class="readout">Seeds lie far apart at these lengths in ${found.join(", ")}: some trainings find a
        way in so many steps, others do not.</p>`
    : "";
}

/** @param {string} name */
const start = (name) => name[0].toUpperCase() + name.slice(1);

/** @param {CannotCopy["arms"][number]["points"][number]} points @param {number} wanted */
const at_ = (points, wanted) => points.find(({ length }) => length === wanted);

/** @param {CannotCopy["arms"][number]["points"][number][number] | undefined} found */
const share = (found) => (found ? percent(found.mean, 1) : "–");

/** Student's interval knows nothing of the ends of a share: what lies beyond is not said. */
/** @param {CannotCopy["arms"][number]["points"][number][number] | undefined} found */
function interval(found) {
  if (!found) return "–";
  const [low, high] = [Math.max(found.low, 0), Math.min(found.high, 1)];
  return html`${share(found)} <small>${percent(low, 1)} to ${percent(high, 1)}</small>`;
}

/** @param {CannotCopy} data @returns {Row[]} */
export const rows = ({ arms, tasks }) =>
  arms.flatMap(({ name, parameters, points }) =>
    points.flatMap((row, task) =>
      row.flatMap(({ length, bytes, seeds }) =>
        seeds.map((accuracy, seed) => ({ model: name, parameters, task: tasks[task], length, bytes, seed, accuracy })),
      ),
    ),
  );
