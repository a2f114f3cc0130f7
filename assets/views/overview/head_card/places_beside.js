// @ts-check
/**
 * The head of the same number in the other run's model: where it writes most in the same passages.
 *
 * @import { HeadPlace, HeadPlaces } from "../../../types/overview"
 * @import { BesideWords } from "../../../kit/view"
 */
import { counted, decimal, headName } from "../../../kit/numbers/format.js";
import { figures } from "../../../kit/numbers/magnitude.js";
import { piece } from "../../../kit/text/tokens.js";
import { html } from "../../../vendor/lit.js";

/** @typedef {NonNullable<HeadPlaces["base"]>} Base */

/**
 * How much the two heads have in common.
 * @param {HeadPlaces} data
 * @param {Base} base
 * @param {BesideWords} words
 */
export function placesBeside({ layer, head, of, places }, base, { start }) {
  const listed = places.length;
  return html`${start}, ${headName(layer, head)} of <b>${base.model}</b> writes most at the same token in
    <b data-same=${base.same}>${base.same}</b> of ${counted(of, "passage")}. <b data-both=${base.both}>${base.both}</b>
    of the
    ${counted(listed, "passage")} listed here ${base.both === 1 ? "is" : "are"} also among the first ${listed} there.`;
}

/**
 * One passage there.
 * @param {Base} base
 * @param {number} at
 * @param {HeadPlace} here
 * @param {number} of passages
 * @param {BesideWords} words
 */
export function placeThere({ places }, at, here, of, { start }) {
  const { rank, size, weight, token, read, same, same_read } = places[at];
  const where = same ? "at the same token" : html`at “${piece(token)}”`;
  const key = same_read ? "the same token" : html`“${piece(read)}”`;
  return html`<p class="hint there">${start}, it writes most ${where} and reads ${key}: length ${decimal(size, 1)}
    (× ${figures(size / here.size)}), weight ${decimal(weight)}, number ${rank} of ${of} by length.</p>`;
}
