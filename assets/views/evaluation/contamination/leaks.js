// @ts-check
/**
 * How well each measure tells leaked texts from new ones as the model trains, and every text's score.
 *
 * @import { PlantedLeaks } from "../../../types/evaluation"
 * @import { Row, View, ViewContext } from "../../../kit/view"
 */

import { plot } from "../../../kit/chart/plot.js";
import { openCheckpoints } from "../../../kit/checkpoint.js";
import { control } from "../../../kit/controls/declared.js";
import { counted, decimal, percent } from "../../../kit/numbers/format.js";
import { table } from "../../../kit/numbers/table.js";
import { html } from "../../../vendor/lit.js";

const HEIGHT = 280;
const COLOURS = ["river-deep", "neg", "prob"];
const SYMBOLS = ["circle", "square", "diamond"];

/** @type {View<PlantedLeaks>} */
export function leaks(data, ctx) {
  return html`
    <div class="settings-row">
      ${control(ctx, "steps", { as: "segmented" })} ${control(ctx, "seed")} ${control(ctx, "measure")}
    </div>
    <p class="readout lead">${said(data)}</p>
    <div class="side-by-side">${course(data)} ${scores(data, ctx)}</div>
    ${openCheckpoints(ctx, data.checkpoints, { names: { leaked: "the model that read them" } })}
    <div class="texts">${texts(data, ctx)}</div>`;
}

/** @param {PlantedLeaks} data @returns {Row[]} */
export const rows = (data) =>
  data.items.map((item, at) => ({
    ...item,
    ...Object.fromEntries(Object.entries(data.scores).map(([name, scores]) => [name, scores[at]])),
  }));

/** @param {PlantedLeaks} data @param {ViewContext} ctx */
const chosen = (data, ctx) => data.scores[String(ctx.controls.measure)] ?? Object.values(data.scores)[0];

/** @param {PlantedLeaks} data */
function said({ items, course, steps, words }) {
  const last = course[course.length - 1];
  const leaked = items.filter((item) => item.leaked);
  const fresh = items.filter((item) => !item.leaked && item.overlap > 0).length;
  return html`After ${last.step} of ${counted(steps, "step")} on ${counted(leaked.length, "leaked text")} (loss
    ${decimal(last.loss)} nats a byte) a leaked text scores above a new one in
    ${Object.entries(last.auroc).map(
      ([name, share], at) => html`${at ? ", " : ""}<b>${percent(share, 1)}</b>${at ? "" : " of all pairs"} by ${name}`,
    )}; chance is 50 %. ${counted(fresh, "new text")} ${fresh === 1 ? "shares" : "share"} a run of ${words} words
    with the training texts.`;
}

/** @param {PlantedLeaks} data */
const course = ({ course, scores }) =>
  plot({
    label: "How often a leaked text scores above a new one, by step of training",
    height: HEIGHT,
    traces: Object.keys(scores).map((name, at) => ({
      x: course.map(({ step }) => step),
      y: course.map(({ auroc }) => auroc[name]),
      name,
      color: COLOURS[at],
      mode: "lines+markers",
      symbol: SYMBOLS[at],
      size: 7,
    })),
    x: { title: "step of training" },
    y: { title: "leaked above new", range: [0.3, 1.02], tickformat: ".0%" },
    marks: [{ y: 0.5, label: "chance", dash: "4px,3px", color: "ink3" }],
    margin: { t: 34 },
  });

/** @param {PlantedLeaks} data @param {ViewContext} ctx */
function scores(data, ctx) {
  const values = chosen(data, ctx);
  const group = (/** @type {boolean} */ leaked) => values.filter((_, at) => data.items[at].leaked === leaked);
  return plot({
    label: "Scores of leaked and of new texts",
    height: HEIGHT,
    traces: [true, false].map((leaked) => {
      const some = group(leaked);
      return {
        x: some,
        y: some.map((_, at) => Number(leaked) + 0.5 * (at / some.length - 0.5)),
        name: leaked ? "leaked" : "new",
        color: leaked ? "prob" : "river-deep",
        mode: "markers",
        size: 7,
      };
    }),
    x: { title: String(ctx.controls.measure) },
    y: { range: [-0.5, 1.5], showticklabels: false, showgrid: false, zeroline: false },
    margin: { t: 34 },
  });
}

/** @param {PlantedLeaks} data @param {ViewContext} ctx */
function texts(data, ctx) {
  const values = chosen(data, ctx);
  const sorted = data.items.map((item, at) => ({ ...item, score: values[at] })).sort((a, b) => b.score - a.score);
  return table({
    label: "Texts by their score",
    columns: [
      { name: "text", className: "text", cell: ({ text }) => text },
      { name: "kind", cell: ({ kind }) => kind },
      { name: "was read", cell: ({ leaked }) => (leaked ? "yes" : "no") },
      { name: String(ctx.controls.measure), number: true, cell: ({ score }) => decimal(score) },
      { name: "word overlap", number: true, cell: ({ overlap }) => percent(overlap) },
    ],
    rows: sorted,
  });
}
