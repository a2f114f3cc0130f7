// @ts-check
/** Colours of the stages of a model’s training, and of the best policy that there is: names of the page’s colours. */

/** @type {Record<string, string>} */
export const STAGES = { base: "ink3", sft: "prob", dpo: "pos", grpo: "ok", ppo: "neg", best: "ink" };
