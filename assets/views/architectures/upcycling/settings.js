// @ts-check
/**
 * What the trainings are made of.
 *
 * @import { UpcyclingTraining } from "../../../types"
 * @import { ViewContext } from "../../../kit/view"
 */
import { few, trainedOn } from "../../../kit/settings.js";
import { html } from "../../../vendor/lit.js";

const LARGEST_SEED = 2 ** 31 - 1;

/** @param {UpcyclingTraining} data @param {ViewContext<any>} ctx */
export const settings = (data, ctx) => html`
  <div class="settings-row ruled">
    ${few(ctx, { name: "experts", label: "Experts", own: data.experts, choices: [4, 8] })}
    ${few(ctx, { name: "k", label: "Experts a token, k", own: data.k, choices: [1, 2] })}
    ${few(ctx, { name: "steps", label: "Steps", own: data.steps, choices: [20, 40, 80, 160] })}
    ${few(ctx, { name: "rate", label: "Peak learning rate", own: data.rate, choices: [0.0001, 0.0005, 0.002] })}
    ${trainedOn(ctx, data, LARGEST_SEED)}
  </div>`;
