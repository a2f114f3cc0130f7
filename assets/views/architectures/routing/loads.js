// @ts-check
/**
 * How many of the visits fall on each expert: bars that continue the matrix' rows, or hang below its columns.
 *
 * @import { RoutingMatrix } from "../../../types/architectures"
 * @import { ViewContext } from "../../../kit/view"
 * @import { Bands } from "./bands.js"
 * @import { Chosen } from "./routes.js"
 *
 * @typedef {{ chosen: Chosen, bands: Bands }} Where
 * @typedef {{ x: number, y: number, width: number, height: number }} Box
 */

import { row as rowOf } from "../../../kit/cells/tensor.js";
import { pressing, rove } from "../../../kit/controls/roving.js";
import { readable } from "../../../kit/drawing/readable.js";
import { counted, decimal, percent } from "../../../kit/numbers/format.js";
import { tooltip } from "../../../kit/tooltip.js";
import { max, range, scaleLinear } from "../../../vendor/d3.js";
import { nothing, svg } from "../../../vendor/lit.js";
import { cornerOf, shownRows } from "./bands.js";
import { visitsOf, weightOf } from "./routes.js";

/** Pixels of the numbers at the right, and of the longest bar that hangs. */
const NUMBERS = 54;
const HANGING = 62;
/** Many experts have less room for digits. */
const MANY = 16;

/**
 * @param {RoutingMatrix} data
 * @param {ViewContext<any>} ctx
 * @param {Where} where
 */
export const loads = (data, ctx, where) => (where.bands.wide ? beside : below)(data, ctx, where);

/** The end of the scale. @param {RoutingMatrix} data */
const most = (data) => Math.max(max(data.share.a) ?? 0, 1.15 / data.n_experts);

/**
 * @param {RoutingMatrix} data
 * @param {ViewContext<any>} ctx
 * @param {Where} where
 */
function beside(data, ctx, where) {
  const { margin, height, load } = where.bands;
  const tall = margin.top + height + margin.bottom;
  const x = scaleLinear([0, most(data)], [1, load - NUMBERS]);
  return svg`
    <svg class="loads" width=${load} height=${tall} role="group" aria-label="Load: share of visits of each expert"
         data-rove @keydown=${rove}>
      <text aria-hidden="true" class="h" x="0" y="14">Load</text>
      <text aria-hidden="true" class="dim" x="0" y="30">share of visits, ${counted(data.n, "token")}</text>
      <text aria-hidden="true" class="dim" x=${x(1 / data.n_experts)} y=${margin.top - 9}
        text-anchor="middle">even share ${percent(1 / data.n_experts)}</text>
      ${shownRows(where.bands).map((row) => lying(data, ctx, where, { row, x }))}
    </svg>`;
}

/**
 * @param {RoutingMatrix} data
 * @param {ViewContext<any>} ctx
 * @param {Where} where
 * @param {{ row: number, x: (share: number) => number }} place
 */
function lying(data, ctx, where, { row, x }) {
  const { bands } = where;
  const { height } = bands.cell;
  const top = bands.margin.top + cornerOf(bands, { row, expert: 0, token: 0 }).y;
  const bottom = top + bands.experts * height;
  const named = new Set(readable(bands.experts, height, -1, 12));
  const space = height > 5 ? 2 : 0.3;
  const bars = range(bands.experts).map((expert) => {
    const y = top + expert * height;
    const share = rowOf(data.share, row)[expert];
    const box = { x: x(0), y: y + space, width: x(share) - x(0), height: Math.max(1, height - 2 * space) };
    const number = svg`<text aria-hidden="true" class="num" x=${bands.load} y=${y + height / 2 + 4}
      text-anchor="end">${percent(share, 1)}</text>`;
    const hit = { x: 0, y, width: bands.load, height };
    return bar(data, ctx, where, { row, expert, box, hit, number: named.has(expert) ? number : nothing });
  });
  const even = x(1 / data.n_experts);
  return svg`
    ${bars}
    <line class="zero" x1="0.5" x2="0.5" y1=${top - 2} y2=${bottom + 2} />
    <line class="even" x1=${even} x2=${even} y1=${top - 4} y2=${bottom + 4} />
    <text aria-hidden="true" class="dim" x="0" y=${bottom + 15}>${asIfEven(data, row)}</text>`;
}

/**
 * @param {RoutingMatrix} data
 * @param {number} row
 */
function asIfEven(data, row) {
  const digits = data.n_experts > MANY ? 1 : 2;
  const [even, balance] = [data.even.a[row], data.balance.a[row]].map((value) => decimal(value, digits));
  return `effective: ${even} of ${data.n_experts} experts; balance ${balance}`;
}

/**
 * @param {RoutingMatrix} data
 * @param {ViewContext<any>} ctx
 * @param {Where} where
 */
function below(data, ctx, where) {
  const { margin, width } = where.bands;
  const y = scaleLinear([0, most(data)], [0, HANGING]);
  const even = y(1 / data.n_experts);
  const apart = even > 20;
  const whole = margin.left + width + margin.right;
  return svg`
    <svg class="loads" width=${whole} height=${HANGING + 30} role="group"
      aria-label="Load: share of visits of each expert" data-rove @keydown=${rove}>
      ${apart ? svg`<text aria-hidden="true" x="0" y="16">load</text>` : nothing}
      <text aria-hidden="true" class="dim" x="0" y=${8 + even + 4}>${apart ? "" : "load, "}even</text>
      <text aria-hidden="true" class="dim" x="0" y=${HANGING + 24}>equal use</text>
      ${shownRows(where.bands).map((row) => hanging(data, ctx, where, { row, y }))}
    </svg>`;
}

/**
 * @param {RoutingMatrix} data
 * @param {ViewContext<any>} ctx
 * @param {Where} where
 * @param {{ row: number, y: (share: number) => number }} place
 */
function hanging(data, ctx, where, { row, y }) {
  const { bands } = where;
  const { width } = bands.cell;
  const left = bands.margin.left + cornerOf(bands, { row, expert: 0, token: 0 }).x;
  const right = left + bands.experts * width;
  const top = 8;
  const bars = range(bands.experts).map((expert) => {
    const x = left + expert * width;
    const share = rowOf(data.share, row)[expert];
    const box = { x: x + 0.4, y: top, width: Math.max(0.8, width - 0.9), height: y(share) };
    return bar(data, ctx, where, { row, expert, box, hit: { x, y: top, width, height: HANGING }, number: nothing });
  });
  const even = top + y(1 / data.n_experts);
  const like = decimal(data.even.a[row], 1);
  return svg`
    ${bars}
    <line class="zero" x1=${left} x2=${right} y1=${top - 0.5} y2=${top - 0.5} />
    <line class="even" x1=${left - 2} x2=${right + 2} y1=${even} y2=${even} />
    <text aria-hidden="true" class="dim" x=${left}
      y=${HANGING + 24}>${right - left > 62 ? `${like} of ${data.n_experts}` : like}</text>`;
}

/**
 * @param {RoutingMatrix} data
 * @param {ViewContext<any>} ctx
 * @param {Where} where
 * @param {{ row: number, expert: number, box: Box, hit: Box, number: unknown }} bar
 */
function bar(data, ctx, { chosen, bands }, { row, expert, box, hit, number }) {
  const layer = data.layers[row];
  const share = percent(rowOf(data.share, row)[expert], 1);
  const own = weightOf(visitsOf(data, row, chosen.position), expert) > 0;
  const press = () => ctx.select({ layer, expert });
  const tip = tooltip(`Expert ${expert} of block ${layer}`, [
    ["share of all visits", share],
    ["an even share", percent(1 / data.n_experts)],
  ]);
  return svg`
    <g class="load ${own ? "own" : ""}" role="button" tabindex=${row === bands.first && expert === 0 ? 0 : -1}
       aria-label="Block ${layer} expert ${expert}: ${share} of the visits" @click=${press} @keydown=${pressing(press)}
       @pointermove=${tip.show} @pointerleave=${tip.hide} @focus=${tip.beside} @blur=${tip.hide}>
      <rect class="hit" x=${hit.x} y=${hit.y} width=${hit.width} height=${hit.height} />
      <rect class="value" x=${box.x} y=${box.y} width=${box.width} height=${box.height} />
      ${number}
    </g>`;
}
