// @ts-check
/**
 * What this run and the one beside it wrote after the same prompt, and where they part.
 *
 * @import { TokensTable } from "../../../types/overview"
 * @import { ViewContext } from "../../../kit/view"
 */
import { whole } from "../../../kit/numbers/format.js";
import { token } from "../../../kit/text/tokens.js";
import { tooltip } from "../../../kit/tooltip.js";
import { html, nothing } from "../../../vendor/lit.js";

/**
 * @typedef {object} Written
 * @property {string} name
 * @property {number[]} ids
 * @property {boolean[]} special
 * @property {string} className
 */

/**
 * @param {TokensTable} data
 * @param {ViewContext} ctx
 */
export function bothTexts({ base, special }, ctx) {
  const { nPrompt } = ctx.run;
  const own = ctx.run.ids.slice(nPrompt);
  if (!base || !(base.ids.length || own.length)) return nothing;
  const { first } = base;
  if (first === null) {
    const same = own.length === 1 ? "token" : `${whole(own.length)} tokens`;
    return html`<div class="both-texts"><p class="readout">${ctx.beside.The} wrote the same ${same}.</p></div>`;
  }
  const now = { name: "This run wrote", ids: own, special: special.slice(nPrompt), className: "now" };
  const was = { name: `${ctx.beside.The} wrote`, ids: base.ids, special: base.special, className: "was" };
  return html`
    <div class="both-texts">
      ${written(now, nPrompt, first)} ${written(was, nPrompt, first)}
      <p class="hint">The texts differ from position ${first} on (underlined). The page compares the runs before it.</p>
    </div>`;
}

/**
 * @param {Written} text
 * @param {number} from position of its first token
 * @param {number} first position at which the texts differ
 */
function written({ name, ids, special, className }, from, first) {
  return html`
    <div class="written">
      <span class="name">${name}</span>
      <div class="chips scroll">
        ${ids.map((id, at) => chip(id, `${className} ${special[at] ? "special" : ""}`, from + at, from + at === first))}
        ${ids.length ? nothing : html`<span class="hint">nothing</span>`}
      </div>
    </div>`;
}

/**
 * @param {number} id
 * @param {string} className
 * @param {number} position
 * @param {boolean} parts whether the texts part here
 */
function chip(id, className, position, parts) {
  const tip = tooltip(`Position ${position}${parts ? ", the first difference" : ""}`, [["id", whole(id)]]);
  return html`<span class="chip-token ${className} ${parts ? "first" : ""}" data-id=${id} @pointermove=${tip.show}
    @pointerleave=${tip.hide}>${token(id, { className: "" })}</span>`;
}
