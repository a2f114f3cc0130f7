// @ts-check
/**
 * One forbidden expert by kind of text: the loss added as a bar, and across it the interval.
 *
 * @import { ForbiddenExperts } from "../../../types/architectures"
 * @import { Place } from "./losses.js"
 */

import { rove } from "../../../kit/controls/roving.js";
import { percent } from "../../../kit/numbers/format.js";
import { tooltip } from "../../../kit/tooltip.js";
import { extent, scaleLinear } from "../../../vendor/d3.js";
import { html, nothing, svg } from "../../../vendor/lit.js";
import { change, kindsOf, nameOf } from "./losses.js";

const NAMES = 96;
const NUMBERS = 58;
const ROW = 26;
const BAR = 12;

/** @param {{ data: ForbiddenExperts, place: Place, width: number }} options */
export function kindLosses({ data, place, width }) {
  const kinds = kindsOf(data, place);
  const bounds = kinds.flatMap(({ value, low, high }) => [0, value, ...[low, high].filter(Number.isFinite)]);
  const [least = 0, most = 1] = extent(bounds);
  const x = scaleLinear([least, Math.max(most, least + 1e-6)], [NAMES, width - NUMBERS]);
  const height = kinds.length * ROW + 4;
  return html`
    <div class="kind-losses">
      <h3 class="sub3">${nameOf(data, place)}, by kind of text <small>loss added, nats a token</small></h3>
      <svg class="fig" viewBox="0 0 ${width} ${height}" width=${width} height=${height} role="group" data-rove
        @keydown=${rove}
        aria-label="Loss added by kind: ${kinds.map(({ name, value }) => `${name} ${change(value)}`).join(", ")}">
        ${kinds.map((kind, at) => row(kind, { at, x, width }))}
        <line class="zero" x1=${x(0)} x2=${x(0)} y1="0" y2=${height} />
      </svg>
    </div>`;
}

/**
 * @param {ReturnType<typeof kindsOf>[number]} kind
 * @param {{ at: number, x: (value: number) => number, width: number }} place
 */
function row({ name, value, low, high, share }, { at, x, width }) {
  const sure = low > 0 || high < 0;
  const middle = (at + 0.5) * ROW;
  const known = Number.isFinite(low);
  const interval = known ? `${change(low)} to ${change(high)}` : "none: only one text";
  const tip = tooltip(name, [
    ["loss added, nats a token", change(value)],
    ["95 % interval", interval],
    ["tokens that use it", percent(share)],
  ]);
  return svg`
    <g class="kind-loss" role="img" tabindex=${at === 0 ? 0 : -1}
      aria-label="${name}: ${change(value)}, interval ${interval}; ${percent(share)} of its tokens use the expert"
      @pointermove=${tip.show} @pointerleave=${tip.hide} @focus=${tip.beside} @blur=${tip.hide}>
      <rect class="hit" x="0" y=${at * ROW} width=${width} height=${ROW} rx="3" />
      <text aria-hidden="true" class=${sure ? "ink" : "dim"} x=${NAMES - 10} y=${middle + 4}
        text-anchor="end">${name}</text>
      <rect class="loss ${sure ? "sure" : ""}" x=${Math.min(x(0), x(value))} y=${middle - BAR / 2}
        width=${Math.max(0.8, Math.abs(x(value) - x(0)))} height=${BAR} rx="1" />
      ${
        known
          ? svg`<path class="whisker"
            d="M${x(low)} ${middle}H${x(high)}M${x(low)} ${middle - 4}v8M${x(high)} ${middle - 4}v8" />`
          : nothing
      }
      <text aria-hidden="true" class=${sure ? "b ink num" : "dim num"} x=${width} y=${middle + 4}
        text-anchor="end">${change(value)}</text>
    </g>`;
}
