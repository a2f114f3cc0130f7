// @ts-check
/**
 * How alike the hidden states of every two tokens are, along greedy's text and along contrastive search's.
 *
 * @import { ContrastiveLikeness } from "../../../types/inference"
 * @import { Floats } from "../../../types/shared"
 * @import { Row, View, ViewContext } from "../../../kit/view"
 */

import { matrix } from "../../../kit/cells/matrix.js";
import { ramp } from "../../../kit/colour/ramp.js";
import { css } from "../../../kit/colour/theme.js";
import { decimal } from "../../../kit/numbers/format.js";
import { textThere } from "../../../kit/runs/beside.js";
import { tokenText } from "../../../kit/text/tokens.js";
import { html, nothing } from "../../../vendor/lit.js";

const SIDE = 430;
const GAP = 40;
const PAIR = 760;

/**
 * @typedef {{ text: string, row: number, column: number }} Walked the cell that the arrow keys have come to, and in
 *   which map
 * @typedef {{ words: string[], cosines: Floats, n_prompt: number, mean: number, greedy_mean: number }} OtherText
 */

/** @type {View<ContrastiveLikeness, { at: Walked }>} */
export function likeness(data, ctx) {
  if (!data.greedy || !data.contrastive) return html`<p class="hint">Both texts are being written.</p>`;
  const { greedy, contrastive, n_prompt } = data;
  const other = otherText(ctx);
  const [greedys, own] = [greedy, contrastive].map(({ ids, cosines }) => ({
    words: ids.map(tokenText),
    cosines,
    n_prompt,
  }));
  const low = least([greedy, contrastive, other]);
  const side = Math.floor(Math.min(SIDE, ctx.width >= PAIR ? (ctx.width - GAP) / 2 : ctx.width));
  return html`
    <div class="contrastive">
      <p class="readout said">
        The largest cosine of a new token with any token before is <b>${decimal(greedy.mean, 3)}</b> on average in the
        greedy text and <b>${decimal(contrastive.mean, 3)}</b> in the text of contrastive search (k ${data.k}, alpha
        ${decimal(data.alpha)}).
      </p>
      ${other ? compared(other, ctx.beside.start) : nothing}
      <div class="key"><span>${decimal(low)}</span><i class="scale"></i><span>1</span><span
          class="muted">cosine</span></div>
      <div class="maps">
        ${map("Greedy", greedys, { low, side, ctx })} ${map("Contrastive search", own, { low, side, ctx })}
        ${other ? map(`Contrastive search, ${ctx.beside.name}`, other, { low, side, ctx }) : nothing}
      </div>
      <p class="hint">
        Rows and columns are the last ${n_prompt} tokens of the prompt and the continuation, with a line between them.
        The diagonal is blank.
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

/**
 * The other run's text of contrastive search, once it is whole.
 * @param {ViewContext<{ at: Walked }, ContrastiveLikeness>} ctx
 * @returns {OtherText | null}
 */
function otherText(ctx) {
  const { contrastive, greedy, n_prompt } = ctx.there ?? {};
  if (!contrastive || !greedy || n_prompt === undefined) return null;
  const { ids, cosines, mean } = contrastive;
  return { words: textThere(ctx, [], ids).pieces, cosines, n_prompt, mean, greedy_mean: greedy.mean };
}

/**
 * What the run beside this one pays.
 * @param {OtherText} other
 * @param {string} start
 */
const compared = ({ mean, greedy_mean }, start) => html`
  <p class="readout basenote">${start} it is <b>${decimal(greedy_mean, 3)}</b> in the greedy text and <b
      data-mean=${mean}>${decimal(mean, 3)}</b> in the text of contrastive search; its map below has the same
      scale.</p>`;

/** The scale's lower end: all maps share it. @param {({ cosines: Floats } | null)[]} texts */
function least(texts) {
  const all = texts.map((each) => (each ? Math.min(...each.cosines.a) : 1));
  return Math.max(-1, Math.floor(Math.min(...all) * 10) / 10);
}

/**
 * @param {string} name
 * @param {{ words: string[], cosines: Floats, n_prompt: number }} text
 * @param {{ low: number, side: number, ctx: ViewContext<{ at: Walked }> }} place
 */
function map(name, { words, cosines, n_prompt }, { low, side, ctx }) {
  const { at: walked } = ctx.kept;
  const count = words.length;
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
          title: `${words[row]} and ${words[column]}`,
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
          const edge = n_prompt * cell.width;
          context.moveTo(edge, 0);
          context.lineTo(edge, side);
          context.moveTo(0, edge);
          context.lineTo(side, edge);
          context.stroke();
        },
      })}
    </div>`;
}
