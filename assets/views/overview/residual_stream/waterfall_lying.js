// @ts-check
/**
 * The waterfall where there is little width: a row for each write, from the top down.
 *
 * @import { Order, Step } from "./shares.js"
 * @import { Waterfall } from "./waterfall_bar.js"
 *
 * @typedef {object} Place
 * @property {(value: number) => number} x
 * @property {number} names where the names end
 * @property {number} row height
 * @property {number} width
 * @property {boolean} named
 * @property {number} every how often a block's number is written
 * @property {number} least value that is written beside its bar
 */

import { axisName } from "../../../kit/controls/over.js";
import { rove } from "../../../kit/controls/roving.js";
import { bottomAxis } from "../../../kit/drawing/axis.js";
import { decimal, signed } from "../../../kit/numbers/format.js";
import { scaleLinear } from "../../../vendor/d3.js";
import { nothing, svg } from "../../../vendor/lit.js";
import { everyOf } from "./depths.js";
import { extentOf, ghostOf, leadsBlock, namesEach } from "./shares.js";
import { bar, barClass, WRITTEN } from "./waterfall_bar.js";

const TOP = 6;
/** Room for the axis' numbers and its title. */
const AXIS = 40;
/** Named bars stand in higher rows, with more room for their names, than all writes in order. */
const NAMED = { row: 22, names: 78, gap: 9 };
const ALL = { row: 12, names: 34, gap: 3 };
const VALUES = 76;

/** @param {Waterfall} options */
export function lying({ data, there, order, steps, width, label, open, beside }) {
  const named = namesEach(order, steps);
  const { row, names } = named ? NAMED : ALL;
  const extent = extentOf(steps, { data, there, order });
  const x = scaleLinear(extent, [names, width - VALUES]);
  const bottom = TOP + (steps.length + 1) * row + 6;
  const total = TOP + steps.length * row + 1;
  const least = named ? 0 : WRITTEN * (extent[1] - extent[0]);
  const place = { x, names: names - 8, row, width, named, every: everyOf(data.attn.a.length, 8), least };
  const title = `${axisName(data.measured)}, added up`;
  const { lead } = data.measured;
  return svg`
    <svg class="fig waterfall" viewBox="0 0 ${width} ${bottom + AXIS}" height=${bottom + AXIS} role="group"
      aria-label=${label} data-rove @keydown=${rove}>
      ${bottomAxis({ scale: x, y: bottom, grid: bottom - TOP, count: 4, title })}
      ${steps.map((step, at) =>
        bar(step, drawn(step, order, TOP + at * row, place), {
          ...{ first: at === 0, open, beside },
          written: [nameOf(step, place), numberOf(step, place)],
        }),
      )}
      ${lies("total", [0, lead], total, 12, place)}
      <text class="halo ink b" x=${Math.max(x(0), x(lead)) + 5} y=${total + 10.5}>${decimal(lead)}</text>
    </svg>`;
}

/**
 * @param {Step} step
 * @param {Order} order
 * @param {number} y
 * @param {Place} place
 */
function drawn(step, order, y, place) {
  const { x, names, row, width, named } = place;
  const { gap } = named ? NAMED : ALL;
  const ghost = ghostOf(step, order);
  const ends = [step.from, step.to, ...(ghost ? [ghost.from, ghost.to] : [])];
  const [name, value] = [nameOf(step, place), numberOf(step, place)];
  return svg`
    <rect class="band" x="0" y=${y} width=${width} height=${row} />
    ${ghost ? lies("ghost", [ghost.from, ghost.to], y + 0.5, row - gap + 1, place) : nothing}
    ${lies(barClass(step), [step.from, step.to], y + 1, row - gap, place)}
    <text class=${named ? "" : "dim"} x=${names} y=${y + (named ? 11 : 10)}
      text-anchor="end">${name || nothing}</text>
    ${
      value
        ? svg`<text class="halo ink" x=${Math.max(...ends.map(x)) + 4} y=${y + (named ? 11 : 10)}>${value}</text>`
        : nothing
    }`;
}

/**
 * A bar from one value to another.
 * @param {string} className
 * @param {[from: number, to: number]} ends
 * @param {number} y
 * @param {number} height
 * @param {Place} place
 */
function lies(className, [from, to], y, height, { x }) {
  const width = Math.max(1, Math.abs(x(to) - x(from)));
  return svg`
    <rect class=${className} x=${Math.min(x(from), x(to))} y=${y} width=${width} height=${height} rx="1"
      stroke-dasharray=${className === "ghost" ? "2 2" : nothing} />`;
}

/**
 * @param {Step} step
 * @param {Place} place
 */
function nameOf(step, { named, every }) {
  const { kind, block, short } = step;
  if (kind === "embedding") return named ? "embed" : "E";
  if (named) return short;
  return leadsBlock(step) && block !== null && block % every === 0 && String(block);
}

/**
 * What is written beside a bar that is long enough.
 * @param {Step} step
 * @param {Place} place
 */
function numberOf(step, { named, least }) {
  if (Math.abs(step.value) <= least) return false;
  return named ? signed(step.value) : `${step.short} ${signed(step.value)}`;
}
