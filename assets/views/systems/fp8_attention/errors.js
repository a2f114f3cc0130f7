// @ts-check
/**
 * What eight bits cost every head: a map of all heads, the four ways on the selected one, outliers against what the
 * rotation changes.
 *
 * @import { Fp8Errors } from "../../../types"
 * @import { Row, View, ViewContext } from "../../../kit/view"
 */
import { dots } from "../../../kit/dots.js";
import { counted, decimal, headName, percent, signed, whole } from "../../../kit/format.js";
import { plot } from "../../../kit/plot.js";
import { max, mean, median, min, range, sum } from "../../../vendor/d3.js";
import { html } from "../../../vendor/lit.js";
import { heads } from "./heads.js";
import { blockRows, errorOf, ratioOf, WAYS } from "./ways.js";

/** Measured by itself for each run: a second or so. */
export const follows = true;

/** @type {View<Fp8Errors>} */
export function errors(data, ctx) {
  return html`
    <div class="bar">
      <p class="readout lead">${lead(data)}</p>
      ${blockRows(data, ctx)}
    </div>
    <div class="thirds">
      ${heads(data, ctx)}
      <div>
        <h3 class="sub3">${chosenName(data, ctx)}, four ways <small>root mean square of the error, of the output’s</small></h3>
        ${fourWays(data, ctx)}
        <p class="hint">${verdict(data, ctx)} bfloat16 also rounds the output; the FP8 ways leave it in float32.</p>
        <h3 class="sub3">Why it helps where it helps <small>a point a head</small></h3>
        ${reasons(data, ctx)}
        <p class="hint">${reason(data)}</p>
      </div>
    </div>
    <p class="hint">Here: scales of ${counted(data.rows, "row")}, since the text has ${counted(data.n_tokens, "token")}; a GPU’s blocks have
      64 to 176. Rounding is all that is simulated: sums are float32. ${
        data.spread < data.d_head ? `Heads of ${data.d_head} are turned in parts of ${data.spread} coordinates.` : ""
      } The rotation was drawn ${data.n_draws} times, the same for all heads.</p>`;
}

/** @param {Fp8Errors} data @returns {Row[]} */
export function rows(data) {
  return measuredHeads(data).map(([layer, head]) => ({
    layer,
    head,
    ...Object.fromEntries(WAYS.map(({ key }, way) => [key, errorOf(data, way, layer, head)])),
    outlier_q: cell(data, data.outlier, 0, layer, head),
    outlier_k: cell(data, data.outlier, 1, layer, head),
    predicted: cell(data, data.predicted, 0, layer, head),
  }));
}

/** Layer and head of all that is measured. @param {Fp8Errors} data @returns {[number, number][]} */
const measuredHeads = (data) =>
  range(data.measured).flatMap((layer) =>
    range(data.rmse.shape[2]).map((head) => /** @type {[number, number]} */ ([layer, head])),
  );

/**
 * @param {Fp8Errors} data
 * @param {{ a: ArrayLike<number>, shape: number[] }} tensor
 * @param {number} at
 * @param {number} layer
 * @param {number} head
 */
const cell = (data, tensor, at, layer, head) => tensor.a[(at * data.n_layers + layer) * data.rmse.shape[2] + head];

/** @param {Fp8Errors} data */
function lead(data) {
  const all = measuredHeads(data);
  const middle = (/** @type {number} */ way) =>
    percent(median(all, ([layer, head]) => errorOf(data, way, layer, head)) ?? 0);
  return html`Half of ${whole(all.length)} heads err by less than <b>${middle(0)}</b> in bfloat16, and in FP8 by ${middle(1)} with one scale
    a tensor, ${middle(2)} with one a block, <b>${middle(3)}</b> with blocks and the rotation. The rotation helps
    <b>${whole(data.helped)}</b> heads in every draw, and harms <b>${whole(data.hurt)}</b>.`;
}

/** @param {Fp8Errors} data @param {ViewContext} ctx */
const chosen = (data, { focus }) => ({
  layer: Math.min(focus.layer ?? data.layer, data.n_layers - 1),
  head: Math.min(focus.head ?? data.head, data.rmse.shape[2] - 1),
});

/** @param {Fp8Errors} data @param {ViewContext} ctx */
function chosenName(data, ctx) {
  const { layer, head } = chosen(data, ctx);
  return headName(layer, head);
}

/** @param {Fp8Errors} data @param {ViewContext} ctx */
function fourWays(data, ctx) {
  const { layer, head } = chosen(data, ctx);
  if (layer >= data.measured) return html`<p class="hint">This layer is still to be measured.</p>`;
  const all = measuredHeads(data).flatMap(([l, h]) => WAYS.map((_, way) => errorOf(data, way, l, h)));
  const domain = /** @type {[number, number]} */ ([0.8 * (min(all) ?? 1e-3), 1.2 * (max(all) ?? 1)]);
  return dots({
    rows: WAYS.map(({ key, name }, way) => {
      const error = errorOf(data, way, layer, head);
      const drawn = way === 3 ? range(data.n_draws).map((draw) => cell(data, data.draws, draw, layer, head)) : [error];
      return {
        key,
        name,
        dots: drawn.map((value) => ({ value, mark: way === 0 ? "dot" : "value" })),
        words: percent(error),
        strong: way === 3,
        details: /** @type {[string, string][]} */ (
          drawn.map((value, at) => [drawn.length > 1 ? `draw ${at + 1}` : "error", percent(value)])
        ),
        select: () => {},
      };
    }),
    width: columnOf(ctx.width),
    domain,
    format: (value) => percent(value),
    title: "error, log scale",
    label: `Error of ${headName(layer, head)} in four ways`,
  });
}

/** @param {number} width */
const columnOf = (width) => (width < 860 ? width : Math.round(0.55 * width));

/** @param {Fp8Errors} data @param {ViewContext} ctx */
function verdict(data, ctx) {
  const { layer, head } = chosen(data, ctx);
  if (layer >= data.measured) return "";
  const block = errorOf(data, 2, layer, head);
  const drawn = range(data.n_draws).map((draw) => cell(data, data.draws, draw, layer, head));
  const ratio = decimal(ratioOf(data, layer, head));
  if (drawn.every((each) => each < block))
    return html`Every draw of the rotation helps this head: <b>${ratio}</b> times the error.`;
  if (drawn.every((each) => each > block))
    return html`<b>The rotation does not help this head</b>: ${ratio} times the error, in every draw larger.`;
  return html`<b>For this head it is not clear</b>: some draws help, some do not, ${ratio} times the error on average.`;
}

/** @param {Fp8Errors} data @param {ViewContext} ctx */
function reasons(data, ctx) {
  const all = measuredHeads(data);
  const here = chosen(data, ctx);
  const x = (/** @type {number} */ layer, /** @type {number} */ head) => cell(data, data.predicted, 0, layer, head);
  const trace = (/** @type {[number, number][]} */ some, /** @type {object} */ look) => ({
    x: some.map(([layer, head]) => x(layer, head)),
    y: some.map(([layer, head]) => ratioOf(data, layer, head)),
    mode: "markers",
    customdata: some.map(([layer, head]) => headName(layer, head)),
    hover: "%{customdata}<br>products %{x:.2f} × as long<br>output %{y:.2f} × the error<extra></extra>",
    ...look,
  });
  const mine = all.filter(([layer, head]) => layer === here.layer && head === here.head);
  return plot({
    label:
      "Heads by what the rotation does to the length of their products and to their error; arrow keys walk the heads",
    height: 300,
    traces: [trace(all, { color: "river-deep", size: 6, alpha: 0.8 }), trace(mine, { color: "prob", size: 10 })],
    x: { title: "length of the products with the rotation ÷ without", type: "log" },
    y: { title: "error of the output, with ÷ without", type: "log" },
    marks: [{ y: 1, label: "no change", side: "right" }, { x: 1 }],
    hovermode: "closest",
    onClick(point) {
      const found = point && all[point.trace === 0 ? point.index : -1];
      if (found) ctx.select({ layer: found[0], head: found[1] });
    },
  });
}

/**
 * Which of two things goes with what the rotation changes, over all heads.
 * @param {Fp8Errors} data
 */
function reason(data) {
  const all = measuredHeads(data);
  const changed = all.map(([layer, head]) => Math.log(ratioOf(data, layer, head)));
  const goesWith = (/** @type {(layer: number, head: number) => number} */ what) =>
    signed(
      correlation(
        all.map(([layer, head]) => Math.log(what(layer, head))),
        changed,
      ),
    );
  const length = goesWith((layer, head) => cell(data, data.predicted, 0, layer, head));
  const outlier = goesWith((layer, head) =>
    Math.max(cell(data, data.outlier, 0, layer, head), cell(data, data.outlier, 1, layer, head)),
  );
  return html`A rounding error is a share of the number, so a score’s error goes with the length of its products, √Σ(qᵢkᵢ)²: few large ones
    are worse than many small ones. Left of the line the rotation shortens it. Correlation of the logarithms over these heads:
    <b>${length}</b>; with a head’s largest number of Q or K instead, ${outlier}.`;
}

/**
 * Pearson’s, −1 to 1.
 * @param {number[]} a
 * @param {number[]} b
 */
function correlation(a, b) {
  const [of, to] = [a, b].map((each) => {
    const middle = mean(each) ?? 0;
    return each.map((value) => value - middle);
  });
  const product = (/** @type {number[]} */ one, /** @type {number[]} */ other) =>
    sum(one, (value, at) => value * other[at]);
  return product(of, to) / Math.sqrt(product(of, of) * product(to, to) || 1);
}
