// @ts-check
/**
 * The waterfall where there is width: a column for each write, from left to right.
 *
 * @import { Step } from "./shares.js"
 * @import { Waterfall } from "./waterfall_bar.js"
 * @import { Box } from "./waterfall_words.js"
 *
 * @typedef {ReturnType<typeof frame>} Frame
 */

import { axisName, leadName } from "../../../kit/controls/over.js";
import { rove } from "../../../kit/controls/roving.js";
import { leftAxis } from "../../../kit/drawing/axis.js";
import { decimal, signed } from "../../../kit/numbers/format.js";
import { scaleLinear } from "../../../vendor/d3.js";
import { nothing, svg } from "../../../vendor/lit.js";
import { everyOf } from "./depths.js";
import { extentOf, ghostOf, leadsBlock, namesEach } from "./shares.js";
import { bar, barClass } from "./waterfall_bar.js";
import { words } from "./waterfall_words.js";

const HEIGHT = 340;
const [LEFT, TOP] = [44, 24];
/** Room at the right for the logit's number. */
const TOTAL = 66;
const COLUMN = 8;
const WIDEST = 22;
/** A column of named bars has room for its number from here on. */
const NUMBERED = 26;

/** @param {Waterfall} options */
export function standing(options) {
  const { order, steps, writers, label, open, beside, width: room } = options;
  const place = frame(options);
  const { y, named, right, width } = place;
  const title = `${axisName(options.data.measured)}, added up`;
  const letters = writers.second === null ? `M ${writers.first}` : `A ${writers.first}, M ${writers.second}`;
  const key = named ? `E embedding, ${letters}, number = block` : "E = embedding; numbers are blocks";
  return svg`
    <svg class="fig waterfall" viewBox="0 0 ${width} ${HEIGHT}" height=${HEIGHT} role="group" aria-label=${label}
      style=${width > room ? `width:${width}px;max-width:none` : nothing} data-rove @keydown=${rove}>
      ${leftAxis({ scale: y, x: LEFT, grid: right - LEFT, count: 6, title })}
      ${steps.map((step, at) =>
        bar(step, drawn(step, at, place, order), {
          ...{ first: at === 0, open, beside },
          written: [numberOf(step, place), nameOf(step, place)],
        }),
      )}
      ${named ? nothing : words(steps, place)} ${total(options, place)}
      <text class="dim" x=${LEFT} y=${HEIGHT - 5}>${key}</text>
    </svg>`;
}

/** @param {Waterfall} options */
function frame({ data, there, order, steps, width: room }) {
  const named = namesEach(order, steps);
  const width = named ? room : Math.max(room, LEFT + TOTAL + steps.length * COLUMN);
  const [right, bottom] = [width - TOTAL, HEIGHT - (named ? 66 : 48)];
  const [least, most] = extentOf(steps, { data, there, order });
  const reach = most - least;
  const below = named && least < 0 ? 0.06 * reach : 0; // room for the numbers under the bars
  const y = scaleLinear([least - below, most], [bottom, TOP]);
  const column = (right - LEFT) / (steps.length + 1);
  const thick = Math.min(0.72 * column, WIDEST);
  const x = (/** @type {number} */ at) => LEFT + at * column;
  const blocks = data.attn.a.length;
  /** @type {(at: number, ends: { from: number, to: number }) => Box} */
  const box = (at, { from, to }) => ({
    x: x(at) + (column - thick) / 2,
    y: Math.min(y(from), y(to)),
    width: thick,
    height: Math.max(1.2, Math.abs(y(to) - y(from))),
  });
  return {
    x,
    y,
    box,
    column,
    reach,
    named,
    width,
    right,
    top: TOP,
    left: LEFT,
    bottom,
    blocks,
    every: everyOf(blocks, 9),
  };
}

/**
 * A write in its column: its bar, the unchanged run's, the line to the next one, its number and name.
 * @param {Step} step
 * @param {number} at
 * @param {Frame} place
 * @param {Waterfall["order"]} order
 */
function drawn(step, at, place, order) {
  const { x, y, box, column } = place;
  const own = box(at, step);
  const ghost = ghostOf(step, order);
  const before = ghost && box(at, ghost);
  const next = own.x + column;
  return svg`
    <rect class="band" x=${x(at)} y=${TOP} width=${column} height=${place.bottom - TOP} />
    ${
      before
        ? svg`<rect class="ghost" x=${before.x - 1.5} y=${before.y} width=${before.width + 3} height=${before.height}
          stroke-dasharray="2 2" />`
        : nothing
    }
    <rect class=${barClass(step)} x=${own.x} y=${own.y} width=${own.width} height=${own.height} rx="1" />
    <line class="zero" x1=${own.x + own.width} x2=${next} y1=${y(step.to)} y2=${y(step.to)} />
    ${number(step, own, place)} ${name(step, at, place)}`;
}

/**
 * @param {Step} step
 * @param {Box} own
 * @param {Frame} place
 */
function number(step, own, place) {
  const written = numberOf(step, place);
  if (!written) return nothing;
  const baseline = step.value > 0 ? own.y - 5 : own.y + own.height + 12;
  return svg`<text class="ink" x=${own.x + own.width / 2} y=${baseline}
    text-anchor="middle">${written}</text>`;
}

/** @param {Step} step @param {Frame} place */
function numberOf(step, { named, reach, column }) {
  return named && Math.abs(step.value) > 0.012 * reach && column > NUMBERED && signed(step.value);
}

/**
 * @param {Step} step
 * @param {number} at
 * @param {Frame} place
 */
function name(step, at, place) {
  const { x, column, named, bottom } = place;
  const written = nameOf(step, place);
  if (!written) return nothing;
  const middle = x(at) + column / 2;
  if (named && step.kind === "rest") {
    const turned = `rotate(-40 ${middle} ${bottom + 16})`;
    return svg`<text x=${middle} y=${bottom + 16} text-anchor="end" transform=${turned}>${written}</text>`;
  }
  if (named) return svg`<text x=${middle} y=${bottom + 16} text-anchor="middle">${written}</text>`;
  const across = step.kind === "attention" ? x(at) + column : middle;
  return svg`<text class="dim" x=${across} y=${bottom + 17} text-anchor="middle">${written}</text>`;
}

/**
 * What is written below a column: in the stream's order the embedding, and as many blocks' numbers as fit.
 * @param {Step} step
 * @param {Frame} place
 */
function nameOf(step, { named, blocks, every }) {
  if (named) return step.short;
  if (step.kind === "embedding") return "E";
  const { block } = step;
  if (!leadsBlock(step) || block === null) return false;
  const last = blocks - 1;
  return (block === last || (block % every === 0 && last - block >= 0.6 * every)) && String(block);
}

/**
 * The logit itself, from nought.
 * @param {Waterfall} options
 * @param {Frame} place
 */
function total({ data, there, steps }, { x, y, column }) {
  const left = x(steps.length) + 4;
  const thick = Math.max(10, Math.min(WIDEST, column));
  const { lead } = data.measured;
  const [top, height] = [Math.min(y(0), y(lead)), Math.max(1, Math.abs(y(lead) - y(0)))];
  const before = there?.measured.lead;
  return svg`
    ${
      before === undefined
        ? nothing
        : svg`<rect class="ghost" x=${left - 1.5} y=${Math.min(y(0), y(before))} width=${thick + 3}
          height=${Math.abs(y(before) - y(0))} stroke-dasharray="2 2" />`
    }
    <rect class="total" x=${left} y=${top} width=${thick} height=${height} rx="1" />
    <text class="ink b" x=${left + thick + 6} y=${y(lead) + 4}>${decimal(lead)}</text>
    <text class="dim" x=${left + thick + 6} y=${y(lead) + 18}>${leadName(data.measured)}</text>`;
}
