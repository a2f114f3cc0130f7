// @ts-check
/**
 * Small texts that show a habit: a leading space, a run of digits, indentation.
 *
 * @import { TokenizersHabits, WorkedCase, WorkedText } from "../../../types/tokenization"
 * @import { Row, View } from "../../../kit/view"
 */
import { signs } from "../../../kit/text/spelled.js";
import { tooltip } from "../../../kit/tooltip.js";
import { html } from "../../../vendor/lit.js";

export const follows = true;

/** @type {View<TokenizersHabits>} */
export function habits(data) {
  if (!data.cases.length) return html`<p class="readout">No chosen tokenizer is downloaded yet.</p>`;
  return html`
    <div class="cases">${data.cases.map(oneCase)}</div>
    <p class="hint">▪ is a token that holds part of a character. ▫ is an invisible character. A count in brackets, such
      as (2), means that part of the text is lost.</p>
    ${data.missing.length ? html`<p class="hint">Not downloaded: ${data.missing.join(", ")}.</p>` : ""}`;
}

/**
 * A row for each token.
 * @param {TokenizersHabits} data
 * @returns {Row[]}
 */
export function rows({ cases }) {
  return cases.flatMap((each) =>
    each.rows.flatMap((row) =>
      row.texts.flatMap((text, i) =>
        text.ids.map((id, at) => ({
          case: each.name,
          text: each.texts[i],
          tokenizer: row.name,
          token: at,
          id,
          bytes: text.hexes[at],
        })),
      ),
    ),
  );
}

/** @param {WorkedCase} each */
function oneCase({ title, texts, fact, rows }) {
  return html`
    <section>
      <h3 class="sub3">
        ${title} <span class="mono">${texts.map((text, i) => html`${i ? " and " : ""}“${signs(text)}”`)}</span></h3>
      <p class="hint">${fact}</p>
      <div class="case-rows">
        ${rows.map(
          (row) => html`
            <div class="case-row">
              <span class="name">${row.title}</span>
              <span class="texts">${row.texts.map((text, i) => worked(text, `${row.title}: “${texts[i]}”`))}</span>
              <span class="count">${row.texts.map(counted)}</span>
            </div>`,
        )}
      </div>
    </section>`;
}

/** How many tokens; those of a part of the text are told apart. @param {WorkedText} text @param {number} at */
const counted = ({ ids, lost }, at) =>
  html`${at ? " · " : ""}${
    lost ? html`<span class="lossy" title="part of the text is lost">(${ids.length})</span>` : ids.length
  }`;

/** @param {WorkedText} text @param {string} title */
const worked = ({ pieces, ids, hexes }, title) => html`
  <span class="worked in-tokens">
    ${pieces.map((piece, at) => {
      const tip = tooltip(title, [
        ["id", `${ids[at]}`],
        ["bytes", hexes[at].toUpperCase() || "none"],
      ]);
      return html`<span class="piece ${at % 2 ? "b" : "a"}" @pointermove=${tip.show}
        @pointerleave=${tip.hide}>${piece ? signs(piece) : "▪"}</span>`;
    })}
  </span>`;
