// @ts-check
/**
 * The text: the prompt's first words, or what is typed.
 *
 * @import { WordpieceGreedy } from "../../../types"
 * @import { Context } from "./greedy.js"
 */
import { html } from "../../../vendor/lit.js";

const LONGEST = 400;
/** An empty text, in a link. */
const EMPTY = " ";
const PAUSE = 300;
const EXAMPLES = [
  "mistrust, undeserving, perspiration",
  "Zoë’s naïve CAFÉ",
  "a 🚀 and x≠y",
  "unbelievableness",
  "日本語 und Fußgänger",
];
/** @type {WeakMap<EventTarget, ReturnType<typeof setTimeout>>} */
const typing = new WeakMap();

/** @param {WordpieceGreedy} data @param {Context} ctx */
export function field(data, ctx) {
  const shown = textOf(data, ctx);
  return html`
    <div class="chips" role="group" aria-label="Examples">
      ${EXAMPLES.map(
        (text) =>
          html`<button class="chip" type="button" aria-pressed=${text === shown} @click=${() => take(text, ctx)}>${text}</button>`,
      )}
    </div>
    <textarea class="typed" rows="1" maxlength=${LONGEST} spellcheck="false" dir="auto"
      aria-label="The text that is cut, up to ${LONGEST} characters" .value=${shown}
      @input=${(/** @type {Event} */ event) => edit(event, ctx)}></textarea>`;
}

/** What is being typed, until it is taken. @param {WordpieceGreedy} data @param {Context} ctx */
function textOf(data, { controls, kept }) {
  const typed = String(controls.typed ?? data.text);
  const { draft } = kept;
  if (draft && ((draft.text || EMPTY) === typed || draft.over === typed)) return draft.text;
  return typed === EMPTY ? "" : typed;
}

/** @param {string} text @param {Context} ctx */
function take(text, ctx) {
  ctx.keep({ draft: null });
  ctx.control("word", -1);
  ctx.control("typed", text);
}

/** @param {Event} event @param {Context} ctx */
function edit(event, ctx) {
  const input = /** @type {HTMLTextAreaElement} */ (event.target);
  ctx.keep({ draft: { text: input.value, over: String(ctx.controls.typed ?? input.defaultValue) } });
  clearTimeout(typing.get(input));
  typing.set(
    input,
    setTimeout(() => {
      ctx.control("word", -1);
      ctx.control("typed", input.value || EMPTY);
    }, PAUSE),
  );
}
