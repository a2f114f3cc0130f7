// @ts-check
/**
 * Two sides of a filter: what it removes, the held-out losses of both, and their difference beside its spread.
 *
 * @import { FilteringTraining } from "../../../types/pretraining"
 * @import { Row, View } from "../../../kit/view"
 */
import { plot } from "../../../kit/chart/plot.js";
import { openCheckpoints } from "../../../kit/checkpoint.js";
import { control, named } from "../../../kit/controls/declared.js";
import { counted, decimal, percent, signed, whole } from "../../../kit/numbers/format.js";
import { seedSpread } from "../../../kit/numbers/seed_verdict.js";
import { table } from "../../../kit/numbers/table.js";
import { html, nothing } from "../../../vendor/lit.js";

const HEIGHT = 300;

/** @type {Record<string, { name: string, color: string, dash?: string }>} */
const ARMS = {
  all: { name: "the whole crawl", color: "ink2", dash: "4px,3px" },
  kept: { name: "what the filter keeps", color: "prob" },
};
/** @type {Record<string, string>} */
const KINDS = {
  prose: "prose",
  near: "near copies of prose",
  exact: "exact copies of prose",
  spam: "spam",
  keywords: "keyword lists",
  language: "other languages",
};

/** @type {View<FilteringTraining>} */
export function training(data, ctx) {
  return html`
    <div class="trained">
      <div class="settings-row ruled">
        ${control(ctx, "filter", { as: "select" })} ${control(ctx, "steps")} ${control(ctx, "seeds")}
        ${control(ctx, "seed")}
      </div>
      <p class="readout said">${removed(data, named(ctx, "filter")[data.filter].name)} ${verdict(data)}</p>
      <div class="two-sides">
        <div class="side">
          <h3 class="sub3">Held-out loss <small>one line for each seed</small></h3>
          ${curves(data)}
        </div>
        <div class="side">
          <h3 class="sub3">What the filter removes</h3>
          ${kinds(data)}
        </div>
      </div>
      <h3 class="sub3">Both sides</h3>
      ${numbers(data)}
      ${openCheckpoints(ctx, data.checkpoints, {
        names: Object.fromEntries(Object.entries(ARMS).map(([arm, { name }]) => [arm, name])),
      })}
      <p class="hint">${method(data)}</p>
    </div>`;
}

/**
 * Every step's batch, and each time that what is held out was asked.
 * @param {FilteringTraining} data
 * @returns {Row[]}
 */
export const rows = ({ arms }) =>
  arms.flatMap(({ name, runs }) =>
    runs.flatMap(({ seed, losses, measured, held }) => [
      ...measured.map((step, at) => ({ side: name, seed, what: "held out", steps_done: step, loss: held[at] })),
      ...losses.map((loss, step) => ({ side: name, seed, what: "batch", steps_done: step, loss })),
    ]),
  );

/** @param {FilteringTraining} data @param {string} filterName */
function removed({ filter, kinds: all, arms: [everything, kept] }, filterName) {
  if (filter === "none") return "No filter: both sides read the same crawl, and differ in the windows drawn. ";
  const prose = all.find(({ kind }) => kind === "prose");
  const lost = percent(prose ? prose.removed / prose.documents : 0, 0);
  return html`
    The filter “${filterName}” keeps <b>${counted(kept.documents, "document")}</b> of
    ${whole(everything.documents)}, ${percent(kept.bytes / everything.bytes, 0)} of the bytes. It removes ${lost} of
    the real prose. `;
}

/** @param {FilteringTraining} data */
function verdict({ arms, steps, seeds, bytes_per_step, difference, beyond }) {
  const done = difference?.each.length ?? 0;
  if (!difference || done < seeds) return html`Trained so far: ${done} of ${counted(seeds, "seed")}.`;
  const each = difference.each.map((one) => signed(one, 3)).join(", ");
  const read = `After ${whole(steps * bytes_per_step)} bytes each, the filtered side’s loss is `;
  const side = difference.mean < 0 ? "lower" : "higher";
  const gap = html`<b>${decimal(Math.abs(difference.mean), 3)}</b> nats a byte ${side}`;
  if (difference.half === null) return html`${read}${gap}, with one seed: nothing says how much of this is chance.`;
  const again = arms[1].epochs > 4 ? ` It read its text ${decimal(arms[1].epochs, 1)} times.` : "";
  return html`${read}${gap} on average (seed by seed ${each}; 95 % interval ± ${decimal(difference.half, 3)}).
    ${seedSpread(beyond, done)}${again}`;
}

/** @param {FilteringTraining} data */
function curves({ arms, steps }) {
  return plot({
    label: "Held-out loss over the steps, a line for each side and seed; arrow keys walk",
    height: HEIGHT,
    traces: arms.flatMap(({ name, runs }) =>
      runs.map(({ seed, measured, held }, at) => ({
        x: measured,
        y: held,
        mode: /** @type {const} */ ("lines+markers"),
        size: 5,
        width: 1.5,
        hover: `%{y:.3f} after %{x} steps, seed ${seed}<extra>${ARMS[name].name}</extra>`,
        ...ARMS[name],
        name: at ? undefined : ARMS[name].name,
      })),
    ),
    x: { title: "steps", range: [-steps / 40, steps * (1 + 1 / 40)] },
    y: { title: "nats a byte" },
    margin: { r: 14, t: 34 },
  });
}

/** @param {FilteringTraining} data */
function kinds({ kinds: all }) {
  return table({
    label: "Documents of the crawl by what the recipe planted",
    columns: [
      { name: "kind", cell: ({ kind }) => KINDS[kind] ?? kind },
      { name: "documents", number: true, cell: ({ documents }) => whole(documents) },
      { name: "bytes", number: true, cell: ({ bytes }) => whole(bytes) },
      { name: "removed", number: true, cell: ({ removed: gone }) => whole(gone) },
      { name: "share", number: true, cell: ({ removed: gone, documents }) => percent(gone / documents, 0) },
    ],
    rows: [...all],
  });
}

/** @param {FilteringTraining} data */
function numbers({ arms }) {
  return table({
    label: "Both sides in numbers",
    columns: [
      { name: "trained on", cell: ({ name }) => ARMS[name].name },
      { name: "documents", number: true, cell: ({ documents }) => whole(documents) },
      { name: "bytes", number: true, cell: ({ bytes }) => whole(bytes) },
      { name: "times read", number: true, cell: ({ epochs }) => decimal(epochs, 2) },
      {
        name: "loss now",
        number: true,
        title: "held-out loss in nats a byte, seed by seed",
        cell: ({ runs }) => runs.map(({ held }) => (held.length ? decimal(held[held.length - 1], 3) : "…")).join(", "),
      },
      { name: "spread", number: true, title: "largest less smallest over the seeds", cell: ({ runs }) => spread(runs) },
    ],
    rows: [...arms],
  });
}

/** @param {FilteringTraining["arms"][number]["runs"]} runs */
function spread(runs) {
  const last = runs.flatMap(({ held }) => held.slice(-1));
  return last.length > 1 ? decimal(Math.max(...last) - Math.min(...last), 3) : nothing;
}

/** @param {FilteringTraining} data */
const method = ({ held_bytes, by_frequency, parameters, seeds }) =>
  `Decoders of ${whole(parameters)} parameters read bytes. The held-out text is ${whole(held_bytes)} bytes of ` +
  `documentation and of passages that do not stand in the crawl; guessing each byte by its frequency costs ` +
  `${decimal(by_frequency, 3)} nats there. Held-out text is of the kind that the filters keep: another choice ` +
  `could turn the verdict. The interval is Student’s t over ${counted(seeds, "seed")}. FineWeb trained ` +
  "1.8 billion parameters on 28 billion tokens for each filter.";
