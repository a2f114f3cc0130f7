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
import { EMPTY, forget, typed, typedText } from "../../../kit/typed.js";
import { html } from "../../../vendor/lit.js";

const LONGEST = 40;
const STEP = 50;
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
  const link = String(ctx.controls.typed ?? data.typed);
  const shown = typedText("typed", link === EMPTY ? "" : link, ctx);
  return html`
    <div class="typed-row">
      ${typed(
        {
          name: "typed",
          value: shown,
          label: `The text that is cut, at most ${LONGEST} characters`,
          longest: LONGEST,
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
