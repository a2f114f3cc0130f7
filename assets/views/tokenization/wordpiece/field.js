// @ts-check
/**
 * The text: the prompt's first words, or what is typed.
 *
 * @import { WordpieceGreedy } from "../../../types/tokenization"
 * @import { Context } from "./greedy.js"
 */
import { EMPTY, forget, typed, typedText } from "../../../kit/controls/typed.js";
import { html, nothing } from "../../../vendor/lit.js";

const EXAMPLES = [
  "mistrust, undeserving, perspiration",
  "Zoë’s naïve CAFÉ",
  "a 🚀 and x≠y",
  "unbelievableness",
  "日本語 und Fußgänger",
];

/** @param {WordpieceGreedy} data @param {Context} ctx */
export function field(data, ctx) {
  const link = String(ctx.controls.typed || data.text);
  const shown = typedText("typed", link === EMPTY ? "" : link, ctx);
  return html`
    <div class="chips" role="group" aria-label="Examples">
      ${EXAMPLES.map(
        (text) =>
          html`<button class="chip" type="button" aria-pressed=${text === shown}
            @click=${() => take(text, ctx)}>${text}</button>`,
      )}
    </div>
    ${typed(
      {
        name: "typed",
        value: shown,
        empty: EMPTY,
        taken: () => ctx.control("word", -1),
      },
      ctx,
    )}
    ${data.instead && !ctx.controls.typed ? html`<p class="hint">${instead(ctx)}</p>` : nothing}`;
}

/** Why the prompt is not shown. @param {Context} ctx */
function instead(ctx) {
  const prompt = ctx.run.text.slice(0, ctx.declared("typed").longest);
  return html`Every word of the prompt is one token, so the page shows another text.
    <button type="button" class="btn small" @click=${() => take(prompt, ctx)}>Show the prompt</button>`;
}

/** @param {string} text @param {Context} ctx */
function take(text, ctx) {
  forget("typed", ctx);
  ctx.control("word", -1);
  ctx.control("typed", text);
}
