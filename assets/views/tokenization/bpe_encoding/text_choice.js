// @ts-check
/**
 * The tokenizer, and the text: the prompt, or one that is typed.
 *
 * @import { BpeEncodingSteps } from "../../../types/tokenization"
 * @import { Context } from "./steps.js"
 */
import { control } from "../../../kit/controls/declared.js";
import { forget, typed, typedText } from "../../../kit/controls/typed.js";
import { html, nothing } from "../../../vendor/lit.js";

const EXAMPLES = [
  "unhappiness",
  " unbelievably",
  "antidisestablishmentarianism",
  "Fußgängerübergänge 🚶",
  "        return x",
];

/** @param {BpeEncodingSteps} data @param {Context} ctx */
export function chooser(data, ctx) {
  const source = ctx.controls.source ?? data.source;
  const shown = typedText("typed", ctx.controls.source === "typed" ? undefined : data.text, ctx);
  return html`
    <div class="bar encode-bar">
      ${control(ctx, "tokenizer", {
        as: "segmented",
        own: data.tokenizer,
        choices: data.choices.map((each) => [each.name, each.title]),
        before: () => ctx.control("word", -1),
      })}
      <div class="chips" role="group" aria-label="Texts">
        <button class="chip" type="button" aria-pressed=${source === "prompt"}
          @click=${() => take("prompt", "", ctx)}>The prompt</button>
        ${EXAMPLES.map(
          (text) => html`<button class="chip" type="button" aria-pressed=${source === "typed" && shown === text}
            @click=${() => take("typed", text, ctx)}>${text.trim()}</button>`,
        )}
      </div>
    </div>
    ${typed(
      {
        name: "typed",
        value: shown,
        taken: () => {
          ctx.control("word", -1);
          ctx.control("source", "typed");
        },
      },
      ctx,
    )}
    ${data.instead && !ctx.controls.source ? html`<p class="hint">${instead(data, ctx)}</p>` : nothing}`;
}

/** Why the selected token is not shown. @param {BpeEncodingSteps} data @param {Context} ctx */
const instead = (
  data,
  ctx,
) => html`The selected token’s word <b class="mono">${data.instead}</b> takes few merges, so the
  page shows a longer word. <button type="button" class="btn small" @click=${() => take("prompt", "", ctx)}>Show the
    prompt</button>`;

/** @param {string} source @param {string} text @param {Context} ctx */
function take(source, text, ctx) {
  forget("typed", ctx);
  ctx.control("word", -1);
  if (source === "typed") ctx.control("typed", text);
  ctx.control("source", source);
}
