// @ts-check
/**
 * What is trained, and how: settings that only the server can answer.
 *
 * @import { BalancingTraining } from "../../../types"
 * @import { ViewContext } from "../../../kit/view"
 */
import { number, segmented, slider } from "../../../kit/controls.js";
import { nearestStep } from "../../../kit/steps.js";
import { html, nothing } from "../../../vendor/lit.js";
import { asked, METHODS } from "./sides.js";

const LADDERS = {
  alpha: [0, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1],
  rate: [0, 0.001, 0.003, 0.01, 0.03, 0.1],
  z: [0, 0.0001, 0.001, 0.01, 0.1],
};
const NUMBERS = { experts: [4, 8, 16, 32], k: [1, 2, 4], steps: [150, 300, 600] };
const LARGEST_SEED = 2 ** 31 - 1;

/**
 * The link remembers it, and the training is asked for at once.
 * @param {ViewContext<any>} ctx
 * @param {string} name
 * @param {string | number} value
 */
function ask(ctx, name, value) {
  ctx.control(name, value);
  if (!ctx.measured()) ctx.measure();
}

/** @param {BalancingTraining} data @param {ViewContext<any>} ctx */
export function settings(data, ctx) {
  const method = asked(ctx, "method", data.method);
  const seed = asked(ctx, "seed", data.seed);
  return html`
    <div class="settings-row ruled">
      <div class="setting">
        <span>Counterweight</span>
        ${segmented({
          label: "Counterweight",
          choices: METHODS,
          chosen: method,
          choose: (key) => ask(ctx, "method", key),
        })}
      </div>
      ${method === "loss" ? ladder(data, ctx, "alpha", ["Its weight α", "the factor of n Σ f P"]) : nothing}
      ${
        method === "bias"
          ? ladder(data, ctx, "rate", ["Bias step", "how far the bias of an expert moves after each step"])
          : nothing
      }
      ${ladder(data, ctx, "z", ["z-loss weight", "keeps the router’s logits small, in both trainings"])}
      ${few(data, ctx, "experts", "Experts")} ${few(data, ctx, "k", "Experts a token, k")}
      ${few(data, ctx, "steps", "Steps")}
      ${number({
        label: "Seed",
        value: seed,
        least: 0,
        most: LARGEST_SEED,
        choose: (value) => ask(ctx, "seed", value),
      })}
    </div>`;
}

/**
 * @param {BalancingTraining} data
 * @param {ViewContext<any>} ctx
 * @param {keyof typeof LADDERS} name
 * @param {[label: string, title: string]} words
 */
function ladder(data, ctx, name, [label, title]) {
  const steps = LADDERS[name];
  return slider({
    label,
    title,
    value: steps.indexOf(nearestStep(steps, ctx.controls[name], data[name])),
    least: 0,
    most: steps.length - 1,
    format: (at) => String(steps[at]),
    choose: (at) => ask(ctx, name, steps[at]),
  });
}

/**
 * @param {BalancingTraining} data
 * @param {ViewContext<any>} ctx
 * @param {keyof typeof NUMBERS} name
 * @param {string} label
 */
function few(data, ctx, name, label) {
  const choices = NUMBERS[name].map((each) => /** @type {[number, string]} */ ([each, String(each)]));
  return html`
    <div class="setting">
      <span>${label}</span>
      ${segmented({ label, choices, chosen: asked(ctx, name, data[name]), choose: (key) => ask(ctx, name, key) })}
    </div>`;
}
