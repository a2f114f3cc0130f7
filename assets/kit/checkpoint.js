// @ts-check
/**
 * A checkpoint of a training on the page, opened in the Walk as any model is.
 *
 * @import { TrainedCheckpoint } from "../types/shared"
 * @import { ViewContext } from "./view"
 */
import { html, nothing } from "../vendor/lit.js";

const WALK = "walk";

/**
 * A button for each training that has a checkpoint at that step; while it trains, the last one that is kept.
 * @param {Pick<ViewContext, "open" | "recorded">} ctx
 * @param {TrainedCheckpoint[]} checkpoints
 * @param {{ names: Record<string, string>, step?: number }} shown names of the trainings, as the picture has them
 */
export function openCheckpoints(ctx, checkpoints, { names, step }) {
  const found = Object.keys(names).flatMap((arm) => {
    const own = checkpoints.filter((each) => each.arm === arm && (step === undefined || each.step === step));
    return own.slice(-1);
  });
  if (!found.length || ctx.recorded) return nothing;
  return html`
    <p class="checkpoints">
      ${found.map(
        (each) => html`
          <button class="btn" type="button" @click=${() => ctx.open(each.model, WALK)}>
            Open “${names[each.arm]}” after ${each.step} steps in the Walk
          </button> `,
      )}
      <span class="hint">A <b>checkpoint</b> opens in every panel, as a model of its own. Its link trains it anew
        where it is not kept.</span>
    </p>`;
}
