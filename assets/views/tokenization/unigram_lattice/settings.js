// @ts-check
/**
 * The vocabulary (a real one, or one trained here on a passage) and the text.
 *
 * @import { UnigramLatticeLattice, UnigramSettings } from "../../../types"
 * @import { ViewContext } from "../../../kit/view"
 * @import { Context } from "./lattice.js"
 */
import { segmented, slider } from "../../../kit/controls.js";
import { whole } from "../../../kit/format.js";
import { select } from "../../../kit/select.js";
import { html } from "../../../vendor/lit.js";

const LONGEST = 40;
/** An empty text, in a link. */
const EMPTY = " ";
const PAUSE = 250;
const STEP = 50;
const EXAMPLES = [
  "unbelievable",
  "the wilderness",
  "enchantress",
  "internationalization",
  "Ångström café",
  "日本語のテキスト",
];
/** @type {WeakMap<EventTarget, ReturnType<typeof setTimeout>>} */
const typing = new WeakMap();

/** @param {UnigramSettings} settings @param {ViewContext<any>} ctx */
export function vocabulary(settings, ctx) {
  const chosen = String(ctx.controls.vocabulary ?? settings.vocabulary);
  return html`
    <div class="bar unigram-bar">
      ${segmented({
        label: "Vocabulary",
        choices: settings.vocabularies.map(({ name, title, note }) => [name, note ? `${title}, ${note}` : title]),
        chosen,
        choose: (name) => ctx.control("vocabulary", name),
      })}
      ${chosen === "trained" ? training(settings, ctx) : ""}
    </div>`;
}

/** What is trained on, and how many tokens. @param {UnigramSettings} settings @param {ViewContext<any>} ctx */
export function training(settings, ctx) {
  return html`
    ${select({
      label: "Passage",
      choices: settings.passages.map(({ name, title }) => [name, title]),
      chosen: String(ctx.controls.passage ?? settings.passage),
      choose: (name) => ctx.control("passage", name),
    })}
    ${slider({
      label: "Tokens",
      value: settings.size,
      least: settings.least,
      most: settings.most,
      step: STEP,
      format: whole,
      choose: (size) => ctx.control("size", size),
    })}`;
}

/** @param {UnigramLatticeLattice} data @param {Context} ctx */
export function field(data, ctx) {
  const shown = textOf(data, ctx);
  return html`
    <div class="typed-row">
      <input class="typed" type="text" maxlength=${LONGEST} spellcheck="false" autocomplete="off" dir="auto"
        aria-label="The text that is cut, up to ${LONGEST} characters" .value=${shown}
        @input=${(/** @type {Event} */ event) => edit(event, ctx)} />
      <div class="chips" role="group" aria-label="Examples">
        ${EXAMPLES.map(
          (text) =>
            html`<button class="chip" type="button" aria-pressed=${text === shown} @click=${() => take(text, ctx)}>${text}</button>`,
        )}
      </div>
    </div>`;
}

/** What is being typed, until it is taken. @param {UnigramLatticeLattice} data @param {Context} ctx */
function textOf(data, { controls, kept }) {
  const typed = String(controls.typed ?? data.typed);
  const { draft } = kept;
  if (draft && ((draft.text || EMPTY) === typed || draft.over === typed)) return draft.text;
  return typed === EMPTY ? "" : typed;
}

/** @param {string} text @param {Context} ctx */
function take(text, ctx) {
  ctx.keep({ draft: null });
  ctx.control("typed", text);
}

/** @param {Event} event @param {Context} ctx */
function edit(event, ctx) {
  const input = /** @type {HTMLInputElement} */ (event.target);
  ctx.keep({ draft: { text: input.value, over: String(ctx.controls.typed ?? "") } });
  clearTimeout(typing.get(input));
  typing.set(
    input,
    setTimeout(() => ctx.control("typed", input.value || EMPTY), PAUSE),
  );
}
