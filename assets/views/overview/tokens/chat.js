// @ts-check
/**
 * The prompt's tokens without and with the chat template; what the template alone wrote is set apart.
 *
 * @import { TemplateSide, TokensChat } from "../../../types/overview"
 * @import { Row, View, ViewContext } from "../../../kit/view"
 * @import { TemplateResult } from "lit-html"
 */

import { rove } from "../../../kit/controls/roving.js";
import { counted, whole } from "../../../kit/numbers/format.js";
import { piece, tokenText } from "../../../kit/text/tokens.js";
import { rawToken, spokenIn, vocabularyOf } from "../../../kit/text/vocabulary.js";
import { tooltip } from "../../../kit/tooltip.js";
import { sum } from "../../../vendor/d3.js";
import { html, nothing } from "../../../vendor/lit.js";

/** @type {View<TokensChat>} */
export function chat(data, ctx) {
  const { has_template, plain, chat, at, used } = data;
  const [own, templated] = kindsOf(data);
  const there = ctx.there && !alike(data, ctx.there, ctx) ? ctx.there : null;
  return html`
    ${compared(data, ctx)}
    <div class="template-sides">
      <div>
        ${side("Template off", plain, textsOf(plain), own, { used: used === "plain" })}
        ${
          there
            ? side(ctx.beside.start, there.plain, textsThere(there.plain, ctx), kindsOf(there)[0], { there: true })
            : nothing
        }
      </div>
      <div>
        ${
          has_template
            ? side("Template on", chat, textsOf(chat), templated, { used: used === "chat", cut: at < 0 })
            : without(html`<h3>Template on</h3>`, "This model’s")
        }
        ${there ? otherOn(there, ctx) : nothing}
      </div>
    </div>`;
}

/**
 * @param {TokensChat} data
 * @param {ViewContext<any, TokensChat>} ctx
 * @returns {Row[]}
 */
export function rows(data, ctx) {
  const { there, beside } = ctx;
  if (!there) return listed(data, textsOf, {});
  const other = listed(there, (side) => textsThere(side, ctx), { run: beside.name });
  return [...listed(data, textsOf, { run: "this run" }), ...other];
}

/** @param {TokensChat} data @param {(side: TemplateSide) => string[]} texts @param {object} run */
function listed(data, texts, run) {
  const [own, templated] = kindsOf(data);
  const lines = (/** @type {TemplateSide} */ side, /** @type {string[]} */ kinds, /** @type {string} */ template) => {
    const words = texts(side);
    return side.ids.map((id, at) => ({ ...run, template, position: at, token: words[at], id, kind: kinds[at] }));
  };
  return [...lines(data.plain, own, "off"), ...lines(data.chat, templated, "on")];
}

/** @param {TemplateSide} side */
const textsOf = ({ ids }) => ids.map(tokenText);

/** By the other run's vocabulary. @param {TemplateSide} side @param {Pick<ViewContext, "other">} ctx */
const textsThere = (side, { other }) => spokenIn(vocabularyOf(other?.strings), () => textsOf(side));

/**
 * Whether both runs have the same tokens, byte for byte, with the template and without it.
 * @param {TokensChat} here
 * @param {TokensChat} there
 * @param {Pick<ViewContext, "other">} ctx
 */
function alike(here, there, { other }) {
  const bytes = ({ plain, chat } = here) =>
    [plain, chat].map(({ ids, count }) => [count, ids.map((id) => JSON.stringify(rawToken(id) ?? id))].join(" "));
  const theirs = spokenIn(vocabularyOf(other?.strings), () => bytes(there));
  return bytes(here).every((side, at) => side === theirs[at]);
}

/** What both templates add, in words. @param {TokensChat} here @param {ViewContext<any, TokensChat>} ctx */
function compared(here, ctx) {
  const { there, beside, other } = ctx;
  if (!there) return nothing;
  if (alike(here, there, ctx))
    return html`<p class="readout basenote">Both runs have the same tokens here, with the chat template and without
      it.</p>`;
  const title = other?.model?.title;
  const added = there.chat.count - there.plain.count;
  const theirs = there.has_template
    ? html`${title}’s template adds <b data-added=${added}>${counted(added, "token")}</b>, ${whole(
        there.n_special,
      )} of them special, to a prompt of ${counted(there.plain.count, "token")}`
    : html`${title} has no template; its prompt has
      <b data-added="0">${counted(there.plain.count, "token")}</b>`;
  const ours = here.has_template
    ? `the template adds ${counted(here.chat.count - here.plain.count, "token")} to ${whole(here.plain.count)}`
    : `there is no template, and the prompt has ${counted(here.plain.count, "token")}`;
  return html`<p class="readout basenote">${beside.start}, ${theirs}. In this run, ${ours}.</p>`;
}

/** @param {TokensChat} there @param {ViewContext} ctx */
const otherOn = (there, ctx) =>
  there.has_template
    ? side(ctx.beside.start, there.chat, textsThere(there.chat, ctx), kindsOf(there)[1], {
        ...{ there: true, cut: there.at < 0 },
      })
    : without(html`<h3 class="there"><i class="mark dot"></i>${ctx.beside.start}</h3>`, "That model’s");

/** @param {TemplateResult} head @param {string} whose */
const without = (head, whose) => html`
  ${head}
  <p class="hint">${whose} tokenizer has no chat template, so the model reads the text as it is.</p>`;

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
      return at < 0 ? "your text or the template" : isWritten(index) ? "written by the template" : "your text";
    }),
  ];
}

/**
 * @param {string} title
 * @param {TemplateSide} side
 * @param {string[]} texts
 * @param {string[]} kinds
 * @param {object} is
 * @param {boolean} [is.used] whether this run read it
 * @param {boolean} [is.cut] whether the text is cut differently inside the template
 * @param {boolean} [is.there] whether it is of the other run
 */
function side(title, side, texts, kinds, { used, cut, there }) {
  const { ids, special, count } = side;
  const marks = sum(special, Number);
  const facts = [counted(count, "token"), marks ? `${marks} special` : "", used ? "read by this run" : ""];
  return html`
    <h3 class=${there ? "there" : ""}>${there ? html`<i class="mark dot"></i>` : nothing}${title}<small>${facts
      .filter(Boolean)
      .join(", ")}</small></h3>
    <div class="chips scroll" role="group" aria-label="${title}: its tokens; the arrow keys move through them" data-rove
      @keydown=${rove}>
      ${ids.map((id, at) => chip(texts[at], id, kinds[at], at === 0))}
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
