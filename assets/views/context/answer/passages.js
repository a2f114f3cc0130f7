// @ts-check
/**
 * The passages as the model reads them, and what in them is not plain reading.
 *
 * @import { AnswerCauses, AnswerPassage } from "../../../types/context"
 */
import { counted, percent } from "../../../kit/numbers/format.js";
import { html, nothing } from "../../../vendor/lit.js";

/** @param {AnswerCauses} data */
export const passages = ({ passages: given }) =>
  given.length
    ? html`
      <h3 class="sub3">The passages as the model reads them</h3>
      <ol class="given">
        ${given.map(
          (each) => html`<li><b>[${each.number}] ${each.title}</b> <small>${counted(each.tokens, "token")}</small>
          ${marked(each).map((text) => html`<span class="chip warn">${text}</span>`)}
          <p dir="auto">${each.text || html`<i class="muted">empty</i>`}</p></li>`,
        )}
      </ol>`
    : nothing;

/** @param {AnswerPassage} passage @returns {string[]} */
function marked({ dropped, tags, orders, right_to_left: turned, unseen, special }) {
  return [
    dropped && `${counted(dropped, "token")} cut off`,
    tags && `${counted(tags, "tag")} of markup, read as text`,
    special && `${counted(special, "name")} of special tokens, read as text`,
    turned > 0 && `${percent(turned)} right to left`,
    unseen && `${counted(unseen, "character")} that nobody sees`,
    ...orders.map((words) => `speaks to the model: “${words}”`),
  ].filter((each) => typeof each === "string");
}
