// @ts-check
/** Tokens as chips with their ids: special ones, those that were said, those that the template wrote. */
import { whole } from "../../../kit/numbers/format.js";
import { piece, tokenText } from "../../../kit/text/tokens.js";
import { tooltip } from "../../../kit/tooltip.js";
import { html } from "../../../vendor/lit.js";

/** @typedef {"special" | "said" | "written" | "new" | "typed"} Kind */

/** @type {Record<Kind, string>} */
const KINDS = {
  special: "special token",
  said: "what a person says, as text",
  written: "written by the template",
  new: "written by the model",
  typed: "special token that a person typed",
};

/** @typedef {{ first?: boolean, at?: number }} Place `first`: the one that Tab reaches; `at`: its position */

/** @param {number} id @param {Kind} kind @param {Place} [place] */
export const chip = (id, kind, place) => named(tokenText(id), id, kind, place);

/**
 * One whose text the page was given: it may be of another vocabulary.
 * @param {string} text
 * @param {number} id
 * @param {Kind} kind
 * @param {Place} [place]
 */
export function named(text, id, kind, { first = false, at } = {}) {
  const tip = tooltip(text, [
    ["id", whole(id)],
    ...(at === undefined ? [] : [/** @type {[string, string]} */ (["position", whole(at)])]),
    ["kind", KINDS[kind]],
  ]);
  return html`<span class="chip-token ${kind}" tabindex=${first ? 0 : -1} role="img"
    aria-label="${text}, id ${id}, ${KINDS[kind]}"
    @pointermove=${tip.show} @pointerleave=${tip.hide} @focus=${tip.beside}
    @blur=${tip.hide}>${piece(text, "")}<small>${id}</small></span>`;
}

/** Whether a line of the text ends in a token. @param {number} id */
export const endsLine = (id) => tokenText(id).includes("↵");
