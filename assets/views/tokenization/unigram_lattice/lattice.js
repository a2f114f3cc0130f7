// @ts-check
/**
 * A text's lattice, and its likeliest cuts below on the same scale; up and down choose one, which is outlined above.
 *
 * @import { UnigramLatticeLattice } from "../../../types/tokenization"
 * @import { Drafts } from "../../../kit/controls/typed.js"
 * @import { Row, View, ViewContext } from "../../../kit/view"
 *
 * @typedef {object} Kept
 * @property {{ of: string, at: number }} cut the chosen one, of that text
 *
 * @typedef {ViewContext<Kept & Drafts>} Context
 */

import { stepping } from "../../../kit/controls/roving.js";
import { legend } from "../../../kit/drawing/legend.js";
import { whole } from "../../../kit/numbers/format.js";
import { signs } from "../../../kit/text/spelled.js";
import { html } from "../../../vendor/lit.js";
import { picture } from "./picture.js";
import { field, vocabulary } from "./settings.js";

/** It is quick once the vocabulary is read. */
export const follows = true;

/** @type {View<UnigramLatticeLattice, Kept & Drafts>} */
export function lattice(data, ctx) {
  return html`
    ${vocabulary(data.settings, ctx)} ${field(ctx)}
    ${data.reason ? html`<p class="readout">${data.reason}</p>` : drawn(data, ctx)}`;
}

/**
 * @param {UnigramLatticeLattice} data
 * @returns {Row[]}
 */
export const rows = ({ pieces }) =>
  pieces.map(({ text, start, end, score, share, unknown }) => ({ text, start, end, score, share, unknown }));

/** @param {UnigramLatticeLattice} data @param {Context} ctx */
function drawn(data, ctx) {
  const { cuts, letters, settings } = data;
  const of = `${settings.vocabulary} ${settings.passage} ${settings.size} ${letters.join("")}`;
  const at = ctx.kept.cut?.of === of ? Math.min(ctx.kept.cut.at, cuts.length - 1) : 0;
  const choose = (/** @type {number} */ to) => ctx.keep({ cut: { of, at: to } });
  const unknown = data.pieces.filter((piece) => piece.unknown);
  return html`
    <div class="lattice-bar">
      ${data.note ? html`<p class="note">${data.note}</p>` : ""}
      ${legend([
        ["solid", "Viterbi’s cut"],
        ["outlined", "cut chosen below"],
        ["portion", "share of the cuts that use it, by probability"],
        unknown.length > 0 && ["no-token", "no token holds it"],
      ])}
    </div>
    <div class="figure scroll" tabindex="0" role="group"
      aria-label="${whole(data.pieces.length)} tokens fit ${letters.join("")}; up and down choose a cut"
      @keydown=${stepping({ at, count: cuts.length, choose })}>
      ${picture({ data, at, choose, width: ctx.width })}
    </div>
    <p class="hint">The numbers are log-probabilities in nats. The vocabulary has ${whole(data.n_tokens)} tokens.
      ${
        unknown.length
          ? html`<b class="mono">${signs(unknown[0].text)}</b> is in no token. It costs 10 nats more than the
            least likely token, so a cut uses it only where no token fits.`
          : ""
      }</p>`;
}
