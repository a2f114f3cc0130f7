// @ts-check
/** The stages as models. */
import { html, nothing } from "../../../vendor/lit.js";

/** @import { ViewContext } from "../../../kit/view" */

/**
 * A button a stage, that opens its model in the Walk.
 * @param {readonly { name: string, title: string, model: string }[]} stages
 * @param {ViewContext<any>} ctx
 */
export const opened = (stages, ctx) =>
  ctx.recorded
    ? nothing
    : html`
      <p class="cluster">
        ${stages.map(
          ({ title, model }) =>
            html`<button class="btn" type="button" @click=${() => ctx.open(model, "walk")}>Open ${title} in the
              Walk</button>`,
        )}
      </p>`;
