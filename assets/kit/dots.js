// @ts-check
/**
 * Rows of dots on one logarithmic scale, each with its name and its words: things of very different sizes, compared.
 *
 * @import { Line } from "./tooltip"
 *
 * @typedef {object} DotRow
 * @property {string} key what it is called in the page
 * @property {string} name at the left; above the dots where there is little room
 * @property {{ value: number, mark: string }[]} dots `mark` is the class that styles it; a line joins them
 * @property {boolean} [stem] the line comes from the scale's beginning
 * @property {string} [label] beside the last dot
 * @property {string} words at the right
 * @property {boolean} [strong] its words are set in ink
 * @property {Line[]} details of the tooltip
 * @property {boolean} [selected]
 * @property {() => void} select
 *
 * @typedef {object} Options
 * @property {DotRow[]} rows
 * @property {number} width in pixels
 * @property {[low: number, high: number]} domain
 * @property {(value: number) => string} format of the ticks
 * @property {string} title of the axis, with its unit
 * @property {{ value: number, name: string }} [reference] a line through all rows
 * @property {string} label what the picture shows, to a screen reader
 *
 * @typedef {object} Frame
 * @property {ReturnType<typeof scaleLog<number>>} x
 * @property {number} width
 * @property {boolean} narrow
 * @property {number} left
 * @property {number} top
 * @property {number} bottom
 * @property {number} step
 * @property {number} [reference]
 */
import { max, scaleLog } from "../vendor/d3.js";
import { nothing, svg } from "../vendor/lit.js";
import { bottomAxis } from "./axis.js";
import { textWidth } from "./measure.js";
import { pressing, rove } from "./roving.js";
import { spoken, tooltip } from "./tooltip.js";

/** Below this width names and words stand above the dots. */
const NARROW = 600;
/** What the chosen row's weight adds to the width of its text. */
const BOLD = 1.07;
/** Pixels between the dots' end and the words: a dot's label may stand there. */
const LABEL = 30;
const GAP = 12;
const STEP = { wide: 24, narrow: 40 };
const RADIUS = 5;

/** @param {Options} options */
export function dots(options) {
  const { rows, width, format, title, label, reference } = options;
  const frame = frameOf(options);
  const { x, top, bottom, step } = frame;
  const focused = Math.max(
    0,
    rows.findIndex((row) => row.selected),
  );
  const decades = Math.max(1, Math.floor(Math.log10(x.domain()[1] / x.domain()[0])));
  return svg`
    <svg class="fig dots" preserveAspectRatio="xMinYMin" viewBox="0 0 ${width} ${bottom + 36}" height=${bottom + 36}
         role="group" aria-label=${label}
         data-rove @keydown=${rove}>
      ${bottomAxis({ scale: x, y: bottom, grid: bottom - top, count: decades, format, title })}
      ${reference ? referenceLine(reference.name, frame) : nothing}
      ${rows.map((row, at) => dotRow(row, frame, { y: top + at * step, focused: at === focused }))}
    </svg>`;
}

/**
 * @param {Options} options
 * @returns {Frame}
 */
function frameOf({ rows, width, domain, reference }) {
  const narrow = width < NARROW;
  const room = (/** @type {(row: DotRow) => string} */ of) => BOLD * (max(rows, (row) => textWidth(of(row))) ?? 0);
  const left = narrow ? RADIUS + 1 : room((row) => row.name) + GAP;
  const right = narrow ? RADIUS + 1 : room((row) => row.words) + GAP + LABEL;
  const x = scaleLog(domain, [left, width - right]);
  const step = narrow ? STEP.narrow : STEP.wide;
  const top = reference ? 24 : 6;
  const bottom = top + rows.length * step + 2;
  return { x, width, narrow, left, top, bottom, step, reference: reference && x(reference.value) };
}

/**
 * @param {DotRow} row
 * @param {Frame} frame
 * @param {{ y: number, focused: boolean }} place
 */
function dotRow(row, frame, { y, focused }) {
  const { x, width, narrow, left, step } = frame;
  const tip = tooltip(row.key, row.details);
  const middle = y + (narrow ? 27 : step / 2);
  const words = narrow ? y + 14 : middle + 4;
  const called = spoken({ written: [row.name, row.label, row.words], lines: row.details });
  const places = row.dots.map(({ value }) => x(value));
  return svg`
    <g class="row ${row.selected ? "selected" : ""}" data-key=${row.key} role="button" tabindex=${focused ? 0 : -1}
       aria-label=${called} aria-pressed=${Boolean(row.selected)} @click=${row.select} @keydown=${pressing(row.select)}
       @pointermove=${tip.show} @pointerleave=${tip.hide} @focus=${tip.beside} @blur=${tip.hide}>
      <rect class="hit" x="0" y=${y} width=${width} height=${step} />
      <text class="name haloed" x=${narrow ? 2 : left - GAP} y=${words}
        text-anchor=${narrow ? "start" : "end"}>${row.name}</text>
      <line class="joint" x1=${row.stem ? left : Math.min(...places)} x2=${Math.max(...places)} y1=${middle}
        y2=${middle} />
      ${row.dots.map(({ mark }, at) => svg`<circle class=${mark} cx=${places[at]} cy=${middle} r=${RADIUS} />`)}
      ${row.label ? besideDot(row.label, Math.max(...places), middle, frame) : nothing}
      <text class="words haloed ${row.strong ? "strong" : ""}" x=${width - 2} y=${words}
        text-anchor="end">${row.words}</text>
    </g>`;
}

/**
 * A dot's label, at its left where the reference line or the picture's end would be in the way.
 * @param {string} label
 * @param {number} x
 * @param {number} y
 * @param {Frame} frame
 */
function besideDot(label, x, y, { reference, left, width, narrow }) {
  const end = x + RADIUS + 4 + BOLD * textWidth(label);
  const crossed = reference !== undefined && reference > x + 2 && reference < end + 3;
  const turned = (crossed && x - left > end - x) || (narrow && end > width);
  const place = turned ? x - RADIUS - 4 : x + RADIUS + 4;
  return svg`<text class="beside haloed" x=${place} y=${y + 4} text-anchor=${turned ? "end" : "start"}>${label}</text>`;
}

/**
 * @param {string} name
 * @param {Frame} frame
 */
function referenceLine(name, { reference = 0, top, bottom, width }) {
  const turned = reference + 8 + textWidth(name) > width;
  const anchor = turned ? "end" : "start";
  return svg`
    <line class="reference" x1=${reference} x2=${reference} y1=${top - 6} y2=${bottom} />
    <text class="ink" x=${reference + (turned ? -6 : 6)} y=${top - 11} text-anchor=${anchor}>${name}</text>`;
}
