// @ts-check
/**
 * How alike the hidden states of every two tokens are, along greedy's text and along contrastive search's.
 *
 * @import { ContrastiveLikeness, LikeText } from "../../../types"
 * @import { Row, View, ViewContext } from "../../../kit/view"
 */
import { decimal } from "../../../kit/format.js";
import { matrix } from "../../../kit/matrix.js";
import { ramp } from "../../../kit/ramp.js";
import { css } from "../../../kit/theme.js";
import { tokenText } from "../../../kit/tokens.js";
import { html } from "../../../vendor/lit.js";

const SIDE = 430;
const GAP = 40;
const PAIR = 760;

/**
 * @typedef {{ text: string, row: number, column: number }} Walked the cell that the arrow keys have come to, and in
 *   which map
 */

/** @type {View<ContrastiveLikeness, { at: Walked }>} */
export function likeness(data, ctx) {
  if (!data.greedy || !data.contrastive) return html`<p class="hint">Both texts are being written.</p>`;
  const { greedy, contrastive } = data;
  const side = Math.floor(Math.min(SIDE, ctx.width >= PAIR ? (ctx.width - GAP) / 2 : ctx.width));
  return html`
    <div class="contrastive">
      <p class="readout said">
        A new token’s largest cosine with any token before is <b>${decimal(greedy.mean, 3)}</b> on average in greedy’s
        text and <b>${decimal(contrastive.mean, 3)}</b> in contrastive search’s (k ${data.k}, alpha
        ${decimal(data.alpha)}).
      </p>
      <div class="key"><span>${decimal(least(data))}</span><i class="scale"></i><span>1</span><span
          class="muted">cosine</span></div>
      <div class="maps">
        ${map("Greedy", greedy, { data, side, ctx })} ${map("Contrastive search", contrastive, { data, side, ctx })}
      </div>
      <p class="hint">
        Rows and columns are the prompt’s last ${data.n_prompt} tokens and the continuation; the line parts them. The
        diagonal, each token with itself, is left blank.
      </p>
    </div>`;
}

/** @param {ContrastiveLikeness} data @returns {Row[]} */
export function rows(data) {
  const both = /** @type {const} */ ([
    ["greedy", data.greedy],
    ["contrastive", data.contrastive],
  ]);
  return both.flatMap(([text, of]) =>
    of
      ? Array.from(of.cosines.a, (cosine, at) => ({
          text,
          row: Math.floor(at / of.ids.length),
          token: tokenText(of.ids[Math.floor(at / of.ids.length)]),
          column: at % of.ids.length,
          other: tokenText(of.ids[at % of.ids.length]),
          cosine,
        }))
      : [],
  );
}

/** The scale's lower end: both maps share it. @param {ContrastiveLikeness} data */
function least({ greedy, contrastive }) {
  const all = [greedy, contrastive].map((each) => (each ? Math.min(...each.cosines.a) : 1));
  return Math.max(-1, Math.floor(Math.min(...all) * 10) / 10);
}

/**
 * @param {string} name
 * @param {LikeText} text
 * @param {{ data: ContrastiveLikeness, side: number, ctx: ViewContext<{ at: Walked }> }} place
 */
function map(name, { ids, cosines }, { data, side, ctx }) {
  const { at: walked } = ctx.kept;
  const count = ids.length;
  const low = least(data);
  const colours = ramp("ink", "sunken");
  const at = (/** @type {number} */ row, /** @type {number} */ column) => cosines.a[row * count + column];
  return html`
    <div>
      <h3 class="sub3">${name}</h3>
      ${matrix({
        rows: count,
        columns: count,
        width: side,
        height: side,
        pixels: true,
        of: [cosines, low],
        label: `${name}: cosines of the hidden states of ${count} tokens`,
        colour: (row, column) => (row === column ? null : colours(Math.max(0, (at(row, column) - low) / (1 - low)))),
        told: ({ row, column }) => ({
          title: `${tokenText(ids[row])} and ${tokenText(ids[column])}`,
          details: [
            ["tokens", `${row} and ${column} of those shown`],
            ["cosine", decimal(at(row, column), 3)],
          ],
        }),
        selected: walked?.text === name ? walked : null,
        walked: (cell) => ctx.keep({ at: { text: name, ...cell } }),
        over: (context, cell) => {
          context.strokeStyle = css("prob");
          context.lineWidth = 1;
          context.beginPath();
          const edge = data.n_prompt * cell.width;
          context.moveTo(edge, 0);
          context.lineTo(edge, side);
          context.moveTo(0, edge);
          context.lineTo(side, edge);
          context.stroke();
        },
      })}
    </div>`;
}
