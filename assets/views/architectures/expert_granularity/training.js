// @ts-check
/**
 * Four decoders of the same work a byte: their losses, the differences from the coarse mixture, their experts' loads.
 *
 * @import { GranularityArm, GranularityTraining } from "../../../types"
 * @import { Row, View } from "../../../kit/view"
 */
import { decimal, signed, whole } from "../../../kit/format.js";
import { plot } from "../../../kit/plot.js";
import { few, trainedOn } from "../../../kit/settings.js";
import { table } from "../../../kit/table.js";
import { stepTime } from "../../../kit/timing.js";
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
const LARGEST_SEED = 2 ** 31 - 1;

/** @type {View<GranularityTraining>} */
export function training(data, ctx) {
  const wide = ctx.width >= WIDE;
  return html`
    <div class="granularity">
      <div class="settings-row ruled">
        ${few(ctx, { name: "experts", label: "Coarse experts", own: data.n_experts, choices: [4, 8] })}
        ${few(ctx, { name: "k", label: "of which a byte visits k", own: data.k, choices: [1, 2] })}
        ${few(ctx, { name: "cut", label: "Each cut into", own: data.m, choices: [2, 4, 8] })}
        ${few(ctx, { name: "steps", label: "Steps", own: data.steps, choices: [60, 120, 240, 480] })}
        ${few(ctx, { name: "seeds", label: "Seeds", own: data.seeds, choices: [1, 2, 3, 4] })}
        ${trainedOn(ctx, data, LARGEST_SEED)}
      </div>
      <p class="readout said">${lead(data)}</p>
      <div class="two-sides ${wide ? "wide" : ""}">
        <div class="side">
          <h3 class="sub3">Loss on the passages held out, a line a seed</h3>
          ${curves(data.arms)}
        </div>
        <div class="side">
          <h3 class="sub3">Difference from the coarse experts of the same seed</h3>
          ${apart(data.arms)}
        </div>
      </div>
      ${numbers(data)}
      <p class="hint">${verdict(data)}</p>
      <div class="two-sides ${wide ? "wide" : ""}">
        ${data.arms.map((arm) =>
          arm.load
            ? html`<div class="side">
                <h3 class="sub3">Load of the routed experts: ${ARMS[arm.name].name}</h3>
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
    label: "Difference of the held-out loss from the coarse experts of the same seed; below 0 is better",
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
function numbers({ arms, steps }) {
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
        title: "sets of routed experts that a byte may visit in one block",
        number: true,
        cell: ({ experts, combinations }) => (experts ? whole(combinations) : ""),
      },
      { name: "Parameters", number: true, cell: ({ parameters }) => whole(parameters) },
      { name: "Active", title: "what one byte passes through", number: true, cell: ({ active }) => whole(active) },
      { name: "of these routers", number: true, cell: ({ router }) => (router ? whole(router) : "") },
      {
        name: "Loss now",
        title: "nats a byte on the passages held out: mean of the seeds, and each of them",
        number: true,
        cell: ({ runs }) => {
          const now = runs.map(last);
          return html`${decimal(mean(now) ?? 0, 3)}${
            now.length > 1 ? html`<small>${now.map((loss) => decimal(loss, 3)).join(", ")}</small>` : nothing
          }`;
        },
      },
      {
        name: "From coarse",
        title: "mean difference from the coarse experts of the same seed",
        number: true,
        cell: ({ name }) => {
          const own = differences(arms).filter((each) => each.name === name && each.steps.includes(steps));
          return own.length ? signed(mean(own, ({ values }) => values[values.length - 1]) ?? 0, 3) : "";
        },
      },
      stepTime(({ step }) => step),
    ],
  });
}

/** @param {GranularityTraining} data */
function verdict(data) {
  const { arms, steps, bytes_per_step, held_bytes, seeds } = data;
  const read = `${whole(steps * bytes_per_step)} bytes`;
  const done = arms[0].runs.filter(({ measured }) => measured.includes(steps)).length;
  if (done < seeds) return `Seed ${Math.min(seeds, done + 1)} of ${seeds} is being trained, on ${read}.`;
  const said = ["fine", "shared", "dense"].map((name) => {
    const ends = differences(arms)
      .filter((each) => each.name === name)
      .map(({ values }) => values[values.length - 1]);
    const below = ends.filter((value) => value < 0).length;
    const one = `${ARMS[name].name}: ${signed(mean(ends) ?? 0, 3)} nats`;
    return seeds === 1 ? one : `${one}, below in ${below} of ${seeds}`;
  });
  const luck = seeds === 1 ? "One seed says nothing of luck." : "A sign that changes with the seed is luck.";
  return (
    `After ${read}, against the coarse experts on ${whole(held_bytes)} bytes held out: ${said.join("; ")}. ${luck} ` +
    "These decoders are tiny and read little: DeepSeekMoE found its gains at 2 billion parameters and 100 billion " +
    "tokens."
  );
}
