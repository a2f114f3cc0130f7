// @ts-check
/**
 * A text's shares among the experts of one block, with their intervals, beside all passages' and the nearest kind's.
 *
 * @import { OwnText } from "../../../types/architectures"
 * @import { Chosen } from "./selection.js"
 */

import { pressing, rove } from "../../../kit/controls/roving.js";
import { percent } from "../../../kit/numbers/format.js";
import { spoken, tooltip } from "../../../kit/tooltip.js";
import { max, range, scaleLinear } from "../../../vendor/d3.js";
import { svg } from "../../../vendor/lit.js";
import { interval } from "./interval.js";
import { isSure } from "./lift_map.js";
import { nearestOf } from "./nearest_kinds.js";
import { cell, hundredths, load } from "./selection.js";

const NAMES = 92;
const NUMBERS = 46;
const ROW = 20;
const DOT = 3.5;

/** @param {{ data: OwnText, chosen: Chosen, go: (to: Chosen) => void, width: number }} options */
export function ownShares(options) {
  const { data, chosen, width } = options;
  const experts = range(data.n_experts).map((expert) => {
    const at = chosen.block * data.n_experts + expert;
    const here = { block: chosen.block, expert };
    const [value, low, high] = [data.own, data.low, data.high].map(({ a }) => a[at]);
    return { expert, value, low, high, all: load(data, here), kind: cell(data.kind_shares, here, nearestOf(data)) };
  });
  const most = max(experts, ({ value, high, all, kind }) => Math.max(value, high || 0, all, kind)) || 1;
  const x = scaleLinear([0, most], [NAMES, width - NUMBERS]);
  const height = experts.length * ROW + 2;
  return svg`
    <svg class="fig own-shares" viewBox="0 0 ${width} ${height}" width=${width} height=${height} role="group" data-rove
      @keydown=${rove} aria-label="Your text’s shares among the experts of block ${data.layers[chosen.block]}">
      ${experts.map((each) => row(each, options, x))}
      <line class="zero" x1=${NAMES} x2=${NAMES} y1="0" y2=${height} />
    </svg>`;
}

/**
 * @param {{ expert: number, value: number, low: number, high: number, all: number, kind: number }} share
 * @param {{ data: OwnText, chosen: Chosen, go: (to: Chosen) => void, width: number }} options
 * @param {(value: number) => number} x
 */
function row({ expert, value, low, high, all, kind }, { data, chosen, go, width }, x) {
  const here = { block: chosen.block, expert };
  const selected = expert === chosen.expert;
  const middle = (expert + 0.5) * ROW;
  const nearest = data.kinds[nearestOf(data)];
  const known = Number.isFinite(low);
  const press = () => go(here);
  /** @type {[string, string][]} */
  const lines = [
    ["your text", percent(value)],
    ["95 % interval", known ? `${hundredths(low)} to ${hundredths(high)} %` : "too few tokens"],
    ["all passages", percent(all)],
    [nearest, percent(kind)],
  ];
  const tip = tooltip(`Expert ${expert}`, lines);
  return svg`
    <g class="share-row ${selected ? "selected" : ""}" role="button" tabindex=${selected ? 0 : -1}
      aria-pressed=${selected} aria-label=${spoken({ written: [`expert ${expert}`, hundredths(value)], lines })}
      @click=${press} @keydown=${pressing(press)} @pointermove=${tip.show} @pointerleave=${tip.hide}
      @focus=${tip.beside} @blur=${tip.hide}>
      <rect class="hit" x="0" y=${expert * ROW} width=${width} height=${ROW} rx="3" />
      <text aria-hidden="true" class=${selected ? "b ink" : ""} x=${NAMES - 8} y=${middle + 4}
        text-anchor="end">expert ${expert}</text>
      ${
        known
          ? interval({ value, low, high }, x, middle, isSure(data, here))
          : svg`<rect class="taken" x=${NAMES} y=${middle - 5} width=${x(value) - NAMES} height="10" rx="1" />`
      }
      <line class="typical" x1=${x(all)} x2=${x(all)} y1=${middle - 8} y2=${middle + 8} />
      <circle class="kind-dot" cx=${x(kind)} cy=${middle} r=${DOT} />
      <text aria-hidden="true" class=${selected ? "b ink num" : "num"} x=${width} y=${middle + 4}
        text-anchor="end">${hundredths(value)}</text>
    </g>`;
}
