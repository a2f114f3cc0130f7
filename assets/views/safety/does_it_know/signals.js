// @ts-check
/**
 * The area under the ROC curve of each signal, of three models, with intervals; the probes at every depth.
 *
 * @import { KnowingRow, KnowingSignals } from "../../../types/safety"
 * @import { Row, View, ViewContext } from "../../../kit/view"
 */
import { plot } from "../../../kit/chart/plot.js";
import { control } from "../../../kit/controls/declared.js";
import { counted, decimal, percent } from "../../../kit/numbers/format.js";
import { table } from "../../../kit/numbers/table.js";
import { html } from "../../../vendor/lit.js";
import { SIGNALS } from "./signals_named.js";

const HEIGHT = 270;
/** @type {Record<string, string>} */
const COLOURS = { probe: "prob", "entropy probe": "river-deep", shuffled: "ink3" };
/** @type {Record<string, "circle" | "diamond" | "square">} */
const SYMBOLS = { probe: "circle", "entropy probe": "diamond", shuffled: "square" };

/** @type {View<KnowingSignals>} */
export function signals(data, ctx) {
  return html`
    <div class="settings-row">
      ${control(ctx, "attribute", { as: "segmented" })} ${control(ctx, "against", { as: "segmented" })}
      ${control(ctx, "people", { as: "segmented" })} ${control(ctx, "samples", { as: "segmented" })}
    </div>
    <p class="readout lead">${lead(data)}</p>
    ${areas(data)}
    <div class="side-by-side">${scores(data, ctx)} ${depths(data)}</div>
    <p class="hint">Intervals of 95 % over ${counted(data.people, "person", "people")} of each kind, one model at a time
      (Newcombe 2006); 0.5 is chance. Nobody expected which way the lens points; the first model showed it: a guess
      can
      be read at an earlier depth than a known fact. The probes in the table read the stream at depth ${data.depth},
      at the question’s
      last token. A model of half a million parameters that read invented people is no measure of what these signals do
      in a large one.</p>`;
}

/** @param {KnowingSignals} data @returns {Row[]} */
export const rows = (data) =>
  data.rows.flatMap(({ signal, areas }) => areas.map((area) => ({ signal: SIGNALS[signal].name, ...area })));

/** @param {KnowingSignals} data */
function lead({ rows, models, seeds, against }) {
  if (models.length < seeds) return `${models.length} of ${counted(seeds, "model")} are asked.`;
  const right = models.map(({ known }) => known[0] / known[1]);
  const chance = models.map(({ unknown }) => unknown[0] / unknown[1]);
  const of = (/** @type {string} */ name) => number(rows.find(({ signal }) => signal === name)?.mean ?? null);
  return html`The models answer ${range(right)} of the questions about known people as the text does, and
    ${range(chance)} of those about ${against === "never" ? "people never read" : "people read three times"}. Semantic
    entropy tells the two apart with an area of <b>${of("semantic")}</b>, predictive entropy with
    <b>${of("predictive")}</b>, a probe with <b>${of("probe")}</b>, and the same probe on shuffled labels with
    ${of("shuffled")} (means of three models).`;
}

/** @param {number[]} parts */
function range(parts) {
  const [low, high] = [Math.min(...parts), Math.max(...parts)].map((part) => percent(part, 0));
  return low === high ? low : `${low} to ${high}`;
}

/** @param {KnowingSignals} data */
const areas = ({ rows }) =>
  table({
    label: "The area under the ROC curve of each signal",
    columns: [
      {
        name: "signal",
        cell: ({ signal }) => html`${SIGNALS[signal].name} <small>${SIGNALS[signal].about}</small>`,
      },
      { name: "mean", number: true, cell: ({ mean }) => html`<b>${number(mean)}</b>` },
      ...rows[0].areas.map(({ seed }, at) => ({
        name: `seed ${seed}`,
        number: true,
        cell: (/** @type {KnowingRow} */ { areas }) => interval(areas[at]),
      })),
    ],
    rows,
  });

/** @param {KnowingRow["areas"][number]} area */
const interval = ({ auroc, low, high }) =>
  auroc === null ? "–" : html`${number(auroc)} <small>${number(low)} to ${number(high)}</small>`;

/** @param {number | null} value */
const number = (value) => (value === null ? "–" : decimal(value));

/** @param {KnowingSignals} data @param {ViewContext} ctx */
function scores(data, ctx) {
  const name = String(ctx.controls.signal);
  const values = data.scores[name] ?? [];
  return html`<div>
    <div class="settings-row">${control(ctx, "signal")}</div>
    ${plot({
      label: `${SIGNALS[name].name} of each person, known and unknown`,
      height: HEIGHT,
      traces: [false, true].map((unknown) => {
        const some = values.filter((_, at) => data.guessed[at] === unknown);
        return {
          x: some,
          y: some.map((_, at) => Number(unknown) + 0.5 * (at / some.length - 0.5)),
          name: unknown ? "unknown" : "known",
          color: unknown ? "neg" : "river-deep",
          symbol: unknown ? "diamond" : "circle",
          mode: "markers",
          size: 7,
          hover: `%{x:.2f}<extra>${unknown ? "unknown" : "known"}</extra>`,
        };
      }),
      x: { title: `${SIGNALS[name].name.toLowerCase()}, seed 0` },
      y: { range: [-0.5, 1.5], showticklabels: false, showgrid: false, zeroline: false },
      margin: { t: 34 },
    })}
  </div>`;
}

/** @param {KnowingSignals} data */
const depths = ({ by_depth }) => html`<div>
  <h3 class="sub3">Probes at every depth</h3>
  ${plot({
    label: "Area under the ROC curve of the probes by depth",
    height: HEIGHT,
    traces: Object.entries(by_depth).map(([name, values]) => ({
      x: values.map((_, depth) => depth),
      y: values.map((value) => value ?? Number.NaN),
      name: SIGNALS[name].name,
      color: COLOURS[name],
      symbol: SYMBOLS[name],
      mode: "lines+markers",
      hover: "depth %{x}: %{y:.2f}<extra></extra>",
    })),
    x: { title: "depth: 0 is the embedding", dtick: 1 },
    y: { title: "area, mean of the models", range: [0, 1.02] },
    marks: [{ y: 0.5, label: "chance", dash: "4px,3px", color: "ink3" }],
    margin: { t: 34 },
  })}
</div>`;
