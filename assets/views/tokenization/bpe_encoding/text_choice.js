// @ts-check
/**
 * The tokenizer, and the text: the prompt, or one that is typed.
 *
 * @import { BpeEncodingSteps } from "../../../types"
 * @import { Context } from "./steps.js"
 */
import { segmented } from "../../../kit/controls.js";
import { html } from "../../../vendor/lit.js";

const LONGEST = 3900;
const PAUSE = 300;
const EXAMPLES = [
  "unhappiness",
  " unbelievably",
  "antidisestablishmentarianism",
  "Fußgängerübergänge 🚶",
  "        return x",
];
/** @type {WeakMap<EventTarget, ReturnType<typeof setTimeout>>} */
const typing = new WeakMap();

/** @param {BpeEncodingSteps} data @param {Context} ctx */
export function chooser(data, ctx) {
  const source = String(ctx.controls.source ?? data.source);
  const shown = textOf(data, source, ctx);
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
        <button class="chip" type="button" aria-pressed=${source === "prompt"} @click=${() => take("prompt", "", ctx)}>The prompt</button>
        ${EXAMPLES.map(
          (text) => html`<button class="chip" type="button" aria-pressed=${source === "typed" && shown === text}
            @click=${() => take("typed", text, ctx)}>${text.trim()}</button>`,
        )}
      </div>
    </div>
    <textarea class="typed" rows="1" maxlength=${LONGEST} spellcheck="false" dir="auto"
      aria-label="The text that is encoded; what is typed here takes its place" .value=${shown}
      @input=${(/** @type {Event} */ event) => edit(event, ctx)}></textarea>`;
}

/** @param {BpeEncodingSteps} data @param {string} source @param {Context} ctx */
function textOf(data, source, { controls, kept }) {
  const typed = String(controls.typed ?? "");
  const { draft } = kept;
  if (draft && (draft.text === typed || draft.over === typed)) return draft.text;
  return source === "typed" ? typed : data.text;
}

/** @param {string} source @param {string} text @param {Context} ctx */
function take(source, text, ctx) {
  ctx.keep({ draft: null });
  ctx.control("word", -1);
  if (source === "typed") ctx.control("typed", text);
  ctx.control("source", source);
}

/** @param {Event} event @param {Context} ctx */
function edit(event, ctx) {
  const field = /** @type {HTMLTextAreaElement} */ (event.target);
  const text = field.value.slice(0, LONGEST);
  ctx.keep({ draft: { text, over: String(ctx.controls.typed ?? "") } });
  clearTimeout(typing.get(field));
  typing.set(
    field,
    setTimeout(() => {
      ctx.control("word", -1);
      ctx.control("typed", text);
      ctx.control("source", "typed");
    }, PAUSE),
  );
}
