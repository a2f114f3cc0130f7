// @ts-check
/**
 * Two runs in words: which they are, their tokens aligned, what each would say next.
 *
 * @import { AlignedToken, TwoWords } from "../../../types/overview"
 * @import { Row, View, ViewContext } from "../../../kit/view"
 */
import { decimal, percent } from "../../../kit/numbers/format.js";
import { explained } from "../../../kit/text/terms.js";
import { html, nothing } from "../../../vendor/lit.js";
import { choice } from "./choice.js";
import { alike } from "./compared.js";
import { offer } from "./counterpart.js";
import { slopeChart } from "./slopes.js";

/** What stands here with a second run. */
const SHOWS =
  "With a second run, this view shows the tokens of both runs side by side and the probability of each next token in " +
  "both. Press the button, or write another prompt or choose another model below.";

/** @type {View<TwoWords, {}>} */
export function words(data, ctx) {
  const { second } = data;
  if (!second) return html`${offer(data, ctx, SHOWS)}${choice(data, ctx)}`;
  return html`
    ${choice(data, ctx)}${headline(data)}${aligned(data, ctx)}
    <div class="figure scroll">${slopeChart(data, ctx)}</div>`;
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

/** What a run is called, and what only it has. @param {TwoWords["first"]} side */
const told = ({ name, own }) => (own ? `${name}: ${own}` : name);

/** @param {TwoWords} data */
function headline({ first, second, slopes, kl }) {
  if (!second) return nothing;
  const now = slopes.find(({ token }) => token === first.answer);
  const stays = first.answer === second.answer;
  const apart =
    kl === null
      ? html`The models have different vocabularies: the page compares tokens by their bytes.`
      : html`${explained("KL divergence")} of the next token, KL(first run ‖ second run):
        <b>${decimal(kl, kl < 0.1 ? 3 : 2)} nats</b>.`;
  return html`
    <p class="twohead">
      ${
        stays
          ? html`Both runs answer ${word(first.answer)}: the first with ${percent(first.p)}, the second with
              <b>${percent(now?.right ?? second.p)}</b>.`
          : html`The first run answers ${word(first.answer)} with ${percent(first.p)}, the second
              <b>${word(second.answer)} with ${percent(second.p)}</b>.`
      }
      ${apart}
    </p>`;
}

/** @param {TwoWords} data @param {ViewContext<any>} ctx */
function aligned({ first, second, tokens, before, after }, ctx) {
  return html`
    <div class="aligned">
      <div class="runnames">
        ${[first, second].map((side) => side && html`<span title=${told(side)}>${told(side)}</span>`)}
      </div>
      <ol class="twopairs" aria-label="Tokens of both runs, side by side">
        ${tokens.map((pair) => pairOf(pair, pair.position === first.position, ctx))}
      </ol>
    </div>
    <p class="hint">${alike({ tokens, before, after })}</p>`;
}

/** @param {AlignedToken} pair @param {boolean} here @param {ViewContext<any>} ctx */
function pairOf({ position, left, right, same, new: made }, here, ctx) {
  const cell = (/** @type {string | null} */ token) =>
    token === null
      ? html`<span class="gap" title="This run has no token here">–</span>`
      : html`<span class="tok ${made ? "gen" : ""} ${same ? "" : "differs"}">${token}</span>`;
  const both = html`${cell(left)}${cell(right)}`;
  if (position === null) return html`<li class="twopair"><span class="both">${both}</span></li>`;
  return html`
    <li class="twopair ${here ? "here" : ""}">
      <button class="both" type="button" aria-pressed=${here} title="Position ${position}"
        @click=${() => ctx.select({ position })}>${both}</button>
    </li>`;
}
