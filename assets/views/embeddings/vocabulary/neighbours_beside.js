// @ts-check
/**
 * The same token's neighbours in the other run's model, or another token's, and which of them both have.
 *
 * @import { NearThere, VocabularyNeighbours } from "../../../types/embeddings"
 * @import { BesideWords, Row, ViewContext } from "../../../kit/view"
 */
import { decimal, whole } from "../../../kit/numbers/format.js";
import { piece, token, tokenText } from "../../../kit/text/tokens.js";
import { html } from "../../../vendor/lit.js";
import { pick } from "./chosen.js";

/** Where nothing is held against this token. @param {BesideWords} words */
export const sameWords = ({ start }) => `${start} the vectors are the same, and so are this token’s neighbours.`;

/**
 * How many neighbours the models share, table by table, and how many this one cannot have.
 * @param {VocabularyNeighbours} data
 * @param {NonNullable<VocabularyNeighbours["base"]>} base
 * @param {BesideWords} words
 */
export function sharedWords({ id, tied }, base, { start }) {
  const twice = base.sides.length > 1 || !tied;
  const held = base.same
    ? html`, <b>${base.model}</b>, ${token(id)} is token ${whole(base.id)} of ${whole(base.d_vocab)}.`
    : html` the vectors are the same; its token at this position is ${piece(base.label)}, here ${token(id)}.`;
  return html`${start}${held}${base.sides.map((side) => {
    const none = side.here.filter((each) => each === null).length;
    const lacks = none ? `; this vocabulary lacks ${whole(none)} of them` : "";
    return html` Of its ${side.ids.length} nearest${twice ? ` in ${side.table}` : ""}
        <b data-shared=${side.shared.length}>${side.shared.length || "none"}</b>
        ${side.shared.length === 1 ? "is" : "are"} also among the nearest here${lacks}.`;
  })}`;
}

/**
 * One neighbour of the other model: pressed where this run's vocabulary has it, with its cosine here.
 * @param {NearThere} side
 * @param {number} at
 * @param {ViewContext} ctx
 */
export function neighbourThere({ here, texts, cosines, cosines_here, shared }, at, ctx) {
  const id = here[at];
  const known = cosines_here[at];
  const name =
    id === null
      ? html`<span class="lacking" title="this run’s vocabulary lacks this token">${piece(texts[at], "mono")}</span>`
      : pick(id, ctx, shared.includes(id) ? "both" : "");
  return {
    name,
    value: decimal(cosines.a[at], 3),
    here: known === null ? "not here" : `here ${decimal(known, 3)}`,
  };
}

/**
 * @param {VocabularyNeighbours} data
 * @param {NonNullable<VocabularyNeighbours["base"]>} base
 * @returns {Row[]}
 */
export const rowsBeside = ({ id }, base) =>
  base.sides.flatMap(({ table, ids, texts, cosines, cosines_here, here }) =>
    ids.map((near, at) => ({
      token: tokenText(id),
      run: "other",
      table,
      rank: at + 1,
      neighbour: texts[at],
      id: near,
      cosine: cosines.a[at],
      id_here: here[at],
      cosine_here: cosines_here[at],
    })),
  );
