// @ts-check
/**
 * The token that the views show: one that was chosen in them, else the run's at the selected position.
 *
 * @import { ViewContext } from "../../../kit/view"
 */
import { whole } from "../../../kit/numbers/format.js";
import { token, tokenText } from "../../../kit/text/tokens.js";
import { html } from "../../../vendor/lit.js";

/** @param {ViewContext<any>} ctx @param {number} id */
export const choose = (ctx, id) => ctx.control("token", id);

/**
 * A token that is chosen by pressing it.
 * @param {number} id
 * @param {ViewContext<any>} ctx
 * @param {string} [className]
 */
export const pick = (id, ctx, className = "") => html`
  <button type="button" class="pick ${className}" title="id ${whole(id)}"
    aria-label="${tokenText(id)}, id ${id}: show its neighbours"
    @click=${() => choose(ctx, id)}>${token(id, { className: "" })}</button>`;
