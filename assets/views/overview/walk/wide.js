// @ts-check
/**
 * The river from left to right: attention above the stream, MLP below it, what the lens reads at the bottom.
 *
 * @import { WalkRiver } from "../../../types/overview"
 * @import { ScaleLinear } from "../../../vendor/d3.js"
 * @import { Context, Standing } from "./blocks.js"
 */

import { axisName } from "../../../kit/controls/over.js";
import { rove } from "../../../kit/controls/roving.js";
import { leftAxis } from "../../../kit/drawing/axis.js";
import { decimal, signed, whole } from "../../../kit/numbers/format.js";
import { feedForward, writersOf } from "../../../kit/runs/writers.js";
import { svgToken } from "../../../kit/text/tokens.js";
import { range } from "../../../vendor/d3_first.js";
import { nothing, svg } from "../../../vendor/lit.js";
import { anchorOf, belongs, blockAt, blocksOf, STAGE, tickName } from "./blocks.js";
import { bar, column, named, side } from "./column.js";
import { heightOf, largest, values } from "./embedding.js";
import { lensNames } from "./lens.js";
import { ribbons } from "./next_ribbons.js";
import { placedWide, stream, WIDE } from "./stream.js";

/** @typedef {ReturnType<typeof placedWide> & ReturnType<typeof writersOf>} Place */

/**
 * @param {WalkRiver} data
 * @param {Context} ctx
 * @param {Standing} walk
 */
export function wide(data, ctx, walk) {
  const { first, second } = writersOf(ctx);
  const place = { ...placedWide(data, ctx.width, second), first, second };
  const count = blocksOf(data);
  const told = named(data);
  const end = { width: ctx.width, gate: place.gate + WIDE.gate.width, y: place.river, height: WIDE.height };
  return svg`
    <svg class="fig" viewBox="0 0 ${ctx.width} ${WIDE.height}" height=${WIDE.height} role="group"
      aria-label="Residual stream of one position through ${count} blocks">
      <g class=${belongs(walk, STAGE.blocks)}>${axes(data, ctx, place, walk)}</g>
      <g class=${belongs(walk, STAGE.token, STAGE.embed)}>${embedding(data, ctx, place, walk)}</g>
      <g class=${belongs(walk, STAGE.embed, STAGE.blocks)}>
        ${stream(data, { ...place, left: WIDE.left, start: WIDE.strip.width + 4 })}
      </g>
      <g class=${belongs(walk, STAGE.blocks)}>
        <g data-rove role="group" aria-label="Blocks" @keydown=${rove}>
          ${range(count).map((block) => oneBlock(data, ctx, { ...place, told }, walk, block))}
        </g>
        ${range(count).map((block) => intervention(data, place, block))}
        ${lensNames(data, { left: WIDE.left, column: place.column, y: WIDE.lens })}
      </g>
      <g class=${belongs(walk, STAGE.unembed)}>${gate(place)}</g>
      <g class=${belongs(walk, STAGE.unembed, STAGE.sample)}>${ribbons(data, ctx, end)}</g>
    </svg>`;
}

/**
 * @param {WalkRiver} data
 * @param {Context} ctx
 * @param {Place} place
 * @param {Standing} walk
 */
function axes(data, ctx, place, walk) {
  const { attention, mlp, step, right, first, second } = place;
  const grid = { x: WIDE.left, grid: right - WIDE.left, format: tickName(step) };
  return svg`
    ${leftAxis({ scale: ticked(attention, step), ...grid })}
    <text class="h" x=${WIDE.left - 7} y="12" text-anchor="end">${first === "mixer" ? "Mixer" : "Attention"}</text>
    <text x=${WIDE.left} y="12">${axisName(data.measured)}</text>
    ${
      second === null
        ? nothing
        : svg`
          ${leftAxis({ scale: ticked(mlp, step), ...grid })}
          <text class="h" x=${WIDE.left - 7} y=${place.below - 9}
            text-anchor="end">${feedForward(ctx, "MLP", "Experts")}</text>`
    }
    ${blockNumbers(data, place, walk)}
    <text class="dim" x=${WIDE.left - 8} y=${WIDE.lens - 6} text-anchor="end">block</text>
    <text class="dim" x=${WIDE.left - 8} y=${WIDE.lens + 14} text-anchor="end">lens reads</text>`;
}

/**
 * The scale with ticks at multiples of a step: both lanes have the same.
 * @param {ScaleLinear<number, number>} scale
 * @param {number} step
 */
function ticked(scale, step) {
  const [low, high] = scale.domain();
  const ticks = range(Math.ceil(low / step), Math.floor(high / step + 1e-9) + 1).map((at) => at * step);
  return Object.assign((/** @type {number} */ value) => scale(value), { ticks: () => ticks, range: scale.range });
}

/**
 * Some of the blocks' numbers, as many as fit; that of the block which is meant always.
 * @param {WalkRiver} data
 * @param {Place} place
 * @param {Standing} walk
 */
function blockNumbers(data, { column: width }, walk) {
  const last = blocksOf(data) - 1;
  const every = [1, 2, 5, 10, 20].find((each) => each * width >= 26) ?? 20;
  const near = (/** @type {number} */ one, /** @type {number} */ other) => Math.abs(one - other) * width < 18;
  const shown = range(last + 1).filter(
    (block) => (block % every === 0 && !near(block, last) && !near(block, walk.block)) || block === last,
  );
  const rest = shown.filter((block) => block !== walk.block && !(block === last && near(last, walk.block)));
  const text = (/** @type {number} */ block, /** @type {string} */ className) => svg`
    <text class=${className} x=${WIDE.left + (block + 0.5) * width} y=${WIDE.lens - 6}
      text-anchor="middle">${block}</text>`;
  return [...rest.map((block) => text(block, "dim")), text(walk.block, "ink strong")];
}

/**
 * @param {WalkRiver} data
 * @param {Context} ctx
 * @param {Place} place
 * @param {Standing} walk
 */
function embedding(data, ctx, place, walk) {
  const y = Math.max(40, Math.min(place.river - 90, 250));
  const bottom = y + heightOf(data, WIDE.strip);
  const tone = Math.abs(data.embed) < 0.005 ? "" : side(data.embed);
  return svg`
    <text class="h" x="0" y=${y - 26}>Embedding</text>
    ${svgToken(data.token.id, { x: 0, y: y - 9, most: 12, className: "m ink" })}
    ${values(data, ctx, walk, { x: 0, y, ...WIDE.strip })}
    <text class="dim" x="0" y=${bottom + 16}>${whole(data.embedding.a.length)} values</text>
    <text class="dim" x="0" y=${bottom + 31}>±${decimal(largest(data))}</text>
    <text x="0" y=${bottom + 52}>its own share</text>
    <text paint-order="stroke" class="value ${tone}" x="0" y=${bottom + 67}>${signed(data.embed)}</text>`;
}

/**
 * @param {WalkRiver} data
 * @param {Context} ctx
 * @param {Place & { told: ReturnType<typeof named> }} place
 * @param {Standing} walk
 * @param {number} block
 */
function oneBlock(data, ctx, place, walk, block) {
  const { attention, mlp, column: width, river: y, half, told, second } = place;
  const is = blockAt(data, block);
  const [x, thick] = [WIDE.left + block * width, Math.max(1.5, Math.min(14, width * 0.6))];
  const middle = x + width / 2;
  const edgeOf = half((is.length[0] + is.length[1]) / 2);
  const leads = [
    [attention(Math.min(0, is.attention)) + 2, y - edgeOf],
    ...(second === null ? [] : [[y + edgeOf, mlp(Math.max(0, is.mlp)) - 2]]),
  ];
  const bars = { upright: true, across: middle - thick / 2, thick };
  const marks = svg`
    ${leads.map(([from, to]) =>
      to > from
        ? svg`<line class="lead" x1=${middle} x2=${middle} y1=${from} y2=${to} stroke-dasharray="1 3" />`
        : nothing,
    )}
    ${bar({
      ...bars,
      scale: attention,
      value: is.attention,
      before: is.before?.attention,
      told: told("attention", block),
      anchor: anchorOf(data.attn, block),
    })}
    ${
      second === null
        ? nothing
        : bar({
            ...bars,
            scale: mlp,
            value: is.mlp,
            before: is.before?.mlp,
            told: told("mlp", block),
            anchor: anchorOf(data.mlp, block),
          })
    }
    <rect class="lens" x=${x + Math.min(0.75, width * 0.1)} y=${WIDE.lens + 4} width=${Math.max(0.8, width - 1.5)}
      height="12" rx="1" opacity=${(0.06 + 0.94 * is.lens.p).toFixed(3)} />`;
  const written = [told("attention", block) && signed(is.attention), told("mlp", block) && signed(is.mlp)];
  const hit = { x, y: WIDE.top - 10, width, height: WIDE.lens + 34 - WIDE.top };
  return column(data, ctx, { block, walk, hit, marks, written });
}

/**
 * Where an intervention changed the stream itself.
 * @param {WalkRiver} data
 * @param {Place} place
 * @param {number} block
 */
function intervention(data, { column: width, river: y, half }, block) {
  const { edit, length } = blockAt(data, block);
  if (!edit) return nothing;
  const [x, reach] = [WIDE.left + (block + 1) * width, half(length[1]) + 6];
  const last = block === blocksOf(data) - 1; // the gate stands to its right
  return svg`
    <g class="intervention">
      <line x1=${x} x2=${x} y1=${y - reach} y2=${y + reach} />
      <path d="M${x} ${y - 5}l5 5-5 5-5-5Z" />
      <text paint-order="stroke" class="value ${side(edit)}" x=${x + (last ? -7 : 7)} y=${y + reach + 8}
        text-anchor=${last ? "end" : "start"}>${signed(edit)}</text>
    </g>`;
}

/** @param {Place} place */
function gate({ gate: x, river: y }) {
  return svg`
    <rect class="gate" x=${x} y=${y - WIDE.half - 8} width=${WIDE.gate.width} height=${2 * WIDE.half + 16} rx="3" />
    <text class="gatename" transform="translate(${x + 11.2} ${y}) rotate(-90)"
      text-anchor="middle">norm, unembed</text>`;
}
