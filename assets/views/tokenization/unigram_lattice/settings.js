// @ts-check
/**
 * The vocabulary (a real one, or one trained here on a passage) and the text.
 *
 * @import { UnigramSettings } from "../../../types/tokenization"
 * @import { ViewContext } from "../../../kit/view"
 * @import { Context } from "./lattice.js"
 */
import { control } from "../../../kit/controls/declared.js";
import { EMPTY, forget, typed, typedText } from "../../../kit/controls/typed.js";
import { whole } from "../../../kit/numbers/format.js";
import { html } from "../../../vendor/lit.js";

const PUBLISHED = "xlmr";
const EXAMPLES = [
  "unbelievable",
  "the wilderness",
  "enchantress",
  "internationalization",
  "Ångström café",
  "日本語のテキスト",
];

/** @param {UnigramSettings} settings @param {ViewContext<any>} ctx */
export function vocabulary(settings, ctx) {
  const { choices } = ctx.declared("vocabulary");
  return html`
    <div class="bar unigram-bar">
      ${control(ctx, "vocabulary", {
        choices: choices?.map(([key, name]) => [key, key === PUBLISHED ? `${name}, ${settings.published}` : name]),
      })}
      ${ctx.controls.vocabulary === PUBLISHED ? "" : training(settings, ctx)}
    </div>`;
}

/** What is trained on, and how many tokens. @param {UnigramSettings} settings @param {ViewContext<any>} ctx */
export function training(settings, ctx) {
  return html`
    ${control(ctx, "passage")}
    ${control(ctx, "size", { value: settings.size, least: settings.least, format: whole })}`;
}

/** @param {Context} ctx */
export function field(ctx) {
  const shown = typedText("typed", ctx.controls.typed === EMPTY ? "" : undefined, ctx);
  return html`
    <div class="typed-row">
      ${typed(
        {
          name: "typed",
          value: shown,
          empty: EMPTY,
          single: true,
        },
        ctx,
      )}
      <div class="chips" role="group" aria-label="Examples">
        ${EXAMPLES.map(
          (text) =>
            html`<button class="chip" type="button" aria-pressed=${text === shown}
              @click=${() => take(text, ctx)}>${text}</button>`,
        )}
      </div>
    </div>`;
}

/** @param {string} text @param {Context} ctx */
function take(text, ctx) {
  forget("typed", ctx);
  ctx.control("typed", text);
}
