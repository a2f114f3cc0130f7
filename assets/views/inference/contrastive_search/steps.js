// @ts-check
/**
 * Every step's candidates, weighed: which one wins, and which one greedy would take.
 *
 * @import { ContrastiveSteps } from "../../../types/inference"
 * @import { TextBeside } from "../../../kit/runs/beside.js"
 * @import { BesideWords, Row, View, ViewContext } from "../../../kit/view"
 *
 * @typedef {{ text: TextBeside, penalties: number[], other: number }} SearchThere the other run's text, what its tokens
 *   paid, and at how many steps the likeliest token lost
 */

import { control } from "../../../kit/controls/declared.js";
import { counted, decimal, percent } from "../../../kit/numbers/format.js";
import { table } from "../../../kit/numbers/table.js";
import { otherTokens, sharedWords, textBeside, textThere } from "../../../kit/runs/beside.js";
import { cut, piece, token, tokenText } from "../../../kit/text/tokens.js";
import { html, nothing } from "../../../vendor/lit.js";
import { candidates } from "./candidates.js";
import { candidatesAt } from "./weighed.js";

/** @type {View<ContrastiveSteps, { step: number }>} */
export function steps(data, ctx) {
  const count = data.chosen.length;
  const step = Math.min(count - 1, ctx.kept.step ?? firstParting(data));
  const pick = (/** @type {number} */ at) => ctx.keep({ step: at });
  const other = searchThere(data, ctx);
  return html`
    <div class="contrastive">
      <div class="settings-row">
        ${control(ctx, "k")} ${control(ctx, "alpha", { format: (value) => decimal(value) })} ${control(ctx, "steps")}
      </div>
      <p class="readout said">${outcome(data)}</p>
      ${other ? html`<p class="readout basenote">${compared(data, other, ctx.beside)}</p>` : nothing}
      <div class="halves">
        <div>
          <h3 class="sub3">Step by step</h3>
          ${stepTable(data, step, { pick, other, beside: ctx.beside })}
        </div>
        <div>
          <h3 class="sub3">Token ${step + 1} <small>candidates by probability</small></h3>
          ${candidates(data, step, ctx.width)}
        </div>
      </div>
      ${data.greedy ? texts(data, data.greedy, { other, beside: ctx.beside }) : nothing}
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

/** The tokens that won. @param {ContrastiveSteps} data */
const winners = (data) => data.chosen.map((place, step) => candidatesAt(data, step)[place]);

/**
 * The same search from the other run's prompt, as far as it has come.
 * @param {ContrastiveSteps} data
 * @param {ViewContext<{ step: number }, ContrastiveSteps>} ctx
 * @returns {SearchThere | null}
 */
function searchThere(data, ctx) {
  const { there } = ctx;
  if (!there) return null;
  const won = winners(there);
  const ids = (/** @type {{ id: number }[]} */ all) => all.map(({ id }) => id);
  return {
    text: textThere(ctx, ids(winners(data)), ids(won)),
    penalties: won.map(({ penalty }) => penalty),
    other: there.chosen.filter((place) => place > 0).length,
  };
}

/**
 * The same search from the prompt of the run beside this one, in words.
 * @param {ContrastiveSteps} data
 * @param {SearchThere} there
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
 * @param {{ pick: (at: number) => void, other: SearchThere | null, beside: BesideWords }} options
 */
function stepTable(data, chosen, { pick, other, beside }) {
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
          ...(other
            ? [
                {
                  name: beside.short,
                  title: `the token that wins there, and its penalty`,
                  cell: (/** @type {number} */ step) =>
                    other.text.pieces[step] === undefined
                      ? ""
                      : html`${piece(cut(other.text.pieces[step], 12))}
                          <span class="muted">${decimal(other.penalties[step])}</span>`,
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
 * @param {{ other: SearchThere | null, beside: BesideWords }} options
 */
function texts(data, greedy, { other, beside }) {
  const mine = winners(data).map(({ id }) => id);
  const parts = mine.findIndex((id, at) => id !== greedy[at]);
  const from = parts < 0 ? mine.length : parts;
  const said = (/** @type {number[]} */ ids) =>
    ids.map((id, at) => token(id, { className: at < from ? "mono tokword shared" : "mono tokword" }));
  return html`
    <dl class="both">
      <dt>Contrastive</dt><dd>${said(mine)}</dd>
      <dt>Greedy</dt><dd>${said(greedy)}</dd>
      ${other ? html`<dt>Contrastive, ${beside.name}</dt><dd>${textBeside(other.text)}</dd>` : nothing}
    </dl>
    <p class="hint">
      ${
        parts < 0
          ? "Both searches write the same text."
          : `Both texts begin with the same ${counted(from, "token")} (grey).`
      }
      ${data.changed ? "Interventions do not act here: the search runs on the model without them." : ""}
    </p>`;
}
