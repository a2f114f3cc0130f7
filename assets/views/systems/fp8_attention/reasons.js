// @ts-check
/**
 * Why the rotation helps where it helps: a point a head, what it does to a score's products against what it does to the
 * error.
 *
 * @import { Fp8Errors } from "../../../types/systems"
 * @import { ViewContext } from "../../../kit/view"
 */

import { plot } from "../../../kit/chart/plot.js";
import { headName, signed } from "../../../kit/numbers/format.js";
import { mean, sum } from "../../../vendor/d3.js";
import { html } from "../../../vendor/lit.js";
import { cell, chosen, measuredHeads, ratioOf } from "./ways.js";

/** @param {Fp8Errors} data @param {ViewContext} ctx */
export function reasons(data, ctx) {
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
    x: { title: "length of the products, with rotation ÷ without", type: "log" },
    y: { title: "error of the output, with rotation ÷ without", type: "log" },
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
export function reason(data) {
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
  return html`A rounding error is a share of the rounded number, so a score’s error grows with the length of its
    products, √Σ(qᵢkᵢ)²: a few large products are worse than many small ones. Left of the vertical line the rotation
    makes this length shorter. Over these heads, the logarithms of this ratio and of the error’s ratio have a
    correlation of <b>${length}</b>. With a head’s largest number of Q or K in place of the length, it is ${outlier}.`;
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
