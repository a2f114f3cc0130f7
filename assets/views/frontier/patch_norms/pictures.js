// @ts-check
/**
 * Which picture is looked at: a sample, or one that was brought.
 *
 * @import { ViewContext } from "../../../kit/view"
 * @import { Takes } from "../../../kit/pictures/own_picture.js"
 */
import { ownPicture } from "../../../kit/pictures/own_picture.js";
import { html } from "../../../vendor/lit.js";

/** @param {Takes & { pictures: string[] }} data @param {ViewContext<any>} ctx */
export const pictures = (data, ctx) => html`
  <div class="chips">
    ${data.pictures.map(
      (name) => html`<button class="chip" type="button" aria-pressed=${name === data.picture}
        @click=${() => ctx.control("picture", name)}>${name}</button>`,
    )}
    ${ownPicture(data, ctx)}
  </div>`;
