// @ts-check
/**
 * What a hidden token weighs in training, 1/t or always 1: three seeds of each, as they were measured.
 *
 * @import { MaskWeightGap, TwinsWeights } from "../../../types/frontier"
 * @import { Row, View } from "../../../kit/view"
 */
import { plot } from "../../../kit/chart/plot.js";
import { intervals, reach } from "../../../kit/drawing/intervals.js";
import { decimal, percent, signed, whole } from "../../../kit/numbers/format.js";
import { seedChange, seedMean } from "../../../kit/numbers/seed_verdict.js";
import { table } from "../../../kit/numbers/table.js";
import { html } from "../../../vendor/lit.js";

const HEIGHT = 260;
/** @type {Record<string, { name: string, color: string, dash?: string }>} */
const LOOKS = {
  inverse: { name: "1/t", color: "prob" },
  uniform: { name: "all alike", color: "river-deep", dash: "6px,3px" },
};
/** @type {Record<string, string>} */
const ORDERS = { confident: "surest first", random: "by chance" };

/** @type {View<TwinsWeights, any>} */
export function weights(data, ctx) {
  const { runs, gaps, shares, kinds, seeds, orders, windows } = data;
  const width = ctx.width < 860 ? ctx.width : (ctx.width - 32) / 2;
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
        <h3 class="sub3">All alike minus 1/t, by the share that is hidden
          <small>95 % over ${seeds.length} seeds</small></h3>
        ${gapsOf(shares, width, {
          label: "Nats of a hidden token with uniform weights, less those with 1/t, by the share that is hidden",
          title: "nats of a hidden token",
        })}
      </div>
    </div>
    <div class="side-by-side">
      <div>
        <h3 class="sub3">The bound through the training
          <small>nats a token, on fewer windows; lines are seeds</small></h3>
        ${plot({
          label: "The bound over the steps, of both weights and each seed",
          height: HEIGHT,
          traces: runs.map(({ weighing, seed, curve }) => ({
            ...LOOKS[weighing],
            ...{ width: 2, mode: "lines", alpha: 0.8, legend: seed === seeds[0] },
            x: curve.map(([step]) => step),
            y: curve.map(([, bound]) => bound),
            hover: `${LOOKS[weighing].name}, seed ${seed}: %{y:.2f} nats<extra></extra>`,
          })),
          x: { title: "step with holes" },
          y: { title: "nats a token" },
        })}
      </div>
      <div>
        <h3 class="sub3">All alike minus 1/t, the bound by kind of text
          <small>95 % over ${windows} windows each</small></h3>
        ${gapsOf(kinds, width, {
          label: "The bound with uniform weights, less that with 1/t, by kind of text",
          title: "nats a token",
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
          cell: (/** @type {MaskWeightGap} */ gap) => signed(gap.values[at], 3),
        })),
      ],
    })}
    <p class="hint">${conditions(data)}</p>`;
}

/** @param {TwinsWeights} data */
function told({ gaps, shares }) {
  const [bound, written] = gaps;
  const change = (/** @type {MaskWeightGap} */ { low, high }) => seedChange(low, high, (end) => signed(end), "nats");
  const [few, most] = [shares[0], shares[shares.length - 1]];
  return html`With uniform weights instead of 1/t the bound changes by <b>${signed(bound.mean)}</b> nats a token
    ${change(bound)}. Where few tokens are hidden (${few.name}), a hidden one costs <b>${signed(few.mean)}</b>
    ${change(few)}; where most are (${most.name}), <b>${signed(most.mean)}</b> ${change(most)}. What is written, surest
    first, costs a judge <b>${signed(written.mean)}</b> nats a token ${change(written)}.`;
}

/** @param {string} name */
const named = (name) => Object.entries(ORDERS).reduce((text, [order, word]) => text.replace(order, word), name);

/** @param {MaskWeightGap[]} gaps @param {number} width @param {{ label: string, title: string }} what */
const gapsOf = (gaps, width, what) =>
  intervals({
    ...what,
    width,
    domain: reach(
      gaps.map((each) => ({ ...each, value: each.mean })),
      0.1,
    ),
    format: (value) => decimal(value, 2),
    reference: 0,
    rows: gaps.map(({ name, mean, low, high }) => ({
      ...{ name, value: mean, low, high, color: "river-deep" },
      words: `${signed(mean, 2)} (${signed(low, 2)} to ${signed(high, 2)})`,
    })),
  });

/** @param {TwinsWeights} data @param {string} weighing */
function curves({ runs, parts }, weighing) {
  const mine = runs.filter((each) => each.weighing === weighing);
  const middles = Array.from({ length: parts }, (_, part) => (part + 0.5) / parts);
  const { name, color, dash } = LOOKS[weighing];
  const mean = middles.map((_, part) => mine.reduce((sum, run) => sum + run.by_share[part], 0) / mine.length);
  return [
    { ...{ name, color, dash, width: 2, mode: "lines" }, x: middles, y: mean },
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
  windows of each of six kinds is measured once in each of ${data.parts} parts, with the same tokens hidden for all.
  Written: ${data.texts} texts of each kind, one token a step, temperature ${data.temperature}; few different tokens
  make a text cheap too. Intervals over seeds are Student’s with three: they say nothing of larger models or of longer
  trainings. Recorded by <code>python -m explorer.experiments.frontier.mask_weights</code> (${data.machine},
  ${whole(Math.round(data.seconds / 60))} minutes of its processor); the first seed’s weights are kept.`;

/** @param {TwinsWeights} data @returns {Row[]} */
export const rows = ({ runs, parts, orders }) =>
  runs.map(({ weighing, seed, bound, by_share: nats, written, distinct }) => ({
    ...{ weights: LOOKS[weighing].name, seed, bound },
    ...Object.fromEntries(nats.map((each, at) => [`hidden_${at + 1}_of_${parts}`, each])),
    ...Object.fromEntries(orders.map((order, at) => [`written_${order}`, written[at]])),
    ...Object.fromEntries(orders.map((order, at) => [`different_${order}`, distinct[at]])),
  }));
