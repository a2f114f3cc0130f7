// @ts-check
/**
 * The shares of the kinds of text among the experts of one block, as numbers in cells, and each expert's load.
 *
 * @import { ExpertsByKind } from "../../../types/architectures"
 * @import { Chosen } from "./selection.js"
 * @import { Line } from "../../../kit/tooltip.js"
 *
 * @typedef {object} Options
 * @property {ExpertsByKind} data
 * @property {Chosen} chosen
 * @property {number} most the share that is darkest
 * @property {number} width in pixels
 * @property {(to: Chosen) => void} go
 *
 * @typedef {ReturnType<typeof geometry>} Geometry
 */

import { rgbs } from "../../../kit/colour/theme.js";
import { percent } from "../../../kit/numbers/format.js";
import { tooltip } from "../../../kit/tooltip.js";
import { max, range, scaleLinear } from "../../../vendor/d3.js";
import { nothing, svg } from "../../../vendor/lit.js";
import { fill, inkOn } from "./fill.js";
import { against, cell, hundredths, load, times } from "./selection.js";

/** Below this width kinds are written aslant, and loads have no numbers. */
const SLIM = 480;
const NAMES = 26;
const BAR = 10;
/** Rows of many experts are lower. */
const MANY = 16;

/** @param {Options} options */
export function kindsMatrix(options) {
  const { data, chosen, width } = options;
  const place = geometry(data, chosen.block, width);
  const label =
    `Shares of ${data.kinds.length} kinds of text among ${data.n_experts} experts of block ` +
    `${data.layers[chosen.block]}; up and down choose the expert, left and right the block`;
  return svg`
    <svg class="fig kinds-matrix" viewBox="0 0 ${width} ${place.height}" width=${width} height=${place.height}
      role="application" tabindex="0" aria-label=${label}
      @keydown=${(/** @type {KeyboardEvent} */ event) => walk(event, options)}>
      ${data.kinds.map((name, kind) => heading(name, kind, place))}
      <text class="ink" x=${place.loads} y=${place.top - 9}>${place.slim ? "all" : "of all choices"}</text>
      ${range(data.n_experts).map((expert) => row(expert, options, place))}
      ${evenLoad(data, place)}
    </svg>`;
}

/** @param {ExpertsByKind} data @param {number} block @param {number} width */
function geometry(data, block, width) {
  const [experts, kinds] = [data.n_experts, data.kinds.length];
  const slim = width < SLIM;
  const room = slim ? 46 : Math.min(150, width * 0.22);
  const column = (width - NAMES - room - (slim ? 8 : 26)) / kinds;
  const row = experts > MANY ? 20 : slim ? 32 : 34;
  const top = slim ? 52 : 26;
  const bottom = top + experts * row;
  const loads = width - room;
  const most = max(range(experts), (expert) => load(data, { block, expert })) ?? 0;
  const x = scaleLinear([0, Math.max(most, 1 / experts)], [loads, width - (slim ? 4 : 50)]);
  return { width, slim, column, row, top, bottom, height: bottom + 26, loads, x };
}

/** @param {string} name @param {number} kind @param {Geometry} place */
function heading(name, kind, { slim, column, top }) {
  const x = NAMES + (kind + 0.5) * column;
  if (slim) return svg`<text transform="translate(${x + 3} ${top - 7}) rotate(-38)">${name}</text>`;
  return svg`<text x=${x} y=${top - 9} text-anchor="middle">${name}</text>`;
}

/** @param {number} expert @param {Options} options @param {Geometry} place */
function row(expert, options, place) {
  const { data, go, chosen } = options;
  const here = { block: chosen.block, expert };
  const selected = expert === chosen.expert;
  const y = place.top + expert * place.row;
  const middle = y + place.row / 2;
  const share = load(data, here);
  return svg`
    <g class="expert-row ${selected ? "selected" : ""}" data-expert=${expert} @click=${() => go(here)}>
      <rect class="hit" x="0" y=${y} width=${place.width} height=${place.row} />
      <text class="name" x=${NAMES - 8} y=${middle + 4} text-anchor="end">${expert}</text>
      ${data.kinds.map((_, kind) => shareCell(kind, here, { options, place, y }))}
      <rect class="load" x=${place.loads} y=${middle - BAR / 2} width=${Math.max(0.8, place.x(share) - place.loads)}
        height=${BAR} rx="1" />
      ${
        place.slim
          ? nothing
          : svg`<text class="num" x=${place.width} y=${middle + 4} text-anchor="end">${hundredths(share)}</text>`
      }
      ${
        selected
          ? svg`<rect class="frame" x=${NAMES - 0.5} y=${y - 0.5} width=${data.kinds.length * place.column + 1}
            height=${place.row + 1} rx="4" />`
          : nothing
      }
    </g>`;
}

/**
 * @param {number} kind
 * @param {Chosen} here
 * @param {{ options: Options, place: Geometry, y: number }} row
 */
function shareCell(kind, here, { options: { data, most, chosen }, place, y }) {
  const share = cell(data.shares, here, kind);
  const beyond = Boolean(cell(data.beyond, here, kind));
  const ground = fill(share, most, here.expert === chosen.expert);
  const x = NAMES + kind * place.column;
  const title = `Block ${data.layers[here.block]}, expert ${here.expert}, ${data.kinds[kind]}`;
  const tip = tooltip(title, () => told(data, here, kind));
  return svg`
    <g @pointermove=${tip.show} @pointerleave=${tip.hide}>
      <rect x=${x + 1} y=${y + 1} width=${place.column - 2} height=${place.row - 2} rx="3" fill=${rgbs(ground)} />
      <text class="share ${beyond ? "beyond" : ""}" x=${x + place.column / 2} y=${y + place.row / 2 + 4}
        text-anchor="middle"
        style="fill:${rgbs(inkOn(ground, !beyond))}">${place.slim ? (100 * share).toFixed(0) : hundredths(share)}</text>
    </g>`;
}

/**
 * @param {ExpertsByKind} data
 * @param {Chosen} here
 * @param {number} kind
 * @returns {Line[]}
 */
function told(data, here, kind) {
  const share = cell(data.shares, here, kind);
  return [
    ["share of the kind’s choices", percent(share)],
    [
      "shuffled kinds, 95 %",
      `${hundredths(cell(data.low, here, kind))} to ${hundredths(cell(data.high, here, kind))} %`,
    ],
    ["share of the kind ÷ share of all", times(against(share, load(data, here)))],
  ];
}

/** @param {ExpertsByKind} data @param {Geometry} place */
function evenLoad({ n_experts }, { slim, width, top, bottom, loads, x }) {
  const even = x(1 / n_experts);
  return svg`
    <line class="zero" x1=${loads} x2=${loads} y1=${top - 2} y2=${bottom + 2} />
    <line class="even" x1=${even} x2=${even} y1=${top - 4} y2=${bottom + 6} />
    <text class="dim" x=${slim ? width : even} y=${bottom + 20}
      text-anchor=${slim ? "end" : "middle"}>even share ${hundredths(1 / n_experts)}</text>`;
}

/** @param {KeyboardEvent} event @param {Options} options */
function walk(event, { data, chosen, go }) {
  const step = { ArrowDown: [0, 1], ArrowUp: [0, -1], ArrowRight: [1, 0], ArrowLeft: [-1, 0] }[event.key];
  if (!step) return;
  event.preventDefault();
  const block = Math.min(data.layers.length - 1, Math.max(0, chosen.block + step[0]));
  go({ block, expert: (chosen.expert + step[1] + data.n_experts) % data.n_experts });
}
