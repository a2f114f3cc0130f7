// @ts-check
/**
 * What is drafted, and how.
 *
 * @import { SpeculationRounds, SpeculativeCorpus as SpecSettings } from "../../../types/inference"
 * @import { ViewContext } from "../../../kit/view"
 * @import { Played } from "./played.js"
 */
import { control } from "../../../kit/controls/declared.js";
import { decimal } from "../../../kit/numbers/format.js";
import { html, nothing } from "../../../vendor/lit.js";
import { isPartial, KINDS } from "./kinds.js";

/** What else changes with a setting. @param {ViewContext<Played>} ctx */
export const stop = (ctx) => ({ before: () => ctx.keep({ playing: false }) });

/** @param {ViewContext<Played>} ctx @param {string} draft @param {readonly string[]} kinds of the model */
export const drafts = (ctx, draft, kinds) =>
  control(ctx, "draft", {
    own: draft,
    choices: KINDS.filter(([kind]) => kinds.includes(kind)),
    label: "",
    ...stop(ctx),
  });

/**
 * @param {SpeculationRounds} data
 * @param {ViewContext<Played>} ctx
 */
export function settings(data, ctx) {
  return html`
    <div class="settings-row">
      ${blocks(data, ctx)} ${control(ctx, "gamma", stop(ctx))} ${heat(ctx)}
      ${ctx.controls.temperature ? control(ctx, "seed", { own: data.seed, ...stop(ctx) }) : nothing}
      ${control(ctx, "new", stop(ctx))}
    </div>`;
}

/** @param {ViewContext<Played>} ctx */
export const heat = (ctx) =>
  control(ctx, "temperature", { format: (value) => (value === 0 ? "0, greedy" : decimal(value, 1)), ...stop(ctx) });

/**
 * Of a draft that is some of the model's own blocks.
 * @param {Pick<SpecSettings, "blocks" | "draft" | "n_layers">} data
 * @param {ViewContext<Played>} ctx
 */
export function blocks({ blocks, draft, n_layers }, ctx) {
  if (!isPartial(String(ctx.controls.draft ?? draft))) return nothing;
  const format = (/** @type {number} */ value) => `${value} of ${n_layers}`;
  return control(ctx, "blocks", { own: blocks, most: n_layers, format, ...stop(ctx) });
}
