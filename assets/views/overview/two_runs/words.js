// @ts-check
/**
 * Two runs in words: which they are, their tokens aligned, what each would say next.
 *
 * @import { AlignedToken, TwoWords } from "../../../types"
 * @import { Row, View, ViewContext } from "../../../kit/view"
 */
import { decimal, percent, whole } from "../../../kit/format.js";
import { explained } from "../../../kit/terms.js";
import { html, nothing } from "../../../vendor/lit.js";
import { choice } from "./choice.js";
import { slopeChart } from "./slopes.js";

/** @type {View<TwoWords, {}>} */
export function words(data, ctx) {
  const { second } = data;
  return html`
    ${choice(data, ctx)}
    ${
      second
        ? html`${headline(data)}${aligned(data, ctx)}<div class="figure scroll">${slopeChart(data, ctx)}</div>`
        : nothing
    }`;
}

/**
 * @param {TwoWords} data
 * @returns {Row[]}
 */
export function rows({ slopes, first, second }) {
  return slopes.map(({ token, left, right }) => ({
    next_token: token,
    [`p in ${first.name}`]: left,
    [`p in ${second?.name ?? "no other run"}`]: right,
  }));
}

/** @param {string} token */
const word = (token) => html`<span class="mono tokword">${token}</span>`;

/** @param {TwoWords} data */
function headline({ first, second, slopes, kl }) {
  if (!second) return nothing;
  const now = slopes.find(({ token }) => token === first.answer);
  const stays = first.answer === second.answer;
  const apart =
    kl === null
      ? html`The models speak different vocabularies: tokens are compared by their bytes.`
      : html`The two distributions are <b>${decimal(kl, kl < 0.1 ? 3 : 2)} nats</b> apart
        (${explained("KL divergence")}).`;
  return html`
    <p class="twohead">
      ${
        stays
          ? html`${word(first.answer)} stays first: ${percent(first.p)} → <b>${percent(now?.right ?? second.p)}</b>.`
          : html`The answer turns from ${word(first.answer)} ${percent(first.p)} to
              <b>${word(second.answer)} ${percent(second.p)}</b>.`
      }
      ${apart}
    </p>`;
}

/** @param {TwoWords} data @param {ViewContext<any>} ctx */
function aligned({ first, second, tokens, before, after }, ctx) {
  const differing = tokens.filter(({ same }) => !same).length;
  const gone = before + after;
  return html`
    <div class="aligned">
      <div class="runnames" aria-hidden="true"><span>${first.name}</span><span>${second?.name}</span></div>
      <ol class="twopairs" aria-label="Tokens of both runs, side by side">
        ${tokens.map((pair) => pairOf(pair, pair.position === first.position, ctx))}
      </ol>
    </div>
    <p class="hint">
      ${
        differing
          ? `${whole(differing)} of the pairs differ and are outlined; a dash stands where a run has no such token.`
          : "Both runs have the same tokens."
      }
      ${gone ? ` ${whole(gone)} more pairs stand outside this stretch.` : ""}
    </p>`;
}

/** @param {AlignedToken} pair @param {boolean} here @param {ViewContext<any>} ctx */
function pairOf({ position, left, right, same, new: made }, here, ctx) {
  const cell = (/** @type {string | null} */ token) =>
    token === null
      ? html`<span class="gap" title="no such token in this run">–</span>`
      : html`<span class="tok ${made ? "gen" : ""} ${same ? "" : "differs"}">${token}</span>`;
  const both = html`${cell(left)}${cell(right)}`;
  if (position === null) return html`<li class="twopair"><span class="both">${both}</span></li>`;
  return html`
    <li class="twopair ${here ? "here" : ""}">
      <button class="both" type="button" aria-pressed=${here} title="Position ${position}"
        @click=${() => ctx.select({ position })}>${both}</button>
    </li>`;
}
