// @ts-check
/**
 * What rules and changes are called.
 *
 * @import { ItemChange, ItemRule, OneItemOpened } from "../../../types/evaluation"
 */

/** @type {Record<ItemRule["rule"], { name: string, metric: string, formula: string }>} */
export const RULES = {
  sum: { name: "sum", metric: "acc", formula: "log p" },
  characters: { name: "by characters", metric: "acc_norm", formula: "log p / characters" },
  bytes: { name: "by bytes", metric: "acc_bytes", formula: "log p / bytes" },
  tokens: { name: "by tokens", metric: "by tokens", formula: "log p / tokens" },
  mutual_info: { name: "mutual information", metric: "acc_mutual_info", formula: "log p − log p without the prompt" },
};

/** @type {Record<ItemChange["name"], string>} */
const CHANGES = {
  "as it is": "as it is",
  "BOS first": "BOS before the prompt",
  "no delimiter": "no delimiter",
  "new line": "a new line as delimiter",
  "space moved": "the space in the prompt, moved",
  "space kept": "the space in the prompt, kept",
};

/** @param {ItemChange["name"]} name */
export const said = (name) => CHANGES[name];

/** @param {Pick<OneItemOpened, "gold">} data @param {number} choice */
export const isRight = ({ gold }, choice) => choice === gold;
