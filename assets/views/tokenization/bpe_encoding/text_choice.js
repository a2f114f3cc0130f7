// @ts-check
/**
 * The tokenizer, and the text: the prompt, or one that is typed.
 *
 * @import { BpeEncodingSteps } from "../../../types"
 * @import { Context } from "./steps.js"
 */
import { segmented } from "../../../kit/controls.js";
import { forget, typed, typedText } from "../../../kit/typed.js";
import { html, nothing } from "../../../vendor/lit.js";

const LONGEST = 3900;
const EXAMPLES = [
  "unhappiness",
  " unbelievably",
  "antidisestablishmentarianism",
  "Fußgängerübergänge 🚶",
  "        return x",
];

/** @param {BpeEncodingSteps} data @param {Context} ctx */
export function chooser(data, ctx) {
  const source = String(ctx.controls.source || data.source);
  const own = source === "typed" && !(data.instead && !ctx.controls.source);
  const shown = typedText("typed", own ? String(ctx.controls.typed ?? "") : data.text, ctx);
  return html`
    <div class="bar encode-bar">
      ${segmented({
        label: "Tokenizer",
        choices: data.choices.map((each) => [each.name, each.title]),
        chosen: String(ctx.controls.tokenizer ?? data.tokenizer),
        choose: (name) => {
          ctx.control("word", -1);
          ctx.control("tokenizer", name);
        },
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
        label: "The text that is encoded; edit it to use your own",
        longest: LONGEST,
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
