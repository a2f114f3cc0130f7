// @ts-check
/**
 * The river downward, for a narrow screen: attention to the left of the stream, MLP to its right, the lens at the edge.
 *
 * @import { WalkRiver } from "../../../types/overview"
 * @import { Area } from "../../../vendor/d3.js"
 * @import { Context, Standing } from "./blocks.js"
 */

import { rove } from "../../../kit/controls/roving.js";
import { decimal, signed, whole } from "../../../kit/numbers/format.js";
import { figures } from "../../../kit/numbers/magnitude.js";
import { feedForward, writersOf } from "../../../kit/runs/writers.js";
import { cut, svgToken, tokenText } from "../../../kit/text/tokens.js";
import { area, curveBumpY, line, range } from "../../../vendor/d3_first.js";
import { nothing, svg } from "../../../vendor/lit.js";
import { belongs, blockAt, blocksOf, parting, STAGE, tickName } from "./blocks.js";
import { bar, column, named, side } from "./column.js";
import { largest, values } from "./embedding.js";
import { sureness } from "./lens.js";
import { list, listHeight } from "./next_list.js";
import { placedTall, TALL } from "./stream.js";

/** Pixels of a bar's number. */
const NUMBER = 40;
/** Characters of what the lens reads. */
const NAME = 8;
const GATE = 20;
const THICK = 12;
const FLOW = [-0.5, 0, 0.5];

/** @typedef {ReturnType<typeof placedTall> & ReturnType<typeof writersOf>} Place */
/** @typedef {{ y: number, half: number }} Point of the river's edge */

/**
 * @param {WalkRiver} data
 * @param {Context} ctx
 * @param {Standing} walk
 */
export function tall(data, ctx, walk) {
  const { first, second } = writersOf(ctx);
  const place = { ...placedTall(data, ctx.width, second), first, second };
  const count = blocksOf(data);
  const isNamed = named(data);
  const next = { width: ctx.width, y: place.gate + GATE + 32 };
  const height = next.y + listHeight(data);
  return svg`
    <svg class="fig" viewBox="0 0 ${ctx.width} ${height}" height=${height} role="group"
      aria-label="Residual stream of one position through ${count} blocks">
      <g class=${belongs(walk, STAGE.token, STAGE.embed)}>${embedding(data, ctx, walk)}</g>
      <g class=${belongs(walk, STAGE.blocks)}>${heads(ctx, place)}</g>
      <g class=${belongs(walk, STAGE.embed, STAGE.blocks)}>${stream(data, place)}</g>
      <g class=${belongs(walk, STAGE.blocks)}>
        <g data-rove role="group" aria-label="Blocks" @keydown=${rove}>
          ${range(count).map((block) => oneBlock(data, ctx, { ...place, isNamed }, walk, block))}
        </g>
        ${range(count).map((block) => intervention(data, place, block))}
      </g>
      <g class=${belongs(walk, STAGE.unembed)}>${gate(place)}</g>
      <g class=${belongs(walk, STAGE.unembed, STAGE.sample)}>${list(data, ctx, next)}</g>
    </svg>`;
}

/**
 * @param {WalkRiver} data
 * @param {Context} ctx
 * @param {Standing} walk
 */
function embedding(data, ctx, walk) {
  const share = `${whole(data.embedding.a.length)} values, ±${decimal(largest(data))}, share ${signed(data.embed)}`;
  return svg`
    <text class="h" x="0" y="12">Embedding</text>
    ${svgToken(data.token.id, { x: 76, y: 12, most: 10, className: "m ink" })}
    <text class="dim" x=${ctx.width} y="12" text-anchor="end">${share}</text>
    ${values(data, ctx, walk, { x: 0, y: TALL.strip.y, width: ctx.width, height: TALL.strip.height })}`;
}

/**
 * Names of the columns, and the ticks of both scales.
 * @param {Context} ctx
 * @param {Place} place
 */
function heads(ctx, { width, top, bottom, attention, mlp, lens, step, first, second }) {
  const name = tickName(step);
  const upright = (/** @type {typeof attention} */ scale) => {
    const ticks = range(0, Math.floor(scale.domain()[1] / step + 1e-9) + 1).map((at) => at * step);
    return ticks.map(
      (value) => svg`
        <line class=${value ? "hair" : "zero"} x1=${scale(value)} x2=${scale(value)} y1=${top - 8} y2=${bottom} />
        <text class="dim" x=${scale(value)} y=${top - 14} text-anchor="middle">${name(value)}</text>`,
    );
  };
  const y = top - 34;
  return svg`
    <text class="h" x=${attention.range()[0]} y=${y}>${first === "mixer" ? "Mixer" : "Attention"}</text>
    ${
      second === null
        ? nothing
        : svg`<text class="h" x=${mlp.range()[0]} y=${y}>${feedForward(ctx, "MLP", "Experts")}</text>${upright(mlp)}`
    }
    <text class="h" x=${lens} y=${y}>Lens</text>
    <text class="dim" x=${width} y=${y} text-anchor="end">%</text>
    ${upright(attention)}`;
}

/**
 * @param {WalkRiver} data
 * @param {Place} place
 */
function stream(data, place) {
  const { river: x } = place;
  const points = edge(data.norms.a, place);
  const body = /** @type {Area<Point>} */ (/** @type {unknown} */ (area()))
    .y(({ y }) => y)
    .x0(({ half }) => x - half)
    .x1(({ half }) => x + half)
    .curve(curveBumpY);
  const along = (/** @type {Point[]} */ some, /** @type {number} */ share) =>
    line(
      ({ half }) => x + share * half,
      (/** @type {Point} */ { y }) => y,
    ).curve(curveBumpY)(some);
  const before = data.base ? edge(data.base.norms.a, place).slice(Math.max(0, parting(data)) + 1) : [];
  return svg`
    <path class="water" d=${body(points)} />
    ${FLOW.map((share) => svg`<path class="flow" d=${along(points, share)} />`)}
    ${
      before.length
        ? [-1, 1].map((share) => svg`<path class="other-run" stroke-dasharray="2 2" d=${along(before, share)} />`)
        : nothing
    }
    ${[0, blocksOf(data)].map((depth) => {
      const length = figures(data.norms.a[depth]);
      return depth
        ? svg`<text class="dim" x=${x - place.widest - 28} y=${place.gate + 14} text-anchor="end">|x| ${length}</text>`
        : svg`<text class="dim" x=${x + 8} y=${place.strip + 16}>|x| ${length}</text>`;
    })}`;
}

/**
 * @param {Float32Array} norms
 * @param {Place} place
 * @returns {Point[]}
 */
function edge(norms, { strip, top, half, gate: end }) {
  const depths = Array.from(norms, (length, depth) => ({ y: top + depth * TALL.row, half: half(length) }));
  return [{ y: strip + 6, half: half(norms[0]) }, ...depths, { y: end, half: half(norms[norms.length - 1]) }];
}

/**
 * @param {WalkRiver} data
 * @param {Context} ctx
 * @param {Place & { isNamed: ReturnType<typeof named> }} place
 * @param {Standing} walk
 * @param {number} block
 */
function oneBlock(data, ctx, { width, top, attention, mlp, lens, isNamed, second }, walk, block) {
  const is = blockAt(data, block);
  const y = top + block * TALL.row;
  const middle = y + TALL.row / 2;
  const bars = { upright: false, across: middle - THICK / 2, thick: THICK };
  const fits = (/** @type {string} */ kind, /** @type {number} */ value, /** @type {typeof mlp} */ scale) =>
    isNamed(kind, block) && Math.abs(scale.range()[value < 0 ? 0 : 1] - scale(value)) > NUMBER;
  const told = { attention: fits("attention", is.attention, attention), mlp: fits("mlp", is.mlp, mlp) };
  const sure = String(Math.round(100 * is.lens.p));
  const name = is.lens.id === data.target ? "hit" : sureness(is.lens.p);
  const marks = svg`
    <text class="dim" x=${TALL.numbers - 6} y=${middle + 4} text-anchor="end">${block}</text>
    ${bar({ ...bars, scale: attention, value: is.attention, before: is.before?.attention, told: told.attention })}
    ${second === null ? nothing : bar({ ...bars, scale: mlp, value: is.mlp, before: is.before?.mlp, told: told.mlp })}
    ${svgToken(is.lens.id, { x: lens, y: middle + 4, most: NAME, className: `m lensname ${name}` })}
    <text class="dim" x=${width} y=${middle + 4} text-anchor="end">${sure}</text>`;
  const shares = [told.attention && signed(is.attention), told.mlp && signed(is.mlp)];
  const written = [...shares, cut(tokenText(is.lens.id), NAME), sure];
  return column(data, ctx, { block, walk, hit: { x: -4, y, width: width + 8, height: TALL.row }, marks, written });
}

/**
 * @param {WalkRiver} data
 * @param {Place} place
 * @param {number} block
 */
function intervention(data, { river: x, top }, block) {
  const { edit } = blockAt(data, block);
  if (!edit) return nothing;
  const y = top + (block + 1) * TALL.row;
  return svg`
    <g class="intervention">
      <path d="M${x} ${y - 5}l5 5-5 5-5-5Z" />
      <text paint-order="stroke" class="value ${side(edit)}" x=${x + 8} y=${y + 4}>${signed(edit)}</text>
    </g>`;
}

/** @param {Place} place */
function gate({ river: x, gate: y, widest }) {
  return svg`
    <rect class="gate" x=${x - widest - 22} y=${y} width=${2 * widest + 44} height=${GATE} rx="3" />
    <text class="gatename" x=${x} y=${y + 14} text-anchor="middle">norm, unembed</text>`;
}
