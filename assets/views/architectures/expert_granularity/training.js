// @ts-check
/**
 * Four decoders of the same work a byte: their losses, the differences from the coarse mixture, their experts' loads.
 *
 * @import { GranularityArm, GranularityTraining } from "../../../types/architectures"
 * @import { Row, View } from "../../../kit/view"
 */

import { plot } from "../../../kit/chart/plot.js";
import { openCheckpoints } from "../../../kit/checkpoint.js";
import { control } from "../../../kit/controls/declared.js";
import { decimal, signed, whole } from "../../../kit/numbers/format.js";
import { seedsLacking, seedsStuck, seedVerdict } from "../../../kit/numbers/seed_verdict.js";
import { table } from "../../../kit/numbers/table.js";
import { stepTime } from "../../../kit/numbers/timing.js";
import { mean } from "../../../vendor/d3.js";
import { html, nothing } from "../../../vendor/lit.js";
import { differences, last, lead } from "./differences.js";
import { loads } from "./loads.js";

const HEIGHT = 300;
const WIDE = 760;
const GAP = 36;

/** @type {Record<string, { name: string, color: string, dash?: string }>} */
const ARMS = {
  dense: { name: "dense", color: "ink2", dash: "4px,3px" },
  coarse: { name: "coarse experts", color: "neg" },
  fine: { name: "fine-grained", color: "prob" },
  shared: { name: "fine-grained, one shared", color: "pos", dash: "6px,2px" },
};
/** The same at the beginning of a sentence. @type {Record<string, string>} */
const SENTENCE = { dense: "The dense decoder", fine: "Fine-grained experts", shared: "Fine-grained with one shared" };

/** @type {View<GranularityTraining>} */
export function training(data, ctx) {
  const wide = ctx.width >= WIDE;
  return html`
    <div class="granularity">
      <div class="settings-row ruled">
        ${control(ctx, "experts")} ${control(ctx, "k")} ${control(ctx, "cut")} ${control(ctx, "steps")}
        ${control(ctx, "seeds")} ${control(ctx, "texts")} ${control(ctx, "seed")}
      </div>
      <p class="readout said">${lead(data)} ${verdict(data)}</p>
      <div class="two-sides ${wide ? "wide" : ""}">
        <div class="side">
          <h3 class="sub3">Held-out loss <small>one line for each seed</small></h3>
          ${curves(data.arms)}
        </div>
        <div class="side">
          <h3 class="sub3">Difference from the coarse experts, same seed</h3>
          ${apart(data.arms)}
        </div>
      </div>
      ${numbers(data)}
      ${openCheckpoints(ctx, data.checkpoints, {
        names: Object.fromEntries(Object.entries(ARMS).map(([arm, { name }]) => [arm, `${name}, seed ${data.seed}`])),
      })}
      <p class="hint">${method(data)}</p>
      <div class="two-sides ${wide ? "wide" : ""}">
        ${data.arms.map((arm) =>
          arm.load
            ? html`<div class="side">
                <h3 class="sub3">Load of the routed experts: ${ARMS[arm.name].name} <small>first seed</small></h3>
                ${loads(arm.load, wide ? Math.floor((ctx.width - GAP) / 2) : ctx.width)}
              </div>`
            : nothing,
        )}
      </div>
    </div>`;
}

/**
 * Every step's batch, and each time that the passages held out were asked.
 * @param {GranularityTraining} data
 * @returns {Row[]}
 */
export function rows({ arms }) {
  return arms.flatMap(({ name, runs }) =>
    runs.flatMap(({ seed, losses, measured, held }) => [
      ...measured.map((step, at) => ({ training: name, seed, what: "held out", steps_done: step, loss: held[at] })),
      ...losses.map((loss, step) => ({ training: name, seed, what: "batch", steps_done: step, loss })),
    ]),
  );
}

/** @param {GranularityArm[]} arms */
function curves(arms) {
  return plot({
    label: "Held-out loss over the steps, a line for each decoder and seed; arrow keys walk",
    height: HEIGHT,
    traces: arms.flatMap(({ name, runs }) =>
      runs.map(({ seed, measured, held }, at) => ({
        x: measured,
        y: held,
        mode: "lines+markers",
        size: 5,
        width: 1.5,
        hover: `%{y:.3f} after %{x} steps, seed ${seed}<extra>${ARMS[name].name}</extra>`,
        ...ARMS[name],
        name: at ? undefined : ARMS[name].name,
      })),
    ),
    x: { title: "steps" },
    y: { title: "nats a byte" },
    margin: { r: 14, t: 34 },
  });
}

/** @param {GranularityArm[]} arms */
function apart(arms) {
  return plot({
    label: "Difference of the held-out loss from the coarse experts with the same seed; below 0 is better",
    height: HEIGHT,
    traces: differences(arms).map(({ name, seed, at, steps, values }) => ({
      x: steps,
      y: values,
      mode: "lines+markers",
      size: 5,
      width: 1.5,
      hover: `%{y:+.3f} after %{x} steps, seed ${seed}<extra>${ARMS[name].name}</extra>`,
      ...ARMS[name],
      name: at ? undefined : ARMS[name].name,
    })),
    x: { title: "steps" },
    y: { title: "nats a byte" },
    marks: [{ y: 0, label: "coarse" }],
    margin: { r: 14, t: 34 },
  });
}

/** @param {GranularityTraining} data */
function numbers({ arms, differences: found }) {
  return table({
    label: "The four decoders in numbers",
    rows: arms,
    columns: [
      { name: "Decoder", cell: ({ name }) => ARMS[name].name },
      {
        name: "Experts of a block",
        cell: ({ experts, k, shared, width }) =>
          experts
            ? `${k} of ${experts}${shared ? ` + ${shared} shared` : ""}, ${width} wide`
            : `one feed-forward, ${width} wide`,
      },
      {
        name: "Combinations",
        title: "sets of routed experts that a byte may use in one block",
        number: true,
        cell: ({ experts, combinations }) => (experts ? whole(combinations) : ""),
      },
      { name: "Parameters", number: true, cell: ({ parameters }) => whole(parameters) },
      { name: "Active", title: "parameters that one byte uses", number: true, cell: ({ active }) => whole(active) },
      { name: "Routers", title: "of the active", number: true, cell: ({ router }) => (router ? whole(router) : "") },
      {
        name: "Loss now",
        title: "held-out loss in nats a byte: the mean of the seeds, and each seed",
        number: true,
        cell: ({ runs }) => {
          const now = runs.map(last);
          return html`${decimal(mean(now) ?? 0, 3)}${
            now.length > 1 ? html`<small>${now.map((loss) => decimal(loss, 3)).join(", ")}</small>` : nothing
          }`;
        },
      },
      {
        name: "Minus coarse",
        title: "mean difference from the coarse experts with the same seed, and its 95 % interval",
        number: true,
        cell: ({ name }) => {
          const own = found.find((each) => each.name === name);
          if (!own) return "";
          return own.half === null || !own.enough ? "" : `${signed(own.mean, 3)} ± ${decimal(own.half, 3)}`;
        },
      },
      stepTime(({ step }) => step),
    ],
  });
}

/** @param {GranularityTraining} data */
function verdict({ arms, differences: found, seeds, enough }) {
  const stuck = arms.flatMap(({ name, runs }) =>
    runs.filter((run) => run.stuck).map(({ seed }) => ({ kind: ARMS[name].name, seed })),
  );
  const done = found[0]?.each.length ?? 0;
  return html`${seedsLacking(done, seeds, enough)}${found.map((each) =>
    seedVerdict(each, SENTENCE[each.name], "the coarse experts"),
  )}${seedsStuck(stuck, arms.flatMap(({ runs }) => runs).length)}`;
}

/** @param {GranularityTraining} data */
const method = ({ steps, bytes_per_step, held_bytes, by_frequency }) =>
  `Each decoder reads ${whole(steps * bytes_per_step)} bytes and is measured on ${whole(held_bytes)} held-out bytes, ` +
  `where guessing each byte by its frequency costs ${decimal(by_frequency, 3)} nats. The interval is Student’s t ` +
  "over the seeds. These decoders are tiny and read little: DeepSeekMoE found its gains at 2 billion parameters and " +
  "100 billion tokens.";
