// @ts-check
/**
 * The places of a corpus at which a head writes most, with the token that it reads there.
 *
 * @import { HeadPlace, HeadPlaces, PlaceThere } from "../../../types/overview"
 * @import { Content } from "../../../kit/numbers/table"
 * @import { Row, View } from "../../../kit/view"
 */

import { legend } from "../../../kit/drawing/legend.js";
import { counted, decimal } from "../../../kit/numbers/format.js";
import { readText, tokenText } from "../../../kit/text/tokens.js";
import { html, nothing } from "../../../vendor/lit.js";
import { placesBeside, placeThere } from "./places_beside.js";

/** @type {View<HeadPlaces>} */
export function places(data, { beside }) {
  const { base } = data;
  const read =
    data.passages === data.of ? counted(data.of, "passage") : `${data.passages} of ${data.of} passages so far`;
  return html`
    <div class="bar">
      <p class="readout">Read: ${read}, ${counted(data.tokens, "token")}. The longest output comes first.</p>
      ${legend([
        ["writes", "the head writes here"],
        ["reads", "and reads this token most, apart from the first"],
      ])}
    </div>
    ${base ? html`<p class="readout basenote">${placesBeside(data, base, beside)}</p>` : nothing}
    <ol class="places">
      ${data.places.map((found, at) => place(found, base && placeThere(base, at, found, data.of, beside)))}
    </ol>`;
}

/**
 * @param {HeadPlaces} data
 * @returns {Row[]}
 */
export const rows = (data) =>
  data.places.map((found, at) => ({
    kind: found.kind,
    document: found.document,
    position: found.position,
    token: tokenText(found.ids[found.position - found.first]),
    length: found.size,
    read: found.key,
    read_token: tokenText(found.key_id),
    weight: found.weight,
    weight_on_first: found.start,
    ...(data.base ? there(data.base.places[at]) : {}),
  }));

/** @param {PlaceThere} place */
const there = ({ rank, size, weight, token, read, same }) => ({
  rank_in_other_run: rank,
  length_in_other_run: size,
  token_in_other_run: token,
  read_token_in_other_run: read,
  weight_in_other_run: weight,
  same_token: same,
});

/**
 * @param {HeadPlace} found
 * @param {Content} other the same passage in the other run's model
 */
function place(found, other) {
  const seen = found.key >= found.first;
  return html`
    <li>
      <p class="words">
        ${
          seen
            ? nothing
            : html`<span class="tok reads">${tokenText(found.key_id)}</span> <span
              class="muted">${counted(found.first - found.key - 1, "token")} later</span>`
        }
        ${found.ids.map((id, at) => html`<span class=${markOf(found, found.first + at)}>${readText(id)}</span>`)}
      </p>
      <p class="hint">
        ${found.kind}, ${found.document}: length ${decimal(found.size, 1)}, weight ${decimal(found.weight)} on
        ${
          found.position - found.key === 0
            ? "itself"
            : `the token ${counted(found.position - found.key, "position")} back`
        },
        ${decimal(found.start)} on the first token
      </p>
      ${other ?? nothing}
    </li>`;
}

/**
 * @param {HeadPlace} found
 * @param {number} position
 */
function markOf(found, position) {
  const marks = ["tokword"];
  if (position === found.position) marks.push("writes");
  if (position === found.key) marks.push("reads");
  return marks.join(" ");
}
