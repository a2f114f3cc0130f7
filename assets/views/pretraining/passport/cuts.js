// @ts-check
/**
 * What is cut out of a document: the page part by part, then the text at each stage that changes it.
 *
 * @import { PassportCuts, PassportPiece } from "../../../types/pretraining"
 * @import { Row, View } from "../../../kit/view"
 */
import { counted, percent, whole } from "../../../kit/numbers/format.js";
import { html, nothing } from "../../../vendor/lit.js";

export const follows = true;

/** @type {View<PassportCuts>} */
export function cuts(data) {
  const { blocks, kept, cut, texts, text, ended, html: page } = data;
  return html`
    ${
      blocks.length
        ? html`
          <h3 class="sub3">The page, part by part</h3>
          <p class="readout">Extraction keeps <b>${whole(kept)}</b> of ${counted(kept + cut, "word")}
            (${percent(kept / (kept + cut), 0)}). A part is named by the elements that it stands in.</p>
          <div class="passage" tabindex="0" role="region"
            aria-label="The parts of the page, what is cut struck through">
            ${blocks.map(
              ({ path, pieces }) => html`
              <p><small>${path || "body"}</small> ${pieces.map(piece)}</p>`,
            )}
          </div>
          <details><summary>The page as it was served</summary>
            <pre class="passage" tabindex="0">${page}</pre>
          </details>`
        : nothing
    }
    ${texts.map(
      ({ stage, pieces }) => html`
      <h3 class="sub3">${stage}</h3>
      <p class="readout">${rulesOf(pieces)}</p>
      <div class="passage text" tabindex="0" role="region" aria-label="The text at ${stage}, what is cut struck through"
        >${pieces.map(piece)}</div>`,
    )}
    ${texts.length ? nothing : html`<p class="hint">No later stage cuts anything out of this text.</p>`}
    <h3 class="sub3">The text at the end <small>${ended}</small></h3>
    <div class="passage text" tabindex="0" role="region" aria-label="The text at the end">${text || "nothing"}</div>`;
}

/** @param {PassportCuts} data @returns {Row[]} */
export const rows = ({ blocks, texts }) => [
  ...blocks.flatMap(({ path, pieces }) => pieces.map((each) => ({ stage: "extraction", place: path, ...each }))),
  ...texts.flatMap(({ stage, pieces }) => pieces.map((each) => ({ stage, place: "", ...each }))),
];

/** @param {PassportPiece} piece */
function piece({ text, by, put }) {
  if (!by) return html`${text} `;
  const instead = put ? html`<ins title="put in its place by ${by}">${put}</ins>` : nothing;
  return html`<del title="cut by ${by}">${text}</del>${instead} `;
}

/** How many pieces each rule cuts. @param {readonly PassportPiece[]} pieces */
function rulesOf(pieces) {
  /** @type {Map<string, number>} */
  const found = new Map();
  for (const { by } of pieces) if (by) found.set(by, (found.get(by) ?? 0) + 1);
  return [...found].map(([by, count], at) => html`${at ? ", " : ""}<code>${by}</code> ${counted(count, "time")}`);
}
