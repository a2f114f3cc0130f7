// @ts-check
/**
 * The bits that the choice of experts shares with one label, block by block, over the band of shuffled labels.
 *
 * @import { LabelInformation } from "../../../types/architectures"
 * @import { Floats } from "../../../types/shared"
 *
 * @typedef {object} Pane
 * @property {LabelInformation} measured
 * @property {(number | undefined)[] | undefined} there bits of the mixture beside this one, by this one's blocks
 * @property {string} beside what the run of that mixture is called
 * @property {string} name of the label
 * @property {number[]} layers
 * @property {Floats} available all bits that the routing carries
 * @property {number} most bits at the top
 * @property {number} block the index of the selected one
 * @property {number} width in pixels
 * @property {(block: number) => void} select
 *
 * @typedef {ReturnType<typeof geometry>} Geometry
 */
import { leftAxis } from "../../../kit/drawing/axis.js";
import { readable } from "../../../kit/drawing/readable.js";
import { decimal, percent } from "../../../kit/numbers/format.js";
import { tooltip } from "../../../kit/tooltip.js";
import { area, line, range, scaleLinear } from "../../../vendor/d3.js";
import { html, nothing, svg } from "../../../vendor/lit.js";
import { bits } from "./selection.js";

const HEIGHT = 190;
const LEFT = 30;
const RIGHT = 12;
const TOP = 12;
const BOTTOM = HEIGHT - 26;
/** Pixels that the number of a block takes. */
const NUMBER = 26;

/** @param {Pane} options */
export function pane(options) {
  const { measured, name, layers, width, block, select } = options;
  const place = geometry(options);
  const said = (/** @type {Floats} */ { a }) => Array.from(a, bits).join(", ");
  const curve = `bits by block ${said(measured.bits)}; shuffled ${said(measured.chance)}`;
  return html`
    <div class="pane">
      <h3 class="sub3">${name} <small>bits</small></h3>
      <svg class="fig" viewBox="0 0 ${width} ${HEIGHT}" width=${width} height=${HEIGHT} role="application" tabindex="0"
        aria-label="${name}: ${curve}; arrow keys choose the block"
        @keydown=${(/** @type {KeyboardEvent} */ event) => walk(event, layers.length, block, select)}>
        ${leftAxis({
          scale: place.y,
          x: LEFT,
          grid: width - RIGHT - LEFT,
          count: 4,
          format: (value) => value.toFixed(1),
        })}
        ${curves(options, place)}
        ${layers.map((_, at) => point(at, options, place))}
        ${valueName(options, place)}
      </svg>
    </div>`;
}

/** @param {Pane} options */
function geometry({ layers, width, most, block }) {
  const last = layers.length - 1;
  const middle = (LEFT + width - RIGHT) / 2;
  const step = (width - RIGHT - LEFT) / layers.length;
  const x = last ? scaleLinear([0, last], [LEFT + 6, width - RIGHT]) : () => middle;
  const y = scaleLinear([0, most * 1.04], [BOTTOM, TOP]).clamp(true);
  return { x, y, step, named: new Set(readable(layers.length, step, block, NUMBER)) };
}

/** @param {Pane} options @param {Geometry} place */
function curves({ measured, there, available, layers }, { x, y }) {
  const blocks = range(layers.length);
  const path = (/** @type {Floats} */ { a }) =>
    line(
      (/** @type {number} */ at) => x(at),
      (/** @type {number} */ at) => y(a[at]),
    )(blocks);
  const band = area(
    (/** @type {number} */ at) => x(at),
    (/** @type {number} */ at) => y(measured.low.a[at]),
    (/** @type {number} */ at) => y(measured.high.a[at]),
  )(blocks);
  return svg`
    <path class="band" d=${band} />
    <path class="available" d=${path(available)} />
    ${there ? curveBeside(there, { x, y }) : nothing}
    <path class="measured" d=${path(measured.bits)} />`;
}

/**
 * Rings, as the table has them; none where there is no such block.
 * @param {(number | undefined)[]} there
 * @param {Pick<Geometry, "x" | "y">} place
 */
function curveBeside(there, { x, y }) {
  /** @type {[number, number][]} */
  const points = there.flatMap((value, at) => (value === undefined ? [] : [[x(at), y(value)]]));
  return svg`
    <g class="there">
      <path d=${line()(points)} />
      ${points.map(([cx, cy]) => svg`<circle cx=${cx} cy=${cy} r="2.8" />`)}
    </g>`;
}

/** @param {number} at @param {Pane} options @param {Geometry} place */
function point(at, { measured, there, beside, name, layers, block, select }, { x, y, step, named }) {
  const selected = at === block;
  const tip = tooltip(`Block ${layers[at]}, ${name}`, () => [
    ["measured, bits", bits(measured.bits.a[at])],
    [
      "with shuffled labels",
      `${bits(measured.chance.a[at])} (${bits(measured.low.a[at])} to ${bits(measured.high.a[at])})`,
    ],
    ["beyond chance", bits(measured.bits.a[at] - measured.chance.a[at])],
    ["of the routing", percent(Math.max(0, measured.of_routing.a[at]))],
    ...(there?.[at] === undefined ? [] : [/** @type {[string, string]} */ ([`${beside}, bits`, bits(there[at])])]),
  ]);
  return svg`
    <g class="point ${selected ? "selected" : ""} ${measured.beyond.a[at] ? "beyond" : ""}"
      @click=${() => select(at)} @pointermove=${tip.show} @pointerleave=${tip.hide}>
      <rect class="hit" x=${x(at) - step / 2} y="0" width=${step} height=${HEIGHT} />
      <circle cx=${x(at)} cy=${y(measured.bits.a[at])} r=${selected ? 5 : 3.2} />
      ${named.has(at) ? svg`<text x=${x(at)} y=${HEIGHT - 8} text-anchor="middle">${layers[at]}</text>` : nothing}
    </g>`;
}

/**
 * The selected block's number stands above its point, or below where there is no room.
 * @param {Pane} options
 * @param {Geometry} place
 */
function valueName({ measured, block, layers }, { x, y }) {
  const value = measured.bits.a[block];
  const above = y(value) - 10;
  const anchor = block === 0 ? "start" : block === layers.length - 1 ? "end" : "middle";
  return svg`<text class="value" x=${x(block)} y=${above < TOP ? y(value) + 20 : above}
    text-anchor=${anchor}>${decimal(value)}</text>`;
}

/**
 * @param {KeyboardEvent} event
 * @param {number} count
 * @param {number} block
 * @param {(block: number) => void} select
 */
function walk(event, count, block, select) {
  const to = { ArrowRight: block + 1, ArrowLeft: block - 1, Home: 0, End: count - 1 }[event.key];
  if (to === undefined) return;
  event.preventDefault();
  select(Math.min(count - 1, Math.max(0, to)));
}
