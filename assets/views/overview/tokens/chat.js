// @ts-check
/**
 * The prompt's tokens without and with the chat template; what the template alone wrote is set apart.
 *
 * @import { ChatBeside, SideBeside, TemplateSide, TokensChat } from "../../../types/overview"
 * @import { Row, View, ViewContext } from "../../../kit/view"
 * @import { TemplateResult } from "lit-html"
 *
 * @typedef {TemplateSide | SideBeside} Side
 */

import { rove } from "../../../kit/controls/roving.js";
import { counted, whole } from "../../../kit/numbers/format.js";
import { piece, tokenText } from "../../../kit/text/tokens.js";
import { tooltip } from "../../../kit/tooltip.js";
import { sum } from "../../../vendor/d3.js";
import { html, nothing } from "../../../vendor/lit.js";

/** @type {View<TokensChat>} */
export function chat(data, ctx) {
  const { has_template, plain, chat, at, used, base } = data;
  const [own, templated] = kindsOf(data);
  return html`
    ${compared(data, ctx)}
    <div class="template-sides">
      <div>
        ${side("Template off", plain, own, { used: used === "plain" })}
        ${base ? side(ctx.beside.start, base.plain, kindsOf(base)[0], { there: true }) : nothing}
      </div>
      <div>
        ${
          has_template
            ? side("Template on", chat, templated, { used: used === "chat", cut: at < 0 })
            : without(html`<h3>Template on</h3>`, "This model’s")
        }
        ${base ? otherOn(base, ctx) : nothing}
      </div>
    </div>`;
}

/**
 * @param {TokensChat} data
 * @param {ViewContext} ctx
 * @returns {Row[]}
 */
export function rows(data, { beside }) {
  const both = (/** @type {TokensChat | ChatBeside} */ of, /** @type {object} */ run) => {
    const [own, templated] = kindsOf(of);
    return [
      ...listed(of.plain, own, { ...run, template: "off" }),
      ...listed(of.chat, templated, { ...run, template: "on" }),
    ];
  };
  if (!data.base) return both(data, {});
  return [...both(data, { run: "this run" }), ...both(data.base, { run: beside.name })];
}

/** @param {Side} side @param {string[]} kinds @param {object} of */
const listed = (side, kinds, of) =>
  side.ids.map((id, at) => ({ ...of, position: at, token: textOf(side, at), id, kind: kinds[at] }));

/** @param {Side} side @param {number} at */
const textOf = (side, at) => ("texts" in side ? side.texts[at] : tokenText(side.ids[at]));

/** What both templates add, in words. @param {TokensChat} data @param {ViewContext} ctx */
function compared({ base, plain, chat, has_template }, { beside }) {
  if (!base) return nothing;
  const added = base.chat.count - base.plain.count;
  const there = base.has_template
    ? html`${base.title}’s template adds <b data-added=${added}>${counted(added, "token")}</b>, ${whole(
        base.n_special,
      )} of them special, to a prompt of ${counted(base.plain.count, "token")}`
    : html`${base.title} has no template; its prompt has
      <b data-added="0">${counted(base.plain.count, "token")}</b>`;
  const here = has_template
    ? `the template adds ${counted(chat.count - plain.count, "token")} to ${whole(plain.count)}`
    : `there is no template, and the prompt has ${counted(plain.count, "token")}`;
  return html`<p class="readout basenote">${beside.start}, ${there}. In this run, ${here}.</p>`;
}

/** @param {ChatBeside} base @param {ViewContext} ctx */
const otherOn = (base, { beside }) =>
  base.has_template
    ? side(beside.start, base.chat, kindsOf(base)[1], { there: true, cut: base.at < 0 })
    : without(html`<h3 class="there"><i class="mark dot"></i>${beside.start}</h3>`, "That model’s");

/** @param {TemplateResult} head @param {string} whose */
const without = (head, whose) => html`
  ${head}
  <p class="hint">${whose} tokenizer has no chat template, so the model reads the text as it is.</p>`;

/**
 * What each token of either side is. The plain tokens stand in the templated ones from `at` on, if unbroken.
 * @param {TokensChat | ChatBeside} data
 * @returns {[string[], string[]]}
 */
function kindsOf({ plain, chat, at }) {
  const isWritten = (/** @type {number} */ index) => at >= 0 && (index < at || index >= at + plain.count);
  return [
    plain.special.map((special) => (special ? "special token" : "your text")),
    chat.special.map((special, index) => {
      if (special) return "special token";
      return at < 0 ? "your text or the template" : isWritten(index) ? "written by the template" : "your text";
    }),
  ];
}

/**
 * @param {string} title
 * @param {Side} side
 * @param {string[]} kinds
 * @param {object} is
 * @param {boolean} [is.used] whether this run read it
 * @param {boolean} [is.cut] whether the text is cut differently inside the template
 * @param {boolean} [is.there] whether it is of the run beside this one
 */
function side(title, side, kinds, { used, cut, there }) {
  const { ids, special, count } = side;
  const marks = sum(special, Number);
  const facts = [counted(count, "token"), marks ? `${marks} special` : "", used ? "read by this run" : ""];
  return html`
    <h3 class=${there ? "there" : ""}>${there ? html`<i class="mark dot"></i>` : nothing}${title}<small>${facts
      .filter(Boolean)
      .join(", ")}</small></h3>
    <div class="chips scroll" role="group" aria-label="${title}: its tokens; the arrow keys move through them" data-rove
      @keydown=${rove}>
      ${ids.map((id, at) => chip(textOf(side, at), id, kinds[at], at === 0))}
    </div>
    ${count > ids.length ? html`<p class="hint">${counted(count - ids.length, "more token")} not drawn.</p>` : nothing}
    ${cut ? html`<p class="hint">Inside the template, the tokenizer cuts the text differently.</p>` : nothing}`;
}

/**
 * @param {string} text
 * @param {number} id
 * @param {string} kind
 * @param {boolean} first
 */
function chip(text, id, kind, first) {
  const tip = tooltip(text, [
    ["id", whole(id)],
    ["kind", kind],
  ]);
  const look = kind === "special token" ? "special" : kind === "your text" ? "" : "added";
  return html`<span class="chip-token ${look}" tabindex=${first ? 0 : -1} @pointermove=${tip.show}
    @pointerleave=${tip.hide} @focus=${tip.beside} @blur=${tip.hide}>${piece(text, "")}</span>`;
}
