// @ts-check
/**
 * What the trainings are made of.
 *
 * @import { UpcyclingTraining } from "../../../types"
 * @import { ViewContext } from "../../../kit/view"
 */
import { number, segmented } from "../../../kit/controls.js";
import { html } from "../../../vendor/lit.js";

/** @type {Record<string, [label: string, choices: [key: number | string, name: string][]]>} */
const FEW = {
  experts: ["Experts", [4, 8].map((each) => [each, String(each)])],
  k: ["Experts a token, k", [1, 2].map((each) => [each, String(each)])],
  steps: ["Steps", [20, 40, 80, 160].map((each) => [each, String(each)])],
  rate: ["Peak learning rate", [0.0001, 0.0005, 0.002].map((each) => [each, String(each)])],
  texts: [
    "Trained on",
    [
      ["texts", "the six texts"],
      ["passages", "passages at hand"],
    ],
  ],
};
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

/** @param {UpcyclingTraining} data @param {ViewContext<any>} ctx */
export function settings(data, ctx) {
  /** @type {Record<string, string | number>} */
  const own = {
    experts: data.experts,
    k: data.k,
    steps: data.steps,
    rate: data.rate,
    texts: data.texts,
    seed: data.seed,
  };
  const chosen = (/** @type {string} */ name) =>
    typeof own[name] === "number" ? Number(ctx.controls[name] ?? own[name]) : String(ctx.controls[name] ?? own[name]);
  return html`
    <div class="settings-row ruled">
      ${Object.entries(FEW).map(
        ([name, [label, choices]]) => html`
          <div class="setting">
            <span>${label}</span>
            ${segmented({ label, choices, chosen: chosen(name), choose: (key) => ask(ctx, name, key) })}
          </div>`,
      )}
      ${number({ label: "Seed", value: Number(chosen("seed")), least: 0, most: LARGEST_SEED, choose: (value) => ask(ctx, "seed", value) })}
    </div>`;
}
