// @ts-check
/** What optimizers and the terms of their formulas are called, and the controls of both views. */
import { control } from "../../../kit/controls/declared.js";
import { tenTo } from "../../../kit/numbers/format.js";
import { range } from "../../../vendor/d3_first.js";
import { html } from "../../../vendor/lit.js";

/** @import { ViewContext } from "../../../kit/view" */

/** @type {Record<string, string>} */
const OPTIMIZERS = { sgd: "SGD", adamw: "AdamW", lion: "Lion", muon: "Muon" };
/** @type {Record<string, string>} */
const TERMS = {
  gradient: "gradient g",
  m: "mean m",
  v: "mean square v",
  "m^": "m, corrected",
  "v^": "v, corrected",
  c: "mixture c",
  momentum: "momentum b",
  direction: "direction u",
  orthogonal: "after Newton and Schulz",
  decay: "weight decay",
  update: "update",
};

/** @param {string} name */
export const optimizer = (name) => OPTIMIZERS[name] ?? name;
/** @param {string} name */
export const term = (name) => TERMS[name] ?? name;

/**
 * A logarithmic axis with a tick at each power of ten.
 * @param {number} low power of ten @param {number} high
 */
export function powers(low, high) {
  const all = range(Math.ceil(low), Math.floor(high) + 1);
  return {
    ...{ type: "log", range: [low, high] },
    ...{ tickvals: all.map((power) => 10 ** power), ticktext: all.map((power) => (power ? tenTo(power) : "1")) },
  };
}

/** @param {ViewContext} ctx */
export const choices = (ctx) => html`
  <div class="settings-row">
    ${control(ctx, "matrix")} ${control(ctx, "rule")} ${control(ctx, "other")}
    ${control(ctx, "steps", { as: "segmented" })} ${control(ctx, "rate", { as: "segmented" })}
  </div>`;
