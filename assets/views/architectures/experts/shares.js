// @ts-check
/**
 * How much of each label's choices go to one expert, beside its share of all and what shuffled labels give.
 *
 * @import { Floats } from "../../../types/shared"
 * @import { Chosen } from "./selection.js"
 * @import { Measured } from "./interval.js"
 */

import { rove } from "../../../kit/controls/roving.js";
import { percent } from "../../../kit/numbers/format.js";
import { tooltip } from "../../../kit/tooltip.js";
import { max, scaleLinear } from "../../../vendor/d3.js";
import { html, svg } from "../../../vendor/lit.js";
import { interval } from "./interval.js";
import { against, cell, hundredths, times } from "./selection.js";

const NAMES = 92;
const NUMBERS = 52;
const ROW = 20;
const FOOT = 20;

/**
 * @param {{ of: string, names: string[], share: Floats, low: Floats, high: Floats, all: number, chosen: Chosen,
 *   width: number }} options
 */
export function shares({ of, names, share, low, high, all, chosen, width }) {
  const measured = names.map((name, label) => {
    const [value, least, most] = [share, low, high].map((each) => cell(each, chosen, label));
    return { name, value, low: least, high: most };
  });
  const x = scaleLinear(
    [0, Math.max(all, max(measured, (each) => Math.max(each.value, each.high)) ?? 0, 1e-6)],
    [NAMES, width - NUMBERS],
  );
  const bottom = names.length * ROW;
  const said = measured.map(({ name, value }) => `${name} ${hundredths(value)} %`).join(", ");
  return html`
    <div>
      <h3 class="sub3">By ${of} <small>% of its choices that go here</small></h3>
      <svg class="fig shares" viewBox="0 0 ${width} ${bottom + FOOT}" width=${width} height=${bottom + FOOT}
        role="group" aria-label="Share of each ${of} that goes to this expert: ${said}" data-rove @keydown=${rove}>
        ${measured.map((each, at) => row(each, { at, x, all, width }))}
        <line class="even" x1=${x(all)} x2=${x(all)} y1="0" y2=${bottom + 4} />
        <line class="zero" x1=${NAMES} x2=${NAMES} y1="0" y2=${bottom + 2} />
        <text aria-hidden="true" class="dim" x=${Math.min(x(all), width - NUMBERS)} y=${bottom + 17}
          text-anchor="middle">all choices ${hundredths(all)}</text>
      </svg>
    </div>`;
}

/**
 * @param {Measured & { name: string }} measured
 * @param {{ at: number, x: (value: number) => number, all: number, width: number }} place
 */
function row(measured, { at, x, all, width }) {
  const { name, value, low, high } = measured;
  const beyond = value > high || value < low;
  const middle = (at + 0.5) * ROW;
  const shuffled = `${hundredths(low)} to ${hundredths(high)} %`;
  const factor = times(against(value, all));
  const tip = tooltip(name, [
    ["of its choices go here", percent(value)],
    ["with shuffled labels, 95 %", shuffled],
    ["÷ share of all choices", factor],
  ]);
  return svg`
    <g class="share-row" role="img" tabindex=${at === 0 ? 0 : -1}
      aria-label="${name}: ${percent(value)}, shuffled ${shuffled}, ${factor} its share of all choices"
      @pointermove=${tip.show} @pointerleave=${tip.hide} @focus=${tip.beside} @blur=${tip.hide}>
      <rect class="hit" x="0" y=${at * ROW} width=${width} height=${ROW} rx="3" />
      <text aria-hidden="true" class=${beyond ? "ink" : "dim"} x=${NAMES - 8} y=${middle + 4}
        text-anchor="end">${name}</text>
      ${interval(measured, x, middle, beyond)}
      <text aria-hidden="true" class=${beyond ? "b ink num" : "dim num"} x=${width} y=${middle + 4}
        text-anchor="end">${hundredths(value)}</text>
    </g>`;
}
