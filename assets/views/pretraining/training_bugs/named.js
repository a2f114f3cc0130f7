// @ts-check
/**
 * The bugs: what is wrong, what is right, and where it happened.
 *
 * @import { ViewContext } from "../../../kit/view"
 * @typedef {{ wrong: string, right: string, says: string, where: string }} Bug
 */
import { control } from "../../../kit/controls/declared.js";
import { html } from "../../../vendor/lit.js";

/** @type {Record<string, Bug>} */
export const BUGS = {
  accumulation: {
    wrong: "mean over rows of (mean over tokens)",
    right: "sum over all tokens / all tokens",
    says: "Each row is a small batch. The mean of the rows’ means weighs a token of a short row more.",
    where: `transformers accumulated so until version 4.46 (pull request 34191); models that ignored the count went on
      (issue 37766).`,
  },
  warmup: {
    wrong: "rate(t) = peak · t / warm-up",
    right: "rate(t) = peak · (t + 1) / warm-up",
    says: "Steps are counted from 0, so the first rate is 0: the first batch changes no weight.",
    where: `Of the Pythia models on the hub step1 equals step0 (pythia issue 83; gpt-neox mended it by pull request
      1379). The same: torchtune issue 2010, verl issue 3674.`,
  },
  shift: {
    wrong: "position i is asked for token i + 2",
    right: "position i is asked for token i + 1",
    says: "The caller shifts the labels, and so does the model. The model learns the token after the next.",
    where: `transformers’ GIT did so from version 4.49 on (issue 47394); its documentation did not say that models
      shift labels themselves (pull request 44642).`,
  },
  packing: {
    wrong: "i reads j where j ≤ i",
    right: "i reads j where j ≤ i and both are of one document",
    says: "Documents stand one behind another in a row. Without a mask a document reads those before it.",
    where: `Asked of transformers (issue 25452), Unsloth (issue 1207) and LLM Foundry (issue 1464). nanochat’s log
      reports no gain from the mask at its size.`,
  },
  everything: {
    wrong: "all weights are decayed",
    right: "matrices are decayed; gains and the embedding are not",
    says: "Decay pulls a gain towards 0, where its natural value is 1, and the vectors of bytes that are never read.",
    where: `Asked of Lit-LLaMA (issue 254); Fast-LLM lost the exception in a rewrite (issue 542). Of embeddings
      conventions differ: nanoGPT decays them, OLMo 2 does not.`,
  },
  inside: {
    wrong: "g ← g + wd · W, then Adam",
    right: "W ← W (1 − rate · wd), and Adam on g",
    says: "Adam divides the decay by the gradient’s size as well, so that wd no longer says how much is decayed.",
    where: `The weight_decay of torch.optim.Adam is this one; AdamW was asked for in 2017 (pytorch pull request
      3740; Loshchilov and Hutter, arXiv 1711.05101).`,
  },
  unscheduled: {
    wrong: "W ← W (1 − peak · wd)",
    right: "W ← W (1 − rate(t) · wd)",
    says: "The rate falls to 0 at the end; the decay does not follow it, and no gradient puts the weights back.",
    where: "TensorFlow Addons’ AdamW: the caller had to schedule the decay as well (issue 844).",
  },
};

/** @param {string} bug */
export const about = (bug) => html`
  <dl class="rules">
    <div><dt>wrong</dt><dd><code>${BUGS[bug].wrong}</code></dd></div>
    <div><dt>right</dt><dd><code>${BUGS[bug].right}</code></dd></div>
  </dl>`;

/** @param {ViewContext<any>} ctx @param {unknown} [more] */
export const choices = (ctx, more) => html`
  <div class="settings-row ruled">
    ${control(ctx, "bug", { as: "select" })} ${control(ctx, "steps")} ${more} ${control(ctx, "decay")}
    ${control(ctx, "seed")}
  </div>`;
