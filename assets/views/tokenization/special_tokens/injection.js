// @ts-check
/**
 * One text read as text and with the tokens that its marks name: what the model makes of either.
 *
 * @import { Floats } from "../../../types/shared"
 * @import { ReadSide, SpecialTokensInjection } from "../../../types/tokenization"
 * @import { Row, View, ViewContext } from "../../../kit/view"
 * @import { Drafts } from "../../../kit/controls/typed.js"
 */

import { rove } from "../../../kit/controls/roving.js";
import { forget } from "../../../kit/controls/typed.js";
import { legend } from "../../../kit/drawing/legend.js";
import { counted, decimal, percent, precise } from "../../../kit/numbers/format.js";
import { svgToken, token, tokenText } from "../../../kit/text/tokens.js";
import { max, scaleLinear } from "../../../vendor/d3.js";
import { html, nothing, svg } from "../../../vendor/lit.js";
import { chip, endsLine } from "./chips.js";
import { field } from "./fields.js";

const [ROW, NAMES, NUMBERS] = [22, 108, 64];
/** Tokens of the text that are drawn before the first that differs. */
const BEFORE = 6;
const MOST = 240;

/** Quick enough to follow what is typed. */
export const follows = true;

/** @type {View<SpecialTokensInjection, Drafts>} */
export function injection(data, ctx) {
  return html`
    ${written(data, ctx)}
    ${
      data.text && data.token
        ? sides(data, data.text, data.token, ctx.width)
        : html`<p class="readout">${data.reason}</p>`
    }`;
}

/**
 * A row for each of either side's likeliest next tokens.
 * @param {SpecialTokensInjection} data
 * @returns {Row[]}
 */
export function rows({ text, token, other }) {
  if (!text || !token || !other) return [];
  return [text, token].flatMap((side, at) =>
    side.next_ids.map((id, nth) => ({
      read_as: at ? "tokens" : "text",
      next: tokenText(id),
      id,
      probability: side.next_p.a[nth],
      read_the_other_way: other.a[at * side.next_ids.length + nth],
    })),
  );
}

/** @param {SpecialTokensInjection} data @param {ViewContext<Drafts>} ctx */
function written({ said, usual }, ctx) {
  if (!usual) return nothing;
  const own = Boolean(ctx.controls.said) && said !== usual;
  return html`
    <div class="fields one">
      ${field(
        {
          name: "said",
          note: "with the marks of this model’s template",
          value: said || usual,
          lines: 5,
          mono: true,
        },
        ctx,
      )}
      ${
        own
          ? html`<button class="btn" type="button" @click=${() => {
              forget("said", ctx);
              ctx.control("said", "");
            }}>Back to the example</button>`
          : nothing
      }
    </div>`;
}

/**
 * @param {SpecialTokensInjection} data
 * @param {ReadSide} text
 * @param {ReadSide} tokens
 * @param {number} width
 */
function sides(data, text, tokens, width) {
  const narrow = width < 860;
  const each = narrow ? width : (width - 36) / 2;
  const scale = Math.max(0.05, ...[text, tokens].map(({ next_p }) => max(next_p.a) ?? 0));
  return html`
    <p class="readout">${finding(data, text, tokens)}</p>
    <div class="two-readings">
      ${side("Read as text", "everything that the user types stays in the user’s turn", text, data, 0, each, scale)}
      ${side("Read as tokens", "the typed marks end the user’s turn and begin others", tokens, data, 1, each, scale)}
    </div>`;
}

/** @param {SpecialTokensInjection} data @param {ReadSide} text @param {ReadSide} tokens */
function finding({ kl, tried }, text, tokens) {
  const [one, two] = [text.next_ids[0], tokens.next_ids[0]];
  const first =
    one === two
      ? html`The likeliest next token is ${token(one)} in both readings, with ${percent(text.next_p.a[0])} and
          ${percent(tokens.next_p.a[0])}.`
      : html`The likeliest next token is ${token(one)} as text and ${token(two)} as tokens.`;
  const shorter = text.ids.length - tokens.ids.length;
  const marks = tokens.special.filter(Boolean).length - text.special.filter(Boolean).length;
  return html`The same characters are <b>${counted(text.ids.length, "token")}</b> as text. They are
    <b>${tokens.ids.length}</b> (${shorter} fewer) when ${counted(marks, "mark")} ${marks === 1 ? "is a" : "are"}
    special
    ${marks === 1 ? "token" : "tokens"}. The distribution of the next token moves by <b>${decimal(kl ?? 0, 3)} nats</b>
    (KL, text to tokens). ${first} ${chosen(tried)}`;
}

/** Why this conversation is shown. @param {number[]} tried */
const chosen = (tried) =>
  tried.length > 1
    ? `Of ${tried.length} forged conversations the page shows the one with the largest effect; the ${
        tried.length > 2 ? "others move" : "other moves"
      } it by ${tried
        .slice(1)
        .map((kl) => decimal(kl, 3))
        .join(" and ")} nats.`
    : "";

/**
 * @param {string} name
 * @param {string} says
 * @param {ReadSide} side
 * @param {SpecialTokensInjection} data
 * @param {number} at
 * @param {number} width
 * @param {number} scale
 */
function side(name, says, { ids, special, next_ids, next_p, text, done }, data, at, width, scale) {
  const { first, other, start, after } = data;
  const from = Math.max(0, first - BEFORE);
  const shown = ids.slice(from, from + MOST);
  const writing = done ? "It writes nothing." : "The model is still writing.";
  return html`
    <section>
      <h3 class="sub3">${name} <small>${says}</small></h3>
      <div class="tokens boxed" data-rove @keydown=${rove} role="group"
        aria-label="${name}: tokens from the first difference on">
        ${from ? html`<span class="hint">… the first ${from} tokens are the same …</span>` : nothing}
        ${shown.map((id, nth) => {
          const typed = from + nth >= start && from + nth < ids.length - after;
          const kind = typed ? (special[from + nth] ? "typed" : "said") : special[from + nth] ? "special" : "written";
          const shown = chip(id, kind, { first: nth === 0, at: from + nth });
          return html`${shown}${endsLine(id) ? html`<i class="break"></i>` : nothing}`;
        })}
      </div>
      <h4>Next token</h4>
      ${legend([
        ["solid", at ? "read as tokens" : "read as text"],
        ["tick", at ? "the same token read as text" : "the same token read as tokens"],
      ])}
      ${likeliest(next_ids, next_p, other, at, width, scale)}
      <h4>The model continues</h4>
      <p class="then">${
        text.length ? text.map((id) => html`${token(id)}<wbr>`) : html`<span class="muted">${writing}</span>`
      }</p>
    </section>`;
}

/**
 * @param {number[]} ids
 * @param {Floats} p
 * @param {Floats | null} other
 * @param {number} at
 * @param {number} width
 * @param {number} most
 */
function likeliest(ids, p, other, at, width, most) {
  const x = scaleLinear([0, most], [NAMES, width - NUMBERS]);
  const label = ids.map((id, nth) => `${tokenText(id)} ${precise(p.a[nth])}`).join(", ");
  return svg`
    <svg class="fig next-tokens" viewBox="0 0 ${width} ${ids.length * ROW}" width=${width} height=${ids.length * ROW}
      role="img" aria-label="Likeliest next tokens: ${label}">
      ${ids.map((id, nth) => {
        const [y, mine, theirs] = [nth * ROW, p.a[nth], other ? other.a[at * ids.length + nth] : 0];
        return svg`
          ${svgToken(id, { x: NAMES - 8, y: y + 15, anchor: "end", most: 13 })}
          <rect class="share" x=${NAMES} y=${y + 5} width=${Math.max(1, x(mine) - NAMES)} height="12" rx="1" />
          <rect class="tick" x=${x(Math.min(theirs, most)) - 1} y=${y + 3} width="2" height="16">
            <title>in the other reading: ${precise(theirs)}</title>
          </rect>
          <text class="num" x=${width} y=${y + 15} text-anchor="end">${precise(mine)}</text>`;
      })}
    </svg>`;
}
