// @ts-check
/**
 * Repetition against probability: the same prompt continued with each alpha.
 *
 * @import { ContrastiveTrade, TradedText } from "../../../types/inference"
 * @import { Row, View } from "../../../kit/view"
 */

import { plot } from "../../../kit/chart/plot.js";
import { control } from "../../../kit/controls/declared.js";
import { decimal, percent } from "../../../kit/numbers/format.js";
import { table } from "../../../kit/numbers/table.js";
import { textBeside } from "../../../kit/runs/beside.js";
import { token, tokenText } from "../../../kit/text/tokens.js";
import { html, nothing } from "../../../vendor/lit.js";
import { beside, both, compared, textsThere } from "./trade_beside.js";

const [HEIGHT, HIGHER] = [240, 290];
const ORDERS = [2, 3, 4];
const DASHES = ["solid", "dash", "dot"];

/** @type {View<ContrastiveTrade, { text: number }>} */
export function trade(data, ctx) {
  const { texts } = data;
  const chosen = Math.min(texts.length - 1, ctx.kept.text ?? 0);
  const x = texts.map(({ alpha }) => alpha);
  const axis = {
    title: "alpha",
    range: [-0.04, 1.04],
    tickvals: data.alphas,
    ticktext: data.alphas.map((a) => decimal(a, 1)),
  };
  const base = textsThere(data, ctx);
  const marked = { mode: "lines+markers", labelled: !base.length };
  return html`
    <div class="contrastive">
      <div class="settings-row">
        ${control(ctx, "length")}
      </div>
      <p class="readout said">${told(data)}</p>
      ${base.length ? compared(base, data, ctx.beside) : nothing}
      <div class="halves">
        <div>
          <h3 class="sub3">Repetition and diversity <small>shares of 1, k = ${data.k}</small></h3>
          ${plot({
            label: "rep-2, rep-3, rep-4 and diversity by alpha",
            height: base.length ? HIGHER : HEIGHT,
            traces: [
              ...ORDERS.map((n, at) => ({
                x,
                y: texts.map(({ repetition }) => repetition[at]),
                name: `rep-${n}`,
                color: "river-deep",
                dash: DASHES[at],
                ...marked,
                hover: `rep-${n} %{y:.3f}<extra></extra>`,
              })),
              {
                x,
                y: texts.map(({ diversity }) => diversity),
                name: "diversity",
                color: "prob",
                ...marked,
                hover: "diversity %{y:.3f}<extra></extra>",
              },
              ...beside(base, data, ctx, "diversity", "prob"),
            ],
            x: axis,
            y: { range: [-0.03, 1.03] },
          })}
        </div>
        <div>
          <h3 class="sub3">How likely the model finds the text <small>mean log-probability, nats a token</small></h3>
          ${plot({
            label: "Mean log-probability by alpha",
            height: base.length ? HIGHER : HEIGHT,
            traces: [
              {
                x,
                y: texts.map(({ mean_logprob }) => mean_logprob),
                mode: "lines+markers",
                color: "ink",
                name: base.length ? "this run" : "",
                hover: "%{y:.3f} nats a token<extra></extra>",
              },
              ...beside(base, data, ctx, "mean_logprob", "ink"),
            ],
            x: axis,
            y: {},
          })}
        </div>
      </div>
      ${table({
        label: "The texts, by alpha",
        rows: texts,
        columns: [
          { name: "Alpha", cell: ({ alpha }) => (alpha === 0 ? "0, greedy" : decimal(alpha, 1)) },
          ...ORDERS.map((n, at) => ({
            name: `rep-${n}`,
            cell: (/** @type {TradedText} */ { repetition }) => percent(repetition[at]),
            number: true,
          })),
          {
            name: "Diversity",
            cell: ({ diversity }, at) => both(decimal(diversity), base[at]?.diversity, ctx.beside),
            number: true,
          },
          {
            name: "Log-prob.",
            title: "mean, nats a token",
            cell: ({ mean_logprob }, at) => both(decimal(mean_logprob), base[at]?.mean_logprob, ctx.beside),
            number: true,
          },
        ],
        selected: (_, at) => at === chosen,
        select: (_, at) => ctx.keep({ text: at }),
      })}
      <h3 class="sub3 text-heading">The text at alpha ${decimal(texts[chosen].alpha, 1)}</h3>
      <p class="whole">${texts[chosen].ids.map((id) => token(id))}</p>
      ${
        base[chosen]
          ? html`<h3 class="sub3">And in ${ctx.beside.the}</h3>
              <p class="whole">${textBeside(base[chosen].text)}</p>`
          : nothing
      }
      <p class="hint">
        There is one prompt and one text for each alpha: another prompt may give other results. rep-n and diversity
        depend on the length, so every text goes on after a token that would end it.
      </p>
    </div>`;
}

/** @param {ContrastiveTrade} data @returns {Row[]} */
export function rows({ texts }) {
  return texts.map(({ alpha, ids, repetition, diversity, mean_logprob }) => ({
    alpha,
    tokens: ids.length,
    rep_2: repetition[0],
    rep_3: repetition[1],
    rep_4: repetition[2],
    diversity,
    mean_logprob,
    text: ids.map(tokenText).join(""),
  }));
}

/** @param {ContrastiveTrade} data */
function told({ texts, alphas }) {
  if (texts.length < alphas.length) return html`${texts.length} of ${alphas.length} texts are written.`;
  const [greedy] = texts;
  const best = texts.reduce((one, other) => (other.diversity > one.diversity ? other : one));
  if (best === greedy)
    return html`On this prompt no text is more diverse than the greedy text: ${decimal(greedy.diversity)}.`;
  return html`The greedy text has diversity <b>${decimal(greedy.diversity)}</b> at
    <b>${decimal(greedy.mean_logprob)}</b> nats a
    token; alpha ${decimal(best.alpha, 1)} has the most, <b>${decimal(best.diversity)}</b>, at
    <b>${decimal(best.mean_logprob)}</b>.`;
}
