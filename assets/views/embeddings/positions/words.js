// @ts-check
/**
 * The tokens of the second reading, each with the probability that the model gave it, and at the first reading.
 *
 * @import { PositionsReach } from "../../../types"
 *
 * @typedef {{ scheme: number, far: number }} Point row and column of the perplexities
 */
import { percent, whole } from "../../../kit/format.js";
import { figures } from "../../../kit/magnitude.js";
import { rove } from "../../../kit/roving.js";
import { cut, token, tokenText } from "../../../kit/tokens.js";
import { tooltip } from "../../../kit/tooltip.js";
import { html, styleMap } from "../../../vendor/lit.js";
import { SCHEMES } from "./schemes.js";

const LETTERS = 16;

/**
 * NaN where it has not been read yet.
 * @param {PositionsReach} data
 * @param {Point} point
 */
export const perplexity = (data, { scheme, far }) => data.perplexity.a[scheme * data.distances.length + far];

/**
 * @param {PositionsReach} data
 * @param {Point} point
 */
export function secondReading(data, point) {
  const { name } = SCHEMES[data.names[point.scheme]];
  const found = perplexity(data, point);
  if (!Number.isFinite(found)) return html`<p class="readout"><b>${name}</b> is not measured yet.</p>`;
  const count = data.first.a.length;
  const from = (point.scheme * data.distances.length + point.far) * count;
  const losses = data.second.a.subarray(from, from + count);
  return html`
    <p class="readout"><b>${name}</b>, the second reading starts <b>${whole(data.distances[point.far])}</b> positions
      later: perplexity <b>${figures(found)}</b>; the first reading has <b>${figures(data.first_perplexity)}</b>.</p>
    <div class="words" role="group" aria-label="Tokens of the passage" data-rove @keydown=${rove}>
      ${Array.from(data.ids.a, (id, at) => (at ? word(id, losses[at - 1], data.first.a[at - 1], at) : given(id)))}
    </div>`;
}

/** The first token: nothing comes before it. @param {number} id */
const given = (id) => html`<span class="word given">${token(id, { most: LETTERS, className: "mono" })}</span>`;

/**
 * @param {number} id
 * @param {number} loss in nats
 * @param {number} first the loss at the first reading
 * @param {number} at
 */
function word(id, loss, first, at) {
  const [now, then] = [Math.exp(-loss), Math.exp(-first)];
  const tip = tooltip(cut(tokenText(id), 2 * LETTERS), [
    ["second reading", percent(now)],
    ["first reading", percent(then)],
  ]);
  return html`
    <span class="word" role="img" tabindex=${at === 1 ? 0 : -1}
      style=${styleMap({ "--now": now.toFixed(4), "--first": then.toFixed(4) })}
      aria-label="${tokenText(id)}: ${percent(now)}, at the first reading ${percent(then)}"
      @pointermove=${tip.show} @pointerleave=${tip.hide}>${token(id, { most: LETTERS, className: "mono" })}<i
          class="chance"></i></span>`;
}
