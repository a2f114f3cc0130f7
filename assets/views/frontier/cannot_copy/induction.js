// @ts-check
/**
 * One symbol to remember: accuracy by how long the text is.
 *
 * @import { OneThing } from "../../../types/frontier"
 * @import { Row, View } from "../../../kit/view"
 */
import { plot } from "../../../kit/chart/plot.js";
import { percent, whole } from "../../../kit/numbers/format.js";
import { memory } from "../../../kit/numbers/magnitude.js";
import { table } from "../../../kit/numbers/table.js";
import { html } from "../../../vendor/lit.js";
import { LOOKS, RIGHT, seedsAt } from "./curves.js";

/** @typedef {OneThing["arms"][number]} Arm */

/** @type {View<OneThing>} */
export function induction(data) {
  const { arms, trained_to: most, steps, texts, seeds, machine, seconds } = data;
  const lengths = arms[0].points.map(({ length }) => length);
  return html`
    ${[most, lengths[lengths.length - 1]].map(
      (length) =>
        html`<p class="readout lead">Texts of ${whole(length)} symbols: ${arms.map(
          ({ name, points }, at) => html`${at ? ", " : ""}${name} <b>${percent(at_(points, length).mean, 0)}</b>`,
        )}.</p>`,
    )}
    <h3 class="sub3">The right symbol, by the text’s length <small>each dot a seed, lines their means</small></h3>
    ${plot({
      label: "Accuracy of the symbol behind the mark by the text’s length, of each kind of model and seed",
      height: 300,
      traces: arms.flatMap(({ name, points }) => [
        {
          ...LOOKS[name],
          ...{ name, width: 2, mode: "lines" },
          x: points.map(({ length }) => length),
          y: points.map(({ mean }) => mean),
        },
        {
          ...LOOKS[name],
          ...seedsAt(points, ({ length }) => length),
          hover: `${name}: %{y:.0%} at %{x}<extra></extra>`,
        },
      ]),
      x: { title: "symbols in the text", type: "log", tickvals: lengths, ticktext: lengths.map(whole) },
      y: RIGHT,
      marks: [{ x: most, label: "longest trained", color: "ink3", dash: "dot", side: "left", below: true }],
    })}
    ${table({
      label: "Accuracy of the symbol behind the mark, and what is carried, by the text’s length",
      className: "keeps-names",
      rows: arms,
      columns: [
        { name: "Model", cell: ({ name }) => name[0].toUpperCase() + name.slice(1) },
        ...lengths.map((length) => ({
          name: `${whole(length)} symbols`,
          number: true,
          title: `The mean of ${seeds} seeds; what is carried behind the text, in float32`,
          cell: (/** @type {Arm} */ { points }) => {
            const { mean, bytes } = at_(points, length);
            return html`${percent(mean, 0)} <small>${memory(bytes)}</small>`;
          },
        })),
      ],
    })}
    <p class="hint">The same models as above, trained anew on this task alone: ${whole(steps)} steps of 32 texts, at
      most ${most} symbols; ${texts} texts of each length, ${seeds} seeds. Behind the dotted line lie texts longer than
      any trained one: attention turns its queries and keys by their positions, and has seen none so far off. A layer of
      gated linear attention here has neither convolution nor positions. Guessing is right with about 2 in 100. This is
      what one recipe reaches, not a bound of any kind of model. Recorded by
      <code>python -m explorer.experiments.frontier.one_thing</code> (${machine}, ${whole(Math.round(seconds / 60))}
      minutes of its processor).</p>`;
}

/** @param {Arm["points"]} points @param {number} wanted */
function at_(points, wanted) {
  const found = points.find(({ length }) => length === wanted);
  if (!found) throw new Error(`No accuracy at ${wanted}.`);
  return found;
}

/** @param {OneThing} data @returns {Row[]} */
export const rows = ({ arms }) =>
  arms.flatMap(({ name, points }) =>
    points.flatMap(({ length, bytes, seeds }) =>
      seeds.map((accuracy, seed) => ({ model: name, length, bytes, seed, accuracy })),
    ),
  );
