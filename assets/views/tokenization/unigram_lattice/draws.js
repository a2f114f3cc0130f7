// @ts-check
/**
 * Cuts drawn at random: how often each came, here and in the library, beside the share that it should have.
 *
 * @import { DrawnCut, UnigramLatticeDraws } from "../../../types/tokenization"
 * @import { Row, View, ViewContext } from "../../../kit/view"
 */
import { control } from "../../../kit/controls/declared.js";
import { legend } from "../../../kit/drawing/legend.js";
import { decimal, percent, whole } from "../../../kit/numbers/format.js";
import { table } from "../../../kit/numbers/table.js";
import { signs } from "../../../kit/text/spelled.js";
import { html, nothing, svg } from "../../../vendor/lit.js";

export const follows = true;

const BAR = { narrow: 110, wide: 300 };
const HEIGHT = 18;

/** @type {View<UnigramLatticeDraws>} */
export function draws(data, ctx) {
  return html`
    <div class="bar unigram-bar">
      ${control(ctx, "alpha")}
      <button class="btn" type="button" @click=${() => ctx.control("seed", data.seed + 1)}>Draw again</button>
      <span class="muted">seed ${data.seed}</span>
      ${legend([
        ["solid", "drawn here"],
        ["tick", "expected"],
        ["band", "± one standard error"],
      ])}
    </div>
    ${data.reason ? html`<p class="readout">${data.reason}</p>` : counted(data, ctx)}`;
}

/**
 * @param {UnigramLatticeDraws} data
 * @returns {Row[]}
 */
export const rows = ({ cuts, others, draws }) =>
  [...cuts, ...(others ? [others] : [])].map(({ pieces, expected, error, here, library }) => ({
    cut: pieces.length ? pieces.join("|") : "all others",
    expected,
    "standard error": error,
    here: here / draws,
    library: library / draws,
  }));

/** @param {UnigramLatticeDraws} data @param {ViewContext} ctx */
function counted(data, ctx) {
  const { cuts, others, draws } = data;
  const all = others && others.expected > 0 ? [...cuts, others] : cuts;
  const most = Math.max(...cuts.map(({ expected, here }) => Math.max(expected, here / draws)), 0.01);
  const width = ctx.width < 720 ? BAR.narrow : BAR.wide;
  return html`
    <p class="readout">
      ${whole(draws)} draws gave <b>${whole(data.distinct)}</b> different cuts of <b>${decimal(data.tokens, 1)}</b>
      tokens on average; Viterbi’s cut has ${data.best_tokens}. ${said(data.alpha)}</p>
    ${table({
      label: "Cuts by their share",
      className: "drawn",
      rows: all,
      columns: [
        {
          name: "Cut",
          cell: ({ pieces }) =>
            pieces.length
              ? html`<span
                class="cut-text">${pieces.map((piece) => html`<span class="tok new">${signs(piece)}</span>`)}</span>`
              : html`<span class="muted">all other cuts</span>`,
        },
        { name: "Share", cell: (cut) => (cut.pieces.length ? shareBar(cut, draws, most, width) : nothing) },
        { name: "drawn", number: true, cell: ({ here }) => percent(here / draws) },
        { name: "expected", number: true, cell: ({ expected }) => percent(expected) },
        {
          name: data.library,
          number: true,
          title: "As many draws, made by the library",
          cell: ({ library }) => percent(library / draws),
        },
      ],
    })}`;
}

/** @param {DrawnCut} cut @param {number} draws @param {number} most @param {number} width */
function shareBar({ expected, error, here }, draws, most, width) {
  const x = (/** @type {number} */ share) => (Math.max(0, Math.min(most, share)) / most) * (width - 4) + 1;
  return svg`
    <svg class="fig share-bar" width=${width} height=${HEIGHT} viewBox="0 0 ${width} ${HEIGHT}"
      style="width:${width}px" aria-hidden="true">
      <rect class="drawn" x="0" y="4" width=${x(here / draws)} height="10" rx="1" />
      <rect class="band" x=${x(expected - error)} y="2" width=${Math.max(1, x(expected + error) - x(expected - error))}
        height="14" />
      <line class="tick" x1=${x(expected)} x2=${x(expected)} y1="1" y2=${HEIGHT - 1} />
    </svg>`;
}

/** @param {number} alpha */
function said(alpha) {
  if (alpha === 0) return "At α = 0 all cuts are equally likely.";
  if (alpha < 1) return "Below α = 1 unlikely cuts are drawn more often than their probability.";
  return alpha === 1
    ? "At α = 1 each cut is drawn as often as its probability."
    : "Above α = 1 the likeliest cuts are drawn more often than their probability.";
}
