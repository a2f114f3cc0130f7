// @ts-check
/**
 * What the passage with the answer adds, at every place among others.
 *
 * @import { MovedPassage } from "../../../types/context"
 * @import { Row, View } from "../../../kit/view"
 */
import { counted, decimal, whole } from "../../../kit/numbers/format.js";
import { table } from "../../../kit/numbers/table.js";
import { html } from "../../../vendor/lit.js";
import { curves, progress, said, settings, unclear } from "./curves.js";

/** @type {View<MovedPassage>} */
export function middle(data, ctx) {
  const { places, questions } = data;
  return html`
    ${settings(ctx)}
    <p class="readout lead">${lead(data)}</p>
    ${curves(
      {
        label: "Gain by the passage at each place, in nats",
        title: "place of the passage with the answer",
        xs: places.map((_, at) => at + 1),
        format: (value) => whole(value),
        curves: [{ color: "prob", points: places }],
      },
      ctx.width,
    )}
    ${table({
      label: "Log-probability of each answer by place",
      className: "keeps-names",
      rows: [...questions],
      columns: [
        { name: "question", cell: ({ question }) => question },
        { name: "answer", cell: ({ title }) => title },
        ...places.map((_, at) => ({
          name: `place ${at + 1}`,
          number: true,
          cell: (/** @type {(typeof questions)[number]} */ { values }) => decimal(values[at]),
        })),
      ],
    })}
    <p class="hint">Gain: log-probability of the answer, the article’s title, with its passage minus without it. A bar
      is the interval of 95 % over questions. The other passages are the articles nearest to it.</p>`;
}

/** @param {MovedPassage} data */
function lead({ places, middle: dip, questions, asked, without }) {
  const ends = [places[0], places[places.length - 1]];
  const outcome = unclear(dip)
    ? "The interval holds 0, so these questions do not show that the middle differs from the ends."
    : dip.mean < 0
      ? "The middle is worse than the ends."
      : "The middle is better than the ends.";
  return html`Over ${counted(questions.length, "question")} the passage adds <b>${said(ends[0])}</b> nats in the first
    place and <b>${said(ends[1])}</b> in the last, to ${decimal(without)} without it. Middle minus ends:
    <b>${said(dip)}</b>. ${outcome} ${progress(questions, asked)}`;
}

/** @param {MovedPassage} data @returns {Row[]} */
export const rows = ({ places }) => places.map(({ mean, low, high }, at) => ({ place: at + 1, gain: mean, low, high }));
