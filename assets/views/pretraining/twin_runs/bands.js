// @ts-check
/**
 * Quantile bands of one tensor over the steps of both runs, side by side on one axis.
 *
 * @import { RunBands, TwinRunsBands } from "../../../types/pretraining"
 * @import { Row, View, ViewContext } from "../../../kit/view"
 */
import { plot } from "../../../kit/chart/plot.js";
import { openCheckpoints } from "../../../kit/checkpoint.js";
import { control, named } from "../../../kit/controls/declared.js";
import { scientific, signed } from "../../../kit/numbers/format.js";
import { html, nothing } from "../../../vendor/lit.js";
import { choices, differs, LOOKS, method, stopped } from "./named.js";

const HEIGHT = 300;
const NAMES = ["first", "second"];
const UNITS = { weights: "weight", gradients: "gradient", updates: "update", activations: "activation" };

/** @type {View<TwinRunsBands>} */
export function bands(data, ctx) {
  const { differ, curves } = data;
  const drawn = data.bands.map((run) => tensor(run, data, ctx));
  const axis = reach(drawn, String(ctx.controls.range));
  return html`
    <div class="trained">
      ${choices(differ, ctx)}
      <p class="readout said">${differs(differ, ctx)}${stopped(curves)}${said(drawn, ctx)}</p>
      <div class="settings-row">
        ${control(ctx, "of")} ${control(ctx, "matrix", { as: "select" })}
        ${
          ctx.controls.matrix === "embed" || differ.layers < 2
            ? nothing
            : control(ctx, "block", { most: differ.layers - 1, value: block(data, ctx) })
        }
        ${control(ctx, "range")}
      </div>
      <div class="two-sides">
        ${drawn.map(
          (run, at) => html`
            <div class="side">
              <h3 class="sub3">${at ? "Second run" : "First run"}</h3>
              ${picture(run, data, ctx, axis, at)}
            </div>`,
        )}
      </div>
      ${openCheckpoints(ctx, data.checkpoints, { names: { first: "first run", second: "second run" } })}
      <p class="hint">Palest: all entries; then 90 %, then half; the line is the median. ${method(differ)} Gradients are
        those of the step after clipping, updates what the step adds to the weights, activations what the matrix puts
        out on two held-out windows after it.</p>
    </div>`;
}

/** @param {TwinRunsBands} data @param {ViewContext<TwinRunsBands>} ctx @returns {Row[]} */
export const rows = (data, ctx) =>
  data.bands.flatMap((run, at) => {
    const { steps, quantiles } = tensor(run, data, ctx);
    return steps.map((step, point) => ({
      run: NAMES[at],
      of: ctx.controls.of,
      matrix: ctx.controls.matrix,
      block: block(data, ctx),
      step,
      ...Object.fromEntries(data.levels.map((level, which) => [`q${100 * level}`, quantiles[point][which]])),
    }));
  });

/** @param {TwinRunsBands} data @param {ViewContext<any>} ctx */
const block = ({ differ }, ctx) => Math.min(Number(ctx.controls.block), differ.layers - 1);

/**
 * The chosen tensor of a run: quantiles at each of its steps.
 * @param {RunBands} run @param {TwinRunsBands} data @param {ViewContext<any>} ctx
 */
function tensor({ steps, quantiles }, data, ctx) {
  const { kinds, matrices, levels, differ } = data;
  const inside = matrices.length - 1;
  const each = differ.layers * inside + 1;
  const matrix = matrices.indexOf(String(ctx.controls.matrix));
  const own = matrix === inside ? each - 1 : block(data, ctx) * inside + matrix;
  const at = kinds.indexOf(String(ctx.controls.of)) * each + own;
  const count = levels.length;
  const from = (/** @type {number} */ point) => (at * steps.length + point) * count;
  return {
    steps,
    quantiles: steps.map((_, point) => Array.from(quantiles.a.slice(from(point), from(point) + count))),
  };
}

/** @typedef {ReturnType<typeof tensor>} Drawn */

/** One axis for both. @param {Drawn[]} drawn @param {string} range */
function reach(drawn, range) {
  const all = drawn.flatMap(({ quantiles }) =>
    quantiles.flatMap((each) => (range === "all" ? each : each.slice(1, -1))).filter(Number.isFinite),
  );
  if (!all.length) return undefined;
  const [low, high] = [Math.min(...all), Math.max(...all)];
  const room = 0.06 * (high - low) || 1e-6;
  return [low - room, high + room];
}

/**
 * @param {Drawn} run @param {TwinRunsBands} data @param {ViewContext<any>} ctx
 * @param {number[] | undefined} axis @param {number} at
 */
function picture({ steps, quantiles }, { differ, levels }, ctx, axis, at) {
  const { color, name } = LOOKS[NAMES[at]];
  const kind = /** @type {keyof typeof UNITS} */ (ctx.controls.of);
  const tensorName = named(ctx, "matrix")[String(ctx.controls.matrix)].name;
  const of = (/** @type {number} */ level) => quantiles.map((each) => each[level]);
  const last = levels.length - 1;
  const edge = { x: steps, mode: "lines", width: 0, color, hoverinfo: "skip" };
  const pairs = Array.from({ length: last / 2 }, (_, level) => [
    { ...edge, y: of(level) },
    { ...edge, y: of(last - level), fill: "tonexty" },
  ]).flat();
  const median = {
    x: steps,
    y: of(last / 2),
    mode: "lines+markers",
    size: 5,
    color,
    customdata: quantiles.map((each) => `half: ${signed(each[2], 4)} to ${signed(each[last - 2], 4)}`),
    hover: "median %{y:.2e} at step %{x}<br>%{customdata}<extra></extra>",
  };
  return plot({
    label: `${kind} of ${tensorName}, ${name}: quantiles over the steps; arrow keys walk`,
    height: HEIGHT,
    traces: [...pairs, median],
    x: { title: "steps", range: [0, 1.02 * differ.steps] },
    y: { title: UNITS[kind], exponentformat: "power", ...(axis ? { range: axis } : {}) },
    marks: differ.fork ? [{ x: differ.fork, label: "fork", color: "ink3", dash: "dot" }] : [],
    margin: { r: 14, t: 24 },
  });
}

/** @param {Drawn[]} drawn @param {ViewContext<any>} ctx */
function said(drawn, ctx) {
  const [first, second] = drawn.map(({ steps, quantiles }) => ({
    step: steps[steps.length - 1],
    last: quantiles[quantiles.length - 1],
  }));
  if (!first.last || !second.last) return "No step has been looked at yet.";
  const half = (/** @type {number[]} */ last) => html`<b>${scientific(last[last.length - 3] - last[2])}</b>`;
  const name = named(ctx, "matrix")[String(ctx.controls.matrix)].name;
  return html`The middle half of the ${ctx.controls.of} of ${name} is ${half(first.last)} wide in the first run after
    step ${first.step}, and ${half(second.last)} in the second after step ${second.step}.`;
}
