// @ts-check
/**
 * A draft over held-out texts: how much of it is kept, by kind of text, place, length and temperature, and what it
 * buys.
 *
 * @import { DraftsWorth, KindAccepted, OverTexts, SpeculativeCorpus } from "../../../types/inference"
 * @import { BesideWords, Row, View, ViewContext } from "../../../kit/view"
 */

import { control } from "../../../kit/controls/declared.js";
import { decimal, percent } from "../../../kit/numbers/format.js";
import { table } from "../../../kit/numbers/table.js";
import { under } from "../../../kit/runs/beside.js";
import { html, nothing } from "../../../vendor/lit.js";
import { byLength, byPlace, bySpeed, byTemperature } from "./corpus_charts.js";
import { ends, lead, lengths, places, speed } from "./corpus_told.js";
import { isPartial, kindName } from "./kinds.js";
import { blocks, drafts, heat, stop } from "./settings.js";

/** @type {View<SpeculativeCorpus>} */
export function corpus(data, ctx) {
  const gamma = Number(ctx.controls.gamma);
  return html`
    <div class="speculation over-texts">
      <div class="bar">
        ${drafts(ctx, data.draft, data.kinds)}
      </div>
      <div class="settings-row">
        ${blocks(data, ctx)} ${heat(ctx)} ${control(ctx, "texts", stop(ctx))}
      </div>
      <p class="readout">${lead(data)}</p>
      ${data.base ? html`<p class="readout basenote">${compared(data, data.base, ctx.beside)}</p>` : nothing}
      <div class="pair">
        <div>
          <h3 class="sub3">By kind of text</h3>
          ${kinds(data, gamma, ctx)}
          <p class="hint">${beside(data, ctx)}</p>
        </div>
        <div>
          <h3 class="sub3">By temperature <small>α, all texts</small></h3>
          ${byTemperature(data, ctx.beside)}
          <p class="hint">Draft and model share the temperature. At 0 both must find the same token likeliest; at
          higher ones both are
            flatter and overlap more.</p>
        </div>
        <div>
          <h3 class="sub3">By place in the draft <small>accepted share of the decided tokens</small></h3>
          ${byPlace(data)}
          <p class="hint">${places(data)}</p>
        </div>
        <div>
          <h3 class="sub3">Tokens a pass <small>by γ</small></h3>
          ${byLength(data, ctx.beside)}
          <p class="hint">${lengths(data)}</p>
        </div>
        <div>
          <h3 class="sub3">Speed <small>× plain, by γ</small></h3>
          ${data.speed ? bySpeed(data) : html`<p class="hint">The races start once the texts are read.</p>`}
        </div>
        <div>
          <h3 class="sub3">Predicted and measured</h3>
          <p class="hint">${speed(data)}</p>
        </div>
      </div>
    </div>`;
}

/** @param {SpeculativeCorpus} data @param {ViewContext} ctx @returns {Row[]} */
export function rows(data, { beside }) {
  return data.by_kind.map((each, at) => ({
    draft: kindName(data.draft),
    temperature: data.temperature,
    kind: each.kind,
    texts: each.texts,
    alpha: each.alpha.mean,
    low: each.alpha.low,
    high: each.alpha.high,
    ...(data.base ? { [`alpha_in_${beside.column}`]: data.base.by_kind[at]?.mean ?? null } : {}),
    decided: each.decided,
    kept: each.kept,
    ...Object.fromEntries(each.tokens.map((tokens, at) => [`tokens_a_pass_gamma_${at + 1}`, tokens])),
  }));
}

/**
 * What the other run's model keeps of the same texts.
 * @param {SpeculativeCorpus} data
 * @param {NonNullable<SpeculativeCorpus["base"]>} base
 * @param {BesideWords} beside
 */
function compared({ draft, counted: here }, { blocks, n_layers, alpha, counted: there }, beside) {
  const range = ends(alpha);
  const partly = isPartial(draft) ? ` with ${blocks} of ${n_layers} blocks` : "";
  const last = there.length - 1;
  return html`${beside.start}, the model${partly} keeps α = <b data-alpha=${alpha.mean}>${percent(alpha.mean)}</b>${
    range ? ` (${range})` : ""
  } of the same texts, and a pass gives ${decimal(there[last].mean)} tokens at γ = ${there.length}, against
    ${decimal(here[last].mean)} here. Its races are left out.`;
}

/** @param {SpeculativeCorpus} data @param {number} gamma @param {ViewContext} ctx */
function kinds(data, gamma, ctx) {
  const at = Math.min(gamma, data.counted.length) - 1;
  const number = true;
  const own = prompts(data, ctx);
  /** @type {(Pick<KindAccepted, "kind" | "alpha"> & Partial<KindAccepted>)[]} */
  const all = [
    ...data.by_kind,
    ...(own === null ? [] : [{ kind: "this prompt", alpha: { mean: own, low: null, high: null } }]),
  ];
  return table({
    label: "Acceptance by kind of text",
    rows: all,
    rowClass: ({ kind }) => (kind === "this prompt" ? "own" : ""),
    columns: [
      { name: "Text", cell: ({ kind }) => kind },
      {
        name: "α",
        title: "Mean of Σ min(p, q); below it its 95 % interval over texts",
        cell: ({ alpha }, at) => {
          const here = html`${percent(alpha.mean)}${ends(alpha) ? html`<small>${ends(alpha)}</small>` : nothing}`;
          const there = data.base?.by_kind[at];
          return under(here, ctx.beside, there && percent(there.mean));
        },
        number,
      },
      {
        name: "accepted",
        title: "of the drafted tokens that the model decided on",
        cell: ({ kept, decided }) =>
          decided ? html`${percent(Number(kept) / decided)}<small>${kept} of ${decided}</small>` : "–",
        number,
      },
      {
        name: "a pass",
        title: `Tokens counted a pass at γ = ${gamma}`,
        cell: ({ tokens }) => (tokens ? decimal(tokens[at]) : "–"),
        number,
      },
    ],
  });
}

/**
 * What the view above found at this prompt's positions, with the same draft and temperature; null where it did not.
 * @param {SpeculativeCorpus} data
 * @param {ViewContext} ctx
 */
function prompts(data, ctx) {
  const found = /** @type {DraftsWorth | undefined} */ (ctx.payload("drafts"));
  if (!found || found.temperature !== data.temperature) return null;
  if (isPartial(data.draft) && found.blocks !== data.blocks) return null;
  return found.drafts.find(({ kind }) => kind === data.draft)?.alpha ?? null;
}

/** @param {SpeculativeCorpus} data @param {ViewContext} ctx */
function beside(data, ctx) {
  const method =
    "α comes from one pass of both models over each text. Accepted tokens and tokens a pass are counted in rounds " +
    "that " +
    "start at several places of the texts.";
  if (prompts(data, ctx) !== null) return `${method} The α of this prompt comes from “What a draft is worth” above.`;
  return html`${method} <button type="button" class="ghost" @click=${() => ctx.measure("drafts")}>Measure this prompt
    beside them</button>`;
}
