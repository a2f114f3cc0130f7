// @ts-check
/**
 * What a hidden token weighs in training, 1/t or always 1: three seeds of each, as they were measured.
 *
 * @import { MaskWeightGap, TwinsWeights } from "../../../types/frontier"
 * @import { Row, View } from "../../../kit/view"
 */
import { plot } from "../../../kit/chart/plot.js";
import { intervals } from "../../../kit/drawing/intervals.js";
import { decimal, percent, signed, whole } from "../../../kit/numbers/format.js";
import { seedChange, seedMean } from "../../../kit/numbers/seed_verdict.js";
import { table } from "../../../kit/numbers/table.js";
import { html } from "../../../vendor/lit.js";

const HEIGHT = 260;
/** @type {Record<string, { name: string, color: string }>} */
const LOOKS = { inverse: { name: "1/t", color: "prob" }, uniform: { name: "all alike", color: "river-deep" } };
/** @type {Record<string, string>} */
const ORDERS = { confident: "surest first", random: "by chance" };

/** @type {View<TwinsWeights, any>} */
export function weights(data, ctx) {
  const { runs, gaps, shares, seeds, orders } = data;
  const most = Math.max(...shares.map(({ high }) => high), 0);
  const least = Math.min(...shares.map(({ low }) => low), 0);
  const room = (most - least) * 0.06;
  return html`
    <p class="readout lead">${told(data)}</p>
    <div class="side-by-side">
      <div>
        <h3 class="sub3">A hidden token’s loss by how much is hidden <small>nats; dots are seeds</small></h3>
        ${plot({
          label: "Nats of a hidden token by the share that is hidden, of both weights",
          height: HEIGHT,
          traces: ["inverse", "uniform"].flatMap((weighing) => curves(data, weighing)),
          x: { title: "share that is hidden", tickformat: ".0%", range: [0, 1] },
          y: { title: "nats" },
        })}
        <p class="hint">The bound is the mean of this curve: every share counts alike.</p>
      </div>
      <div>
        <h3 class="sub3">All alike minus 1/t <small>by the share that is hidden; 95 % over ${seeds.length} seeds</small></h3>
        ${intervals({
          label: "Nats of a hidden token with uniform weights, less those with 1/t, by the share that is hidden",
          width: ctx.width < 860 ? ctx.width : (ctx.width - 32) / 2,
          domain: [least - room, most + room],
          format: (value) => decimal(value, 2),
          title: "nats of a hidden token",
          reference: 0,
          rows: shares.map(({ name, mean, low, high }) => ({
            ...{ name, value: mean, low, high, color: "river-deep" },
            words: `${signed(mean, 2)} (${signed(low, 2)} to ${signed(high, 2)})`,
          })),
        })}
      </div>
    </div>
    ${table({
      label: "Both weights by seed: the bound, and what is written",
      className: "keeps-names",
      rows: runs,
      columns: [
        { name: "weights", cell: ({ weighing }) => LOOKS[weighing].name },
        { name: "seed", number: true, cell: ({ seed }) => String(seed) },
        { name: "bound, nats a token", number: true, cell: ({ bound }) => decimal(bound, 3) },
        ...orders.map((order, at) => ({
          name: `written ${ORDERS[order]}, nats`,
          title: "What a written token costs the judge, six-kinds-dense",
          number: true,
          cell: (/** @type {TwinsWeights["runs"][number]} */ { written }) => decimal(written[at]),
        })),
        ...orders.map((order, at) => ({
          name: `different tokens, ${ORDERS[order]}`,
          number: true,
          cell: (/** @type {TwinsWeights["runs"][number]} */ { distinct }) => percent(distinct[at], 0),
        })),
      ],
    })}
    <h3 class="sub3">All alike minus 1/t, seed by seed</h3>
    ${table({
      label: "Uniform weights less 1/t, with intervals over seeds",
      className: "keeps-names",
      rows: gaps,
      columns: [
        { name: "what", cell: ({ name }) => named(name) },
        { name: "difference, 95 %", number: true, cell: ({ mean, low, high }) => seedMean(mean, low, high) },
        ...seeds.map((seed, at) => ({
          name: `seed ${seed}`,
          number: true,
          cell: (/** @type {MaskWeightGap} */ gap) => signed(gap.seeds[at], 3),
        })),
      ],
    })}
    <p class="hint">${conditions(data)}</p>`;
}

/** @param {TwinsWeights} data */
function told({ gaps }) {
  const [bound, written] = gaps;
  const change = (/** @type {MaskWeightGap} */ { low, high }) => seedChange(low, high, (end) => signed(end), "nats");
  return html`With uniform weights the bound is <b>${signed(bound.mean)}</b> nats a token from that with 1/t
    ${change(bound)}. What is written, surest first, costs a judge <b>${signed(written.mean)}</b> nats a token
    ${change(written)}.`;
}

/** @param {string} name */
const named = (name) => Object.entries(ORDERS).reduce((text, [order, word]) => text.replace(order, word), name);

/** @param {TwinsWeights} data @param {string} weighing */
function curves({ runs, parts }, weighing) {
  const mine = runs.filter((each) => each.weighing === weighing);
  const middles = Array.from({ length: parts }, (_, part) => (part + 0.5) / parts);
  const { name, color } = LOOKS[weighing];
  const mean = middles.map((_, part) => mine.reduce((sum, run) => sum + run.by_share[part], 0) / mine.length);
  return [
    { ...{ name, color, width: 2, mode: "lines" }, x: middles, y: mean },
    {
      ...{ color, mode: "markers", size: 5, alpha: 0.7, legend: false },
      x: mine.flatMap(() => middles),
      y: mine.flatMap(({ by_share: nats }) => nats),
      hover: `${name}: %{y:.2f} nats<extra></extra>`,
    },
  ];
}

/** @param {TwinsWeights} data */
const conditions = (
  data,
) => html`All began as one causal model of ${whole(data.begins)} steps; then ${whole(data.steps)}
  steps as a masked one, three seeds of windows and holes, the same for both weights. Each of ${data.windows} held-out
  windows of six kinds is measured once in each of ${data.parts} parts, with the same tokens hidden for all. Written:
  ${data.texts} texts of each kind, one token a step, temperature ${data.temperature}; few different tokens make a text
  cheap too. Intervals are Student’s over three seeds of one small model: they say nothing of larger ones. Recorded by
  <code>python -m explorer.experiments.frontier.mask_weights</code> (${data.machine},
  ${whole(Math.round(data.seconds / 60))} minutes of its processor); the first seed’s weights are kept.`;

/** @param {TwinsWeights} data @returns {Row[]} */
export const rows = ({ runs, parts, orders }) =>
  runs.map(({ weighing, seed, bound, by_share: nats, written, distinct }) => ({
    ...{ weights: LOOKS[weighing].name, seed, bound },
    ...Object.fromEntries(nats.map((each, at) => [`hidden_${at + 1}_of_${parts}`, each])),
    ...Object.fromEntries(orders.map((order, at) => [`written_${order}`, written[at]])),
    ...Object.fromEntries(orders.map((order, at) => [`different_${order}`, distinct[at]])),
  }));
