// @ts-check
/**
 * What the trainings are made of.
 *
 * @import { UpcyclingTraining } from "../../../types"
 * @import { Choices } from "../../../kit/job_settings"
 * @import { ViewContext } from "../../../kit/view"
 */
import { jobSettings } from "../../../kit/job_settings.js";

/** @type {Choices} */
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

/** @param {UpcyclingTraining} data @param {ViewContext<any>} ctx */
export const settings = ({ experts, k, steps, rate, texts, seed }, ctx) =>
  jobSettings(ctx, FEW, { experts, k, steps, rate, texts, seed });
