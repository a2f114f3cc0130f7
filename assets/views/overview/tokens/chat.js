// @ts-check
/**
 * The prompt's tokens without and with the chat template; what the template alone wrote is set apart.
 *
 * @import { TemplateSide, TokensChat } from "../../../types"
 * @import { Row, View } from "../../../kit/view"
 */
import { counted, whole } from "../../../kit/format.js";
import { rove } from "../../../kit/roving.js";
import { token, tokenText } from "../../../kit/tokens.js";
import { tooltip } from "../../../kit/tooltip.js";
import { sum } from "../../../vendor/d3.js";
import { html, nothing } from "../../../vendor/lit.js";

/** @type {View<TokensChat>} */
export function chat(data) {
  const { has_template, plain, chat, at, used } = data;
  const [own, templated] = kindsOf(data);
  return html`
    <div class="template-sides">
      ${side("Template off", plain, own, used === "plain")}
      ${has_template ? side("Template on", chat, templated, used === "chat", at < 0) : without}
    </div>`;
}

/**
 * @param {TokensChat} data
 * @returns {Row[]}
 */
export function rows(data) {
  const [own, templated] = kindsOf(data);
  const listed = (/** @type {TemplateSide} */ { ids }, /** @type {string[]} */ kinds, /** @type {string} */ template) =>
    ids.map((id, at) => ({ template, position: at, token: tokenText(id), id, kind: kinds[at] }));
  return [...listed(data.plain, own, "off"), ...listed(data.chat, templated, "on")];
}

const without = html`
  <div>
    <h3>Template on</h3>
    <p class="hint">This model’s tokenizer comes without a chat template: the text is read as it is.</p>
  </div>`;

/**
 * What each token of either side is. The plain tokens stand in the templated ones from `at` on, if unbroken.
 * @param {TokensChat} data
 * @returns {[string[], string[]]}
 */
function kindsOf({ plain, chat, at }) {
  const isWritten = (/** @type {number} */ index) => at >= 0 && (index < at || index >= at + plain.count);
  return [
    plain.special.map((special) => (special ? "special token" : "your text")),
    chat.special.map((special, index) => {
      if (special) return "special token";
      return at < 0 ? "of text or template" : isWritten(index) ? "written by the template" : "your text";
    }),
  ];
}

/**
 * @param {string} title
 * @param {TemplateSide} side
 * @param {string[]} kinds
 * @param {boolean} used whether this run read it
 * @param {boolean} [cut] whether the text is cut differently inside the template
 */
function side(title, { ids, special, count }, kinds, used, cut) {
  const marks = sum(special, Number);
  const facts = [counted(count, "token"), marks ? `${marks} special` : "", used ? "read by this run" : ""];
  return html`
    <div>
      <h3>${title}<small>${facts.filter(Boolean).join(", ")}</small></h3>
      <div class="chips scroll" role="group" aria-label="${title}: its tokens; arrow keys walk them" data-rove
        @keydown=${rove}>
        ${ids.map((id, at) => chip(id, kinds[at], at === 0))}
      </div>
      ${count > ids.length ? html`<p class="hint">${whole(count - ids.length)} more are not drawn.</p>` : nothing}
      ${cut ? html`<p class="hint">Inside the template the text is cut differently than on its own.</p>` : nothing}
    </div>`;
}

/**
 * @param {number} id
 * @param {string} kind
 * @param {boolean} first
 */
function chip(id, kind, first) {
  const tip = tooltip(tokenText(id), [
    ["id", whole(id)],
    ["kind", kind],
  ]);
  const look = kind === "special token" ? "special" : kind === "your text" ? "" : "added";
  return html`<span class="chip-token ${look}" tabindex=${first ? 0 : -1} @pointermove=${tip.show}
    @pointerleave=${tip.hide} @focus=${tip.beside} @blur=${tip.hide}>${token(id, { className: "" })}</span>`;
}
