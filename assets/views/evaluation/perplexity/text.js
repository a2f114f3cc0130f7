// @ts-check
/**
 * The first document token by token: the ground says how much each surprised the model.
 *
 * @import { PerplexitySurprise } from "../../../types/evaluation"
 * @import { Line } from "../../../kit/tooltip"
 */

import { shaded } from "../../../kit/colour/legible.js";
import { ramp } from "../../../kit/colour/ramp.js";
import { rove } from "../../../kit/controls/roving.js";
import { decimal, precise, whole } from "../../../kit/numbers/format.js";
import { token, tokenText } from "../../../kit/text/tokens.js";
import { tooltip } from "../../../kit/tooltip.js";
import { html, nothing, styleMap } from "../../../vendor/lit.js";
import { wayName } from "./ways.js";

/** Nats from which on the colour is full: a chance of one in 160,000. */
export const MOST = 12;
const DEEPEST = 0.85;

/** @param {PerplexitySurprise} data @param {number} way */
export function text(data, way) {
  const colour = ramp("neg");
  const starts = new Set(data.starts[way].slice(1));
  return html`
    <div class="surprised" role="group" aria-label="Document 1, coloured by surprise" data-rove @keydown=${rove}>
      ${data.ids.map((id, position) => {
        const nats = natsAt(data, way, position);
        const told = tooltip(tokenText(id), () => linesOf(data, way, position));
        const ground = Number.isFinite(nats) ? shaded(colour((DEEPEST * Math.min(nats, MOST)) / MOST)) : {};
        const look = `${starts.has(position) ? "start" : ""} ${Number.isFinite(nats) ? "" : "unscored"}`;
        return html`<span class="at ${look}" tabindex=${position ? -1 : 0} role="img" style=${styleMap(ground)}
          aria-label="${tokenText(id)}, ${Number.isFinite(nats) ? `${decimal(nats)} nats` : "not scored"}"
          @pointermove=${told.show} @focus=${told.beside} @pointerleave=${told.hide}
          @blur=${told.hide}>${token(id, { className: "mono" })}</span>${isBreak(id) ? html`<br>` : nothing}`;
      })}
    </div>`;
}

/** @param {number} id */
const isBreak = (id) => tokenText(id).includes("↵");

/** @param {PerplexitySurprise} data @param {number} way @param {number} position */
const natsAt = ({ nats }, way, position) => nats.a[way * nats.shape[1] + position];

/** @param {PerplexitySurprise} data @param {number} way @param {number} position @returns {Line[]} */
function linesOf(data, way, position) {
  const nats = natsAt(data, way, position);
  if (!Number.isFinite(nats))
    return [
      ["token", whole(position)],
      ["", "not scored: nothing stands before it"],
    ];
  return [
    ["token", whole(position)],
    ["surprise", `${decimal(nats)} nats, ${decimal(nats / Math.LN2)} bits`],
    ["probability", precise(Math.exp(-nats))],
    ["tokens before it", whole(data.context.a[way * data.nats.shape[1] + position])],
    ...data.ways
      .map((other, at) => /** @type {const} */ ([other, natsAt(data, at, position), at]))
      .filter(([, other, at]) => at !== way && Number.isFinite(other))
      .map(([other, value]) => /** @type {Line} */ ([wayName(other), `${decimal(value)} nats`])),
  ];
}
