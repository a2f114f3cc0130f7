// @ts-check
/**
 * The text that is judged: an example, or one's own.
 *
 * @import { Drafts } from "../../../kit/controls/typed.js"
 * @import { ViewContext } from "../../../kit/view"
 */
import { control } from "../../../kit/controls/declared.js";
import { forget, typed, typedText } from "../../../kit/controls/typed.js";
import { html } from "../../../vendor/lit.js";

/** @param {string} text @param {ViewContext<any>} ctx @param {unknown} [more] controls beside the example */
export function judgedText(text, ctx, more = "") {
  const example = (/** @type {string | number} */ to) => {
    ctx.control("example", to);
    ctx.control("text", "");
    forget("text", ctx);
  };
  return html`
    <div class="settings-row">${control(ctx, "example", { as: "select", choose: example })} ${more}</div>
    ${typed({ name: "text", value: typedText("text", text, ctx), lines: [3, 9], plain: true }, ctx)}`;
}
