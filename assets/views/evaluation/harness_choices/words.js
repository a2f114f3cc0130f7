// @ts-check
/**
 * What the rows and columns are called.
 *
 * @import { HarnessChoices } from "../../../types/evaluation"
 */
import { counted } from "../../../kit/numbers/format.js";

/** @type {Record<HarnessChoices["rules"][number], string>} */
export const METRICS = {
  sum: "acc",
  characters: "acc_norm",
  bytes: "acc_bytes",
  tokens: "by tokens",
  mutual_info: "mutual info",
};

/** @type {Record<HarnessChoices["variants"][number], string>} */
const NAMES = {
  "lm-eval": "as lm-eval",
  "BOS first": "BOS before the prompt",
  "no delimiter": "no delimiter",
  "new line": "a new line as delimiter",
  "space kept": "the space kept in the prompt",
  "other examples": "other examples drawn",
  reversed: "examples in reverse order",
  "no examples": "no examples",
};

/** @param {HarnessChoices} data @param {number} variant */
export function variantName({ variants, shots }, variant) {
  const name = NAMES[variants[variant]];
  return variant ? name : `${name}, ${counted(shots, "example")}`;
}
