// @ts-check
/**
 * Decoders with a plain feed-forward layer, SwiGLU and GeGLU, equally many weights: losses, and differences seed by
 * seed.
 *
 * @import { FeedForwardsCompared } from "../../../types/transformer"
 * @import { Row, View } from "../../../kit/view"
 * @import { Look } from "./trained.js"
 */

import { plot } from "../../../kit/chart/plot.js";
import { openCheckpoints } from "../../../kit/checkpoint.js";
import { control } from "../../../kit/controls/declared.js";
import { signed, whole } from "../../../kit/numbers/format.js";
import { seedsLacking, seedsStuck, seedVerdict } from "../../../kit/numbers/seed_verdict.js";
import { table } from "../../../kit/numbers/table.js";
import { stepTime } from "../../../kit/numbers/timing.js";
import { mean } from "../../../vendor/d3.js";
import { html, nothing } from "../../../vendor/lit.js";
import { curveRows, curves, HEIGHT, last, method, nats } from "./trained.js";

/** @type {Record<string, Look & { formula: string }>} */
const LOOKS = {
  plain: { name: "plain", color: "ink", symbol: "square", formula: "act(x W_in) W_out" },
  swiglu: {
    name: "SwiGLU",
    color: "river-deep",
    dash: "dash",
    symbol: "diamond",
    formula: "(silu(x W_gate) ⊙ x W_in) W_out",
  },
  geglu: { name: "GeGLU", color: "prob", dash: "dot", symbol: "circle", formula: "(gelu(x W_gate) ⊙ x W_in) W_out" },
};

/** @type {View<FeedForwardsCompared>} */
export function feed_forwards(data, ctx) {
  const { on, rounds } = data;
  return html`
    <div class="trained">
      <div class="settings-row ruled">
        ${control(ctx, "layers")} ${control(ctx, "rounds")} ${control(ctx, "seeds")} ${control(ctx, "plain")}
        ${control(ctx, "texts")} ${control(ctx, "seed")}
      </div>
      <p class="readout said">${said(data)}</p>
      <div class="two-sides">
        <div class="side">
          <h3 class="sub3">Held-out loss <small>one line for each seed</small></h3>
          ${curves(
            on,
            rounds.flatMap(({ arms }) => arms.map((training) => ({ training, look: looks(training.name) }))),
            false,
          )}
        </div>
        <div class="side">
          <h3 class="sub3">Difference from the plain layer, at the end <small>hollow: one seed; bar: 95 %
              interval of the mean</small></h3>
          ${differences(data)}
        </div>
      </div>
      ${numbers(data)}
      ${openCheckpoints(ctx, data.checkpoints, {
        names: Object.fromEntries(Object.entries(LOOKS).map(([kind, { name }]) => [kind, `${name}, seed ${on.seed}`])),
      })}
      <p class="hint">${method(
        on,
        "With one seed all three read the same windows and start from the same weights, except for the " +
          "feed-forward layer. The difference is taken seed by seed, so what all three share cancels. The " +
          "interval is Student’s t over the seeds. These models are tiny and trained briefly: a difference says " +
          "which layer learns faster here, not which is better in the end.",
      )}</p>
    </div>`;
}

/**
 * @param {FeedForwardsCompared} data
 * @returns {Row[]}
 */
export const rows = ({ rounds }) =>
  rounds.flatMap(({ seed, arms }) => arms.flatMap((training) => curveRows(training, { seed })));

/** @param {string} name @returns {Look} */
function looks(name) {
  const { formula: _, ...look } = LOOKS[name];
  return look;
}

/** @param {FeedForwardsCompared} data */
function said({ differences: found, weights, widths, on, seeds, enough, rounds }) {
  const equal = html`Equal weights: 2 d · ${widths.plain} = 3 d · ${widths.swiglu} =
    <b>${whole(weights.plain)}</b>${weights.swiglu === weights.plain ? "" : ` and ${whole(weights.swiglu)}`} in each
    layer, d = ${on.d_model}.`;
  if (!found.length) return html`${equal} The first seed is being trained.`;
  const lost = rounds.flatMap(({ seed, arms }) =>
    arms.filter((each) => each.stuck).map(({ name }) => ({ kind: LOOKS[name].name, seed })),
  );
  return html`${equal} ${seedsLacking(found[0].each.length, seeds, enough)}${found.map((each) =>
    seedVerdict(each, LOOKS[each.name].name, "the plain layer"),
  )}${seedsStuck(lost, rounds.flatMap(({ arms }) => arms).length)}`;
}

/** @param {FeedForwardsCompared} data */
function differences({ differences: found, rounds }) {
  const names = found.map(({ name }) => LOOKS[name].name);
  return plot({
    label: "Difference of the held-out loss from the plain layer’s, by kind: each seed, the mean and its interval",
    height: HEIGHT,
    traces: found.flatMap(({ name, each, mean: by, half, enough }, at) => {
      const { color, symbol } = LOOKS[name];
      const kind = LOOKS[name].name;
      const seeds = each.map((_, number) => rounds[number].seed);
      const one = {
        x: each.map(() => at - 0.16),
        y: each,
        mode: "markers",
        color,
        symbol,
        hollow: true,
        size: 9,
        customdata: seeds,
        hover: `%{y:+.3f}<extra>${kind}, seed %{customdata}</extra>`,
      };
      if (half === null || !enough) return [one];
      return [
        one,
        {
          x: [at],
          y: [by],
          mode: "markers",
          color,
          symbol,
          size: 11,
          whiskers: { low: [by - half], high: [by + half] },
          hover: `%{y:+.3f}<extra>${kind}, mean</extra>`,
        },
      ];
    }),
    x: {
      tickvals: names.map((_, at) => at),
      ticktext: names,
      range: [-0.6, Math.max(1, names.length - 1) + 0.6],
      zeroline: false,
      showgrid: false,
    },
    y: { title: "nats a byte" },
    marks: [{ y: 0, label: "the plain layer", side: "right", dash: "solid", color: "ink3" }],
    margin: { r: 14, t: 34 },
  });
}

/** @param {FeedForwardsCompared} data */
function numbers({ rounds, widths, weights, steps, differences: found }) {
  const of = (/** @type {string} */ name) =>
    rounds.flatMap(({ arms }) => arms.filter((each) => each.name === name && each.held.length));
  const differs = (/** @type {string} */ name) => found.find((each) => each.name === name);
  return table({
    label: "The three kinds in numbers",
    rows: Object.keys(LOOKS),
    columns: [
      { name: "Feed-forward", cell: (name) => LOOKS[name].name },
      { name: "Formula", cell: (name) => html`<code>${LOOKS[name].formula}</code>` },
      { name: "d_ff", cell: (name) => whole(widths[name]), number: true },
      { name: "Weights in a layer", cell: (name) => whole(weights[name]), number: true },
      { name: "Parameters", cell: (name) => whole(of(name)[0]?.parameters ?? 0), number: true },
      {
        name: "Loss now, mean of the seeds",
        cell: (name) => nats(mean(of(name), ({ held }) => last(held)) ?? 0),
        number: true,
      },
      {
        name: "Minus plain",
        title: "mean difference from the plain layer with the same seed, and its 95 % interval",
        cell: (name) => {
          const one = differs(name);
          return !one || one.half === null || !one.enough ? nothing : `${signed(one.mean, 3)} ± ${nats(one.half)}`;
        },
        number: true,
      },
      stepTime((/** @type {string} */ name) => steps[name]),
    ],
  });
}
