// @ts-check
/**
 * Held-out losses of both runs over several seeds, and their difference beside the noise band.
 *
 * @import { RunCurve, TwinRunsDifference } from "../../../types/pretraining"
 * @import { Row, View } from "../../../kit/view"
 */
import { plot } from "../../../kit/chart/plot.js";
import { courseVerdict, seedCourse } from "../../../kit/chart/seed_course.js";
import { openCheckpoints } from "../../../kit/checkpoint.js";
import { control } from "../../../kit/controls/declared.js";
import { html } from "../../../vendor/lit.js";
import { choices, differs, LOOKS, method, stopped } from "./named.js";

const HEIGHT = 300;
const UNIT = "nats a byte";
const KINDS = { first: "the first run", second: "the second run" };

/** @type {View<TwinRunsDifference>} */
export function difference(data, ctx) {
  const { differ, curves, course, seeds } = data;
  const cut = stopped(curves);
  return html`
    <div class="trained">
      ${choices(differ, ctx, control(ctx, "seeds"))}
      <p class="readout said">${differs(differ, ctx)}${cut}${courseVerdict(course, { ...KINDS, seeds, unit: UNIT })}</p>
      <div class="two-sides">
        <div class="side">
          <h3 class="sub3">Held-out loss <small>one line for each seed; faint: each batch</small></h3>
          ${losses(data)}
        </div>
        <div class="side">
          <h3 class="sub3">Second run less first</h3>
          ${course ? seedCourse(course, { ...KINDS, steps: differ.steps, unit: UNIT, from: differ.fork }) : ""}
        </div>
      </div>
      ${openCheckpoints(ctx, data.checkpoints, { names: { first: "first run", second: "second run" } })}
      <p class="hint">${method(differ)} Both bands are Student’s, step by step: the interval of the mean difference of
        paired seeds, and, grey, where two first runs of different seeds differ. One learning rate does not suit every
        optimizer: a difference is one of these settings.</p>
    </div>`;
}

/** @param {TwinRunsDifference} data @returns {Row[]} */
export const rows = ({ curves }) =>
  curves.flatMap(({ name, seed, losses: each, rates, grad_norms, measured, held }) => [
    ...measured.map((step, at) => ({ run: name, seed, what: "held out", steps_done: step, loss: held[at] })),
    ...each.map((loss, step) => ({
      run: name,
      seed,
      what: "batch",
      steps_done: step,
      loss,
      rate: rates[step],
      gradient_norm: grad_norms[step],
    })),
  ]);

/** @param {TwinRunsDifference} data */
function losses({ curves, differ: { steps, fork } }) {
  const named = new Set();
  const held = curves.map(({ name, seed, measured, held: found }) => {
    const first = !named.has(name);
    named.add(name);
    return {
      x: measured,
      y: found,
      mode: "lines+markers",
      size: 5,
      width: 1.5,
      hover: `%{y:.3f} after %{x} steps, seed ${seed}<extra>${LOOKS[name].name}</extra>`,
      ...LOOKS[name],
      name: first ? LOOKS[name].name : undefined,
    };
  });
  const faint = curves.slice(0, 2).map((/** @type {RunCurve} */ { name, losses: each }) => ({
    x: each.map((_, step) => step),
    y: each,
    color: LOOKS[name].color,
    alpha: 0.25,
    width: 1,
    hoverinfo: "skip",
    zorder: -1,
  }));
  return plot({
    label: "Held-out loss of both runs over the steps, a line for each seed; arrow keys walk",
    height: HEIGHT,
    traces: [...faint, ...held],
    x: { title: "steps", range: [-0.02 * steps, 1.02 * steps] },
    y: { title: UNIT },
    marks: fork ? [{ x: fork, label: "fork", color: "ink3", dash: "dot" }] : [],
    margin: { r: 14, t: 34 },
  });
}
