// @ts-check
/**
 * What the templates of two runs write around what was said, place by place.
 *
 * @import { MarksBeside, SpecialTokensConversation, WrittenMark } from "../../../types/tokenization"
 * @import { Row, ViewContext } from "../../../kit/view"
 */

import { rove } from "../../../kit/controls/roving.js";
import { legend } from "../../../kit/drawing/legend.js";
import { counted, whole } from "../../../kit/numbers/format.js";
import { html, nothing } from "../../../vendor/lit.js";
import { named } from "./chips.js";

/** Tokens of a place that are drawn. */
const MOST = 200;

/** Both in numbers. @param {SpecialTokensConversation} data @param {ViewContext} ctx */
export function compared({ base, ids, said, special, reason }, { beside }) {
  if (!base) return nothing;
  if (base.reason)
    return html`<p class="readout basenote">${beside.start} ${base.title} has no template for this conversation. Its
      tokenizer puts ${base.lead.length ? base.lead.map(one) : "nothing"} before every text.</p>`;
  const marked = special.filter(Boolean).length;
  if (!base.places.length) {
    const against = reason ? "" : `, against ${whole(ids.length)} with ${whole(marked)} here`;
    return html`<p class="readout basenote">${beside.start} ${base.title}’s template makes <b
        data-tokens=${base.n_tokens}>${counted(base.n_tokens, "token")}</b> of the conversation,
      ${whole(base.n_special)} of them special${against}.</p>`;
  }
  const own = said.filter(Boolean).length;
  const wrote = base.n_tokens - base.n_said;
  const here = reason
    ? "; here there is no template"
    : html`, against ${whole(ids.length - own)} with ${whole(marked)} here. What was said itself
      is ${counted(base.n_said, "token")} there and ${whole(own)} here`;
  const same = base.same_marks ? " Both templates write the same." : "";
  return html`<p class="readout basenote">${beside.start} ${base.title}’s template writes <b
      data-wrote=${wrote}>${counted(
        wrote,
        "token",
      )}</b> around what was said, ${whole(base.n_special)} of them special${here}.${same}</p>`;
}

/** Place by place. @param {SpecialTokensConversation} data @param {ViewContext} ctx */
export function places({ base, reason }, { beside }) {
  if (!base || base.reason || base.same_marks) return nothing;
  if (!base.places.length)
    return html`<p class="hint">One of the two templates changes or repeats what was said, so the two cannot be compared
      place by place.</p>`;
  return html`
    <h3 class="sub3">Around what was said</h3>
    ${legend([["dot", `${beside.name}: ${base.title}`]])}
    <ol class="around">
      ${base.places.map(
        (place) => html`
          <li>
            <span class="where">${where(place)}</span>
            <div>${reason ? nothing : marks(place.here)}
              <div class="there">
                <i class="mark dot"></i><span class="unseen">${beside.name}</span>${marks(place.there)}
              </div>
            </div>
          </li>`,
      )}
    </ol>`;
}

/** A row for each token that the other run’s template writes. @param {SpecialTokensConversation} data
 * @param {ViewContext} ctx @returns {Row[]} */
export function marksThere({ base }, { beside }) {
  if (!base) return [];
  const row = (/** @type {WrittenMark} */ { id, text, special }, /** @type {string} */ around) => ({
    ...{ run: beside.name, token: text, id, special, said: false, around },
  });
  if (base.reason) return base.lead.map((mark) => row(mark, "before every text"));
  return base.places.flatMap((place) => place.there.map((mark) => row(mark, where(place))));
}

/** @param {MarksBeside} place */
function where({ after, before }) {
  if (!after) return `before the ${before}’s words`;
  return before ? `between the ${after}’s words and the ${before}’s` : `after the ${after}’s words`;
}

/** @param {WrittenMark} mark @param {number} at */
const one = ({ id, text, special }, at) => named(text, id, special ? "special" : "written", { first: at === 0 });

/** @param {WrittenMark[]} found */
const marks = (found) =>
  found.length
    ? html`<div class="tokens" data-rove @keydown=${rove}>
        ${found.slice(0, MOST).map(one)}
        ${found.length > MOST ? html`<span class="hint">and ${whole(found.length - MOST)} more</span>` : nothing}
      </div>`
    : html`<span class="muted">nothing</span>`;
