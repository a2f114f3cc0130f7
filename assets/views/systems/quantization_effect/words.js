// @ts-check
/**
 * The likeliest next tokens with unchanged weights and with those on the stack, side by side.
 *
 * @import { QuantizationEffectWords, WordNow } from "../../../types/systems"
 * @import { Row, View, ViewContext } from "../../../kit/view"
 */

import { legend } from "../../../kit/drawing/legend.js";
import { percent, whole } from "../../../kit/numbers/format.js";
import { under } from "../../../kit/runs/beside.js";
import { rawToken, token, tokenText } from "../../../kit/text/tokens.js";
import { max } from "../../../vendor/d3.js";
import { html, nothing, styleMap } from "../../../vendor/lit.js";
import { nats } from "./shade.js";

/** @type {View<QuantizationEffectWords>} */
export function words(data, ctx) {
  const most = max([...data.before, ...data.now], ({ before, now, other }) => Math.max(before, now, other ?? 0)) ?? 1;
  const [first] = data.before;
  return html`
    <p class="readout lead">After ${token(ctx.run.ids[data.position])}, ${verdict(data)} The KL is
    <b>${nats(data.kl)}</b>
      nats. The probability of ${token(first.id)} goes from <b>${percent(first.before)}</b> to
      <b>${percent(first.now)}</b>.</p>
    ${compared(data, ctx)}
    <div class="halves">
      ${side("Unchanged weights", data.before, {
        most,
        of: (word) => word.before,
        rank: (word) => word.rank_before,
        other: (word) => word.rank_now,
        when: "now",
        ctx,
      })}
      ${side(data.changes.join(", "), data.now, {
        most,
        of: (word) => word.now,
        rank: (word) => word.rank_now,
        other: (word) => word.rank_before,
        when: "was",
        ctx,
      })}
    </div>`;
}

/** @param {QuantizationEffectWords} data @param {ViewContext} ctx @returns {Row[]} */
export function rows({ before, now, base }, { beside }) {
  const all = new Map([...before, ...now].map((word) => [word.id, word]));
  return [...all.values()].map(({ other, ...word }) => ({
    ...word,
    token: tokenText(word.id),
    ...(base ? { [beside.column]: other } : {}),
  }));
}

/**
 * What the run beside this one says, and how far that is from the same unchanged weights.
 * @param {QuantizationEffectWords} data
 * @param {ViewContext} ctx
 */
function compared({ base, kl }, { beside }) {
  if (!base) return nothing;
  const far =
    base.kl === null
      ? ""
      : html` Its KL from the same unchanged weights is <b data-kl=${base.kl}>${nats(base.kl)}</b> nats; here it is
        ${nats(kl)}.`;
  return html`<p class="readout basenote">${beside.start}, ${base.changes.join(", ") || "with nothing changed"},
      ${token(base.likeliest)} is the most likely token, with <b>${percent(base.p)}</b>.${far}</p>
    ${legend([["dot", beside.name]])}`;
}

/** @param {QuantizationEffectWords} data */
function verdict({ before, now }) {
  return before[0].id === now[0].id
    ? html`${token(now[0].id)} stays the most likely token.`
    : html`${token(now[0].id)} replaces ${token(before[0].id)} as the most likely token.`;
}

/**
 * @param {string} title
 * @param {readonly WordNow[]} list
 * @param {{ most: number, of: (word: WordNow) => number, rank: (word: WordNow) => number,
 *   other: (word: WordNow) => number, when: string, ctx: ViewContext }} how
 */
function side(title, list, how) {
  return html`
    <section>
      <h3 class="sub3">${title}</h3>
      <ol class="likeliest">${list.map((word) => entry(word, how))}</ol>
    </section>`;
}

/** @param {WordNow} word @param {Parameters<typeof side>[2]} how */
function entry(word, { most, of, rank, other, when, ctx }) {
  const share = of(word);
  const moved = rank(word) !== other(word);
  const press = () => ctx.select({ target: word.id });
  return html`
    <li>
      <button type="button" class="pick ${moved ? "moved" : ""}" aria-pressed=${ctx.focus.target === word.id}
        @click=${press}
        aria-label="Choose ${rawToken(word.id)} as the target">${token(word.id, {
          most: 16,
          className: "mono",
        })}</button>
      <span class="track"><i style=${styleMap({ width: `${(100 * share) / most}%` })}></i>${
        word.other === null
          ? nothing
          : html`<u class="mark dot" style=${styleMap({ left: `${(100 * word.other) / most}%` })}></u>`
      }</span>
      <b>${under(percent(share), ctx.beside, word.other === null ? undefined : percent(word.other))}</b>
      <small>${moved ? `${when} no. ${whole(other(word))}` : ""}</small>
    </li>`;
}
