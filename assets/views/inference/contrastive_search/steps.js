// @ts-check
/**
 * Every step's candidates, weighed: which one wins, and which one greedy would take.
 *
 * @import { ContrastiveSteps } from "../../../types"
 * @import { BesideWords, Row, View } from "../../../kit/view"
 */

import { otherTokens, sharedWords, textBeside } from "../../../kit/beside.js";
import { control } from "../../../kit/declared.js";
import { counted, decimal, percent } from "../../../kit/format.js";
import { table } from "../../../kit/table.js";
import { cut, piece, token, tokenText } from "../../../kit/tokens.js";
import { html, nothing } from "../../../vendor/lit.js";
import { candidates } from "./candidates.js";
import { candidatesAt } from "./weighed.js";

/** @type {View<ContrastiveSteps, { step: number }>} */
export function steps(data, ctx) {
  const count = data.chosen.length;
  const step = Math.min(count - 1, ctx.kept.step ?? firstParting(data));
  const pick = (/** @type {number} */ at) => ctx.keep({ step: at });
  return html`
    <div class="contrastive">
      <div class="settings-row">
        ${control(ctx, "k")} ${control(ctx, "alpha", { format: (value) => decimal(value) })} ${control(ctx, "steps")}
      </div>
      <p class="readout said">${outcome(data)}</p>
      ${data.base ? html`<p class="readout basenote">${compared(data, data.base, ctx.beside)}</p>` : nothing}
      <div class="halves">
        <div>
          <h3 class="sub3">Step by step</h3>
          ${stepTable(data, step, { pick, beside: ctx.beside })}
        </div>
        <div>
          <h3 class="sub3">Token ${step + 1} <small>candidates by probability</small></h3>
          ${candidates(data, step, ctx.width)}
        </div>
      </div>
      ${data.greedy ? texts(data, data.greedy, ctx.beside) : nothing}
    </div>`;
}

/** @param {ContrastiveSteps} data @returns {Row[]} */
export function rows(data) {
  return data.chosen.flatMap((_, step) =>
    candidatesAt(data, step).map(({ id, probability, penalty, score, near, nearest, chosen }, place) => ({
      step: step + 1,
      place: place + 1,
      id,
      token: tokenText(id),
      probability,
      penalty,
      like_position: nearest,
      like_token: tokenText(near),
      score,
      chosen,
    })),
  );
}

/** The first step at which greedy would take another token. @param {ContrastiveSteps} data */
function firstParting({ chosen }) {
  return Math.max(
    0,
    chosen.findIndex((place) => place > 0),
  );
}

/** @param {ContrastiveSteps} data */
function outcome({ chosen, alpha, k }) {
  const other = chosen.filter((place) => place > 0).length;
  const steps = counted(chosen.length, "step");
  if (alpha === 0)
    return html`At alpha 0 only the probability counts: all ${steps} take the likeliest token, as greedy decoding
      does.`;
  if (k === 1)
    return html`With one candidate there is no choice: all ${steps} take the likeliest token, as greedy decoding does.`;
  if (!other) return html`The likeliest token wins all ${steps}: the penalty changes nothing here.`;
  return html`In <b>${other}</b> of ${steps} the likeliest token, which greedy decoding takes, loses to another.`;
}

/**
 * The same search from the prompt of the run beside this one, in words.
 * @param {ContrastiveSteps} data
 * @param {NonNullable<ContrastiveSteps["base"]>} base
 * @param {BesideWords} beside
 */
function compared({ chosen }, { text, penalties, other }, beside) {
  const paid = penalties.reduce((sum, each) => sum + each, 0) / penalties.length;
  return html`${beside.start} the likeliest token loses in <b data-other=${other}>${other}</b> of
    ${counted(penalties.length, "step")}, at a penalty of ${decimal(paid)} on average; its text
    ${sharedWords(text, chosen.length)}.
    ${otherTokens(text)}`;
}

/**
 * @param {ContrastiveSteps} data
 * @param {number} chosen
 * @param {{ pick: (at: number) => void, beside: BesideWords }} options
 */
function stepTable(data, chosen, { pick, beside }) {
  const { base } = data;
  const number = true;
  const won = (/** @type {number} */ step) => candidatesAt(data, step)[data.chosen[step]];
  const first = (/** @type {number} */ step) => candidatesAt(data, step)[0];
  return html`
    <div class="steps-table">
      ${table({
        label: "The steps: the token that won, and the token that greedy decoding takes",
        rows: data.chosen.map((_, step) => step),
        columns: [
          { name: "Step", cell: (step) => step + 1, number },
          { name: "Wins", cell: (step) => token(won(step).id, { most: 14 }), className: "won" },
          { name: "p", title: "the model’s probability", cell: (step) => percent(won(step).probability), number },
          {
            name: "Penalty",
            title: "largest cosine with a token before",
            cell: (step) => decimal(won(step).penalty),
            number,
          },
          { name: "Score", title: "(1 − α) p − α · penalty", cell: (step) => decimal(won(step).score), number },
          {
            name: "Greedy",
            cell: (step) =>
              data.chosen[step]
                ? html`${token(first(step).id, { most: 12 })} <span class="muted">${decimal(first(step).score)}</span>`
                : html`<span class="muted">the same</span>`,
          },
          ...(base
            ? [
                {
                  name: beside.short,
                  title: `the token that wins there, and its penalty`,
                  cell: (/** @type {number} */ step) =>
                    base.text.pieces[step] === undefined
                      ? ""
                      : html`${piece(cut(base.text.pieces[step], 12))}
                          <span class="muted">${decimal(base.penalties[step])}</span>`,
                },
              ]
            : []),
        ],
        selected: (step) => step === chosen,
        select: (step) => pick(step),
        rowClass: (step) => (data.chosen[step] ? "parted" : ""),
      })}
    </div>`;
}

/**
 * @param {ContrastiveSteps} data
 * @param {number[]} greedy
 * @param {BesideWords} beside
 */
function texts(data, greedy, beside) {
  const mine = data.chosen.map((place, step) => candidatesAt(data, step)[place].id);
  const parts = mine.findIndex((id, at) => id !== greedy[at]);
  const from = parts < 0 ? mine.length : parts;
  const said = (/** @type {number[]} */ ids) =>
    ids.map((id, at) => token(id, { className: at < from ? "mono tokword shared" : "mono tokword" }));
  return html`
    <dl class="both">
      <dt>Contrastive</dt><dd>${said(mine)}</dd>
      <dt>Greedy</dt><dd>${said(greedy)}</dd>
      ${data.base ? html`<dt>Contrastive, ${beside.name}</dt><dd>${textBeside(data.base.text)}</dd>` : nothing}
    </dl>
    <p class="hint">
      ${
        parts < 0
          ? "Both searches write the same text."
          : `Both texts begin with the same ${counted(from, "token")} (grey).`
      }
      ${data.unmodified ? "Interventions do not act here: the search runs on the model without them." : ""}
    </p>`;
}
