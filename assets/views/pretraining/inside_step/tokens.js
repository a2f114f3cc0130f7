// @ts-check
/**
 * How far Muon comes with fewer tokens, beside where AdamW ends, and the grids of their rates.
 *
 * @import { StepRate, StepRun, StepTokens } from "../../../types/pretraining"
 * @import { Row, View } from "../../../kit/view"
 */

import { plot } from "../../../kit/chart/plot.js";
import { decimal, scientific, whole } from "../../../kit/numbers/format.js";
import { table } from "../../../kit/numbers/table.js";
import { html } from "../../../vendor/lit.js";
import { optimizer } from "./named.js";

const HEIGHT = 300;
const COLOURS = ["prob", "pos", "neg"];

/** @type {View<StepTokens>} */
export function tokens(data) {
  const seeds = [...new Set(data.runs.map(({ seed }) => seed))];
  const of = (/** @type {string} */ rule, /** @type {number} */ seed) =>
    data.runs.filter((each) => each.rule === rule && each.seed === seed);
  const rules = [...new Set(data.grid.map(({ rule }) => rule))];
  return html`
    <p class="readout lead">${said(data)}</p>
    ${plot({
      label: "Held-out loss at the end of each run against the tokens that it read",
      height: HEIGHT,
      traces: seeds.flatMap((seed, at) => [
        { ...drawn(of("muon", seed)), name: `Muon, seed ${seed}`, color: COLOURS[at % COLOURS.length] },
        {
          ...drawn(
            [...of("muon", seed).slice(0, 1), ...of("adamw", seed)].map((each) => ({
              ...each,
              held: of("adamw", seed)[0].held,
            })),
          ),
          name: `AdamW’s last loss, seed ${seed}`,
          color: COLOURS[at % COLOURS.length],
          dash: "dot",
        },
      ]),
      x: { title: "tokens read, a run each" },
      y: { title: "held-out loss, nats a byte" },
    })}
    ${table({
      label: "Seed by seed",
      columns: [
        { name: "seed", cell: (/** @type {number} */ seed) => String(seed) },
        { name: "AdamW’s last loss", number: true, cell: (seed) => decimal(of("adamw", seed)[0].held, 3) },
        { name: "Muon’s, as many tokens", number: true, cell: (seed) => decimal(last(of("muon", seed)).held, 3) },
        {
          name: "tokens of Muon ÷ AdamW",
          number: true,
          title: "Where the line between Muon’s runs meets AdamW’s last loss",
          cell: (seed) => ratio(data.ratios[seeds.indexOf(seed)]),
        },
      ],
      rows: seeds,
    })}
    <h3 class="sub3">Learning rates that were tried</h3>
    ${table({
      label: "The grids of both",
      columns: [
        { name: "optimizer", cell: (/** @type {StepRate} */ { rule }) => optimizer(rule) },
        { name: "learning rate", number: true, cell: ({ rate }) => scientific(rate) },
        { name: "mean held-out loss", number: true, cell: ({ mean }) => decimal(mean, 3) },
        { name: "seeds", number: true, cell: ({ held }) => held.map((each) => decimal(each, 3)).join(", ") },
        { name: "taken", cell: ({ taken }) => (taken ? "yes" : "") },
      ],
      rows: [...data.grid],
    })}
    <p class="hint">${whole(data.parameters)} parameters, a token a byte, ${whole(last(data.runs).tokens)} tokens of six
      kinds of text. Grids on other seeds. ${rules
        .filter((rule) => atEdge(data, rule))
        .map(
          (rule) => html`The rate of
      ${optimizer(rule)} lies at the end of its grid. `,
        )}Muon steps the matrices of the blocks, AdamW all else.
      Trained on ${data.machine} in ${whole(Math.round(data.seconds))} s of processor time.</p>`;
}

/** @param {StepTokens} data @returns {Row[]} */
export const rows = (data) => [
  ...data.grid.map(({ held, mean, rule, rate }) => ({ part: "grid", rule, rate, mean, held: held.join(" ") })),
  ...data.runs.map(({ held, ...each }) => ({ part: "compared", ...each, held: String(held) })),
];

/** @param {StepRun[]} runs */
const last = (runs) => runs[runs.length - 1];

/** @param {number | null} value */
const ratio = (value) => (value === null ? "not reached" : decimal(value, 2));

/** @param {StepRun[]} runs */
const drawn = (runs) => ({ x: runs.map((each) => each.tokens), y: runs.map((each) => each.held) });

/** @param {StepTokens} data @param {string} rule */
function atEdge(data, rule) {
  const tried = data.grid.filter((each) => each.rule === rule);
  return tried[0].taken || tried[tried.length - 1].taken;
}

/** @param {StepTokens} data */
function said({ mean, low, high, ratios }) {
  if (mean === null || low === null || high === null) {
    const missed = ratios.filter((each) => each === null).length;
    return html`Muon does not reach AdamW’s last loss with ${missed} of ${ratios.length} seeds.`;
  }
  const shown = html`<b>${decimal(mean, 2)}</b> times AdamW’s tokens (95 % interval ${decimal(low, 2)} to
    ${decimal(high, 2)}, ${ratios.length} seeds)`;
  if (high < 1) return html`Muon reaches AdamW’s last loss with ${shown}: fewer.`;
  if (low > 1) return html`Muon reaches AdamW’s last loss with ${shown}: more.`;
  return html`Muon reaches AdamW’s last loss with ${shown}: the seeds do not tell which needs fewer.`;
}
