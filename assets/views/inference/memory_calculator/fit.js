// @ts-check
/**
 * Will it fit, and how fast: one sentence, what each card holds, and what would make it fit.
 *
 * @import { ServingAnswer, ServingFit, ServingRemedy } from "../../../types/inference"
 * @import { Row, View, ViewContext } from "../../../kit/view"
 * @import { Read } from "./asked.js"
 */

import { legend } from "../../../kit/drawing/legend.js";
import { counted, whole } from "../../../kit/numbers/format.js";
import { figures, memory, timed } from "../../../kit/numbers/magnitude.js";
import { html, nothing } from "../../../vendor/lit.js";
import { answerOf } from "./answer.js";
import { read } from "./asked.js";
import { cards } from "./cards.js";
import { choices } from "./choices.js";
import { provedAnswer } from "./proved.js";
import { sums } from "./sums.js";

/** From this width on the controls stand beside the picture; pixels that they and the gap take. */
const BESIDE = 760;
const CONTROLS = 268;

/** @type {View<ServingFit>} */
export function fit(data, ctx) {
  const beside = ctx.width >= BESIDE;
  const served = read(data.ground, ctx.controls);
  const answer = answerOf(data.ground, served);
  return html`
    <div class="presets" role="group" aria-label="Questions that are often asked">
      <span>Try</span>
      ${data.presets.map(
        ({ title, controls }) =>
          html`<button class="btn" type="button" @click=${() => choose(ctx, controls)}>${title}</button>`,
      )}
    </div>
    <div class="budget ${beside ? "beside" : ""}">
      ${choices(data, served.asked, ctx)}
      <div class="answer">
        <p class="hint wrong" role="status">${served.wrong ?? nothing}</p>
        ${answer ? answered(served, answer, ctx, ctx.width - (beside ? CONTROLS : 0)) : nothing}
      </div>
    </div>`;
}

/**
 * @param {Read} served
 * @param {ServingAnswer} answer
 * @param {ViewContext} ctx
 * @param {number} width
 */
function answered(served, answer, ctx, width) {
  return html`
    <p class="verdict ${answer.fits ? "fits" : "lacks"}" role="status">${verdict(served, answer)}</p>
    ${answer.fits ? nothing : remedies(answer.remedies, ctx)}
    <div class="figure">${cards(answer, served.asked.cards, width)}</div>
    ${legend([
      ["weights", "weights"],
      ["keys-values", "keys and values"],
      ["activations", "activations, estimated"],
      ["overhead", "overhead, assumed"],
      ["free", "free"],
    ])}
    <p class="readout pace">${speed(served, answer)}</p>
    ${remarks(served, answer)} ${sums(served.asked, answer)}`;
}

/** @param {ServingFit} data @param {ViewContext} ctx */
export function exported({ ground }, { controls }) {
  const served = read(ground, controls);
  const { asked, wrong, name, sizes } = served;
  return { asked, wrong, name, sizes, answer: answerOf(ground, served) };
}

/** @param {ServingFit} data */
export const checks = (data) => provedAnswer(data);

/**
 * @param {ServingFit} data
 * @param {ViewContext} ctx
 * @returns {Row[]}
 */
export function rows({ ground }, { controls }) {
  const served = read(ground, controls);
  const { asked } = served;
  const answer = answerOf(ground, served);
  if (!answer) return [];
  const { need, pace } = answer;
  const { batch, length, cards: count } = asked;
  return [
    {
      model: answer.name,
      parameters: answer.parameters,
      weights: asked.weights,
      cache: asked.cache,
      users: batch,
      tokens: length,
      cards: count,
      device: answer.device,
      capacity_bytes: answer.capacity,
      weight_bytes: answer.weights,
      cache_bytes: need.cache,
      activation_bytes: need.activations,
      overhead_bytes: need.overhead,
      total_bytes: answer.total,
      fits: answer.fits,
      most_users: answer.most_users,
      tokens_per_second_at_most: answer.together,
      prefill_seconds_at_least: pace.prefill,
    },
  ];
}

/**
 * @param {ViewContext} ctx
 * @param {Record<string, string | number>} controls
 */
function choose(ctx, controls) {
  for (const [name, value] of Object.entries(controls)) ctx.control(name, value);
}

/** @param {Read} served @param {ServingAnswer} answer */
function verdict({ asked }, { name, weights_title, device, fits, total, capacity, most_users }) {
  const users = `${counted(asked.batch, "user")} of ${counted(asked.length, "token")}`;
  const on = asked.cards === 1 ? `one ${device}` : `${asked.cards} × ${device}`;
  const what = `${name} in ${weights_title} for ${users}`;
  if (!fits) {
    const each = asked.cards === 1 ? "The card needs" : "Each card needs";
    return html`<b>Does not fit</b> on ${on}: ${what}. ${each} ${memory(total)} and has ${memory(capacity)}:
      <b>${memory(total - capacity)} too much</b>.`;
  }
  const most = most_users > asked.batch ? ` Up to ${whole(most_users)} such users fit.` : "";
  return html`<b>Fits</b> on ${on}: ${what}. ${asked.cards === 1 ? "It takes" : "Each card holds"}
    <b>${memory(total)}</b> of ${memory(capacity)}, ${memory(capacity - total)} stay free.${most}`;
}

/** @param {ServingRemedy[]} found @param {ViewContext} ctx */
function remedies(found, ctx) {
  if (!found.length)
    return html`<p class="readout">No single change of users, tokens, cache, format or cards makes it fit.</p>`;
  return html`
    <div class="remedies" role="group" aria-label="What would make it fit">
      <span>It would fit with</span>
      ${found.map(
        ({ words, controls, total, capacity }) => html`
          <button class="btn" type="button" title="${memory(total)} of ${memory(capacity)} on a card"
            @click=${() => choose(ctx, controls)}>
            ${words}
          </button>`,
      )}
    </div>`;
}

/** @param {Read} served @param {ServingAnswer} answer */
function speed({ asked }, { pace, together, fits }) {
  const would = fits ? "At most" : "If it fitted, at most";
  const bound = pace.memory_bound ? "memory bandwidth" : "arithmetic";
  const all = asked.batch === 1 ? nothing : html` (${figures(together)} for all users)`;
  const first = pace.prefill
    ? html` Reading a prompt of ${counted(asked.length, "token")} takes at least <b>${timed(1000 * pace.prefill)}</b>.`
    : " The maker does not state the card’s arithmetic, so no bound on the time to read a prompt is known.";
  return html`${would} <b>${figures(1 / pace.step)} tokens a second</b> for each user${all}: ${bound} is the
    limit.${first}`;
}

/** @param {Read} served @param {ServingAnswer} answer */
function remarks({ asked }, { divides, n_heads, n_kv_heads, latent, capacity }) {
  const said = [];
  if (!divides)
    said.push(
      `${asked.cards} cards cannot share ${n_heads} query heads evenly: engines that cut by heads refuse this.`,
    );
  if (asked.cards > 1 && latent) said.push("The latent has no heads to cut, so each card holds the whole cache.");
  else if (asked.cards > n_kv_heads)
    said.push(
      `${counted(n_kv_heads, "key/value head")} on ${asked.cards} cards: each head is held ` +
        `${figures(asked.cards / n_kv_heads)} times.`,
    );
  if (asked.cards > 1) said.push("The speed leaves out messages between cards.");
  return said.length ? html`<p class="hint" data-capacity=${capacity}>${said.join(" ")}</p>` : nothing;
}
