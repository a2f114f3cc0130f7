// @ts-check
/**
 * Trainings with a bug and without it: held-out losses, their difference over the seeds, and the sizes of the weights.
 *
 * @import { BugCurves, BugRun } from "../../../types/pretraining"
 * @import { Row, View, ViewContext } from "../../../kit/view"
 */
import { plot } from "../../../kit/chart/plot.js";
import { courseVerdict, seedCourse } from "../../../kit/chart/seed_course.js";
import { openCheckpoints } from "../../../kit/checkpoint.js";
import { control } from "../../../kit/controls/declared.js";
import { counted, decimal, whole } from "../../../kit/numbers/format.js";
import { table } from "../../../kit/numbers/table.js";
import { mean } from "../../../vendor/d3.js";
import { html } from "../../../vendor/lit.js";
import { BUGS, choices } from "./named.js";

const HEIGHT = 300;
const UNIT = "nats a byte";
const KINDS = { first: "the right training", second: "the wrong one" };
/** @type {Record<string, { name: string, color: string, dash?: string, symbol?: string }>} */
const ARMS = {
  right: { name: "right", color: "ink" },
  wrong: { name: "wrong", color: "neg", dash: "dash", symbol: "square" },
};

/** @type {View<BugCurves>} */
export function curves(data, ctx) {
  const { steps, seeds, course } = data;
  return html`
    <div class="trained">
      ${choices(ctx, control(ctx, "seeds"))}
      <p class="readout said">${courseVerdict(course, { ...KINDS, seeds, unit: UNIT })} ${BUGS[data.bug].says}</p>
      <div class="two-sides">
        <div class="side">
          <h3 class="sub3">Held-out loss <small>one line for each seed; faint: as reported for each batch</small></h3>
          ${losses(data)}
        </div>
        <div class="side">
          <h3 class="sub3">Wrong less right</h3>
          ${course ? seedCourse(course, { ...KINDS, steps, unit: UNIT }) : ""}
        </div>
      </div>
      <h3 class="sub3">Weights at the last measurement <small>root mean square, mean of the seeds</small></h3>
      ${sizes(data)}
      ${openCheckpoints(ctx, data.checkpoints, { names: { right: "right", wrong: "wrong" } })}
      <p class="hint">${method(data)} ${BUGS[data.bug].where}</p>
    </div>`;
}

/** @param {BugCurves} data @returns {Row[]} */
export const rows = ({ bug, arms }) =>
  arms.flatMap(({ name, runs }) =>
    runs.flatMap((run) => [
      ...run.measured.map((step, at) => ({
        bug,
        training: name,
        seed: run.seed,
        what: "held out",
        steps_done: step,
        loss: run.held[at],
        gains: run.gains[at],
        embedding: run.embedding[at],
        matrices: run.matrices[at],
      })),
      ...run.losses.map((loss, step) => ({
        bug,
        training: name,
        seed: run.seed,
        what: "batch",
        steps_done: step,
        loss,
      })),
    ]),
  );

/** @param {BugCurves} data */
function losses({ arms, steps }) {
  const held = arms.flatMap(({ name, runs }) =>
    runs.map(({ seed, measured, held: found }, at) => ({
      x: measured,
      y: found,
      mode: "lines+markers",
      size: 5,
      width: 1.5,
      hover: `%{y:.3f} after %{x} steps, seed ${seed}<extra>${ARMS[name].name}</extra>`,
      ...ARMS[name],
      name: at ? undefined : ARMS[name].name,
    })),
  );
  const faint = arms.map(({ name, runs }) => ({
    x: runs[0].losses.map((_, step) => step),
    y: runs[0].losses,
    color: ARMS[name].color,
    alpha: 0.25,
    width: 1,
    hoverinfo: "skip",
    zorder: -1,
  }));
  return plot({
    label: "Held-out loss over the steps, a line for each training and seed; arrow keys walk",
    height: HEIGHT,
    traces: [...faint, ...held],
    x: { title: "steps", range: [-0.02 * steps, 1.02 * steps] },
    y: { title: UNIT },
    margin: { r: 14, t: 34 },
  });
}

/** @param {BugCurves} data */
function sizes({ arms }) {
  const last = (/** @type {BugRun[]} */ runs, /** @type {"gains" | "embedding" | "matrices" | "held"} */ what) =>
    decimal(mean(runs, (run) => run[what][run[what].length - 1]) ?? 0, 4);
  return table({
    label: "Weights of both trainings",
    columns: [
      { name: "training", cell: ({ name }) => ARMS[name].name },
      { name: "gains", number: true, cell: ({ runs }) => last(runs, "gains") },
      { name: "embedding", number: true, cell: ({ runs }) => last(runs, "embedding") },
      { name: "matrices", number: true, cell: ({ runs }) => last(runs, "matrices") },
      { name: "held-out loss", number: true, cell: ({ runs }) => last(runs, "held") },
    ],
    rows: [...arms],
  });
}

/** @param {BugCurves} data */
const method = ({ parameters, steps, bytes_per_step, held_bytes, peak, weight_decay, seeds }) =>
  `Decoders of ${whole(parameters)} parameters read paragraphs of Python’s documentation as bytes: ${steps} steps of ` +
  `${whole(bytes_per_step)} positions, AdamW, peak rate ${peak}, wd ${weight_decay}, warm-up of a tenth. Held out: ` +
  `${whole(held_bytes)} bytes of other topics, each paragraph alone, by the next byte. Both of a seed begin with the ` +
  `same weights and read the same rows. The interval is Student’s t over ${counted(seeds, "seed")}; the grey band is ` +
  "where two right runs of different seeds differ. Both hold step by step. A longer or larger training may part " +
  "where this one does not.";
