// @ts-check
/**
 * What each block did, of the numbers that the river holds, and how the walk stands among them.
 *
 * @import { WalkRiver } from "../../../types/overview"
 * @import { Floats } from "../../../types/shared"
 * @import { ViewContext } from "../../../kit/view"
 *
 * @typedef {object} Walking what the page remembers of the walk
 * @property {number} [stage] the stage whose operands are open
 * @property {boolean} [alone] the other stages are faded
 * @property {number | null} [step] how far the walk has been played
 * @property {boolean} [playing]
 * @property {number | null} [hovered] the block that is pointed at
 * @property {number | null} [cell] the value of the embedding that is pointed at
 *
 * @typedef {ViewContext<Walking>} Context
 */
import { signed } from "../../../kit/numbers/format.js";
import { max, min } from "../../../vendor/d3_first.js";

/** The stages by their number: one opens when its button is pressed, and as the walk is played. */
export const STAGE = { token: 0, embed: 1, blocks: 2, unembed: 3, sample: 4 };
/** Of a lane that stands alone, above its longest bar: room for that bar's number. */
const HEADROOM = 0.08;
/** Steps of the walk before the first block. */
const BEFORE_BLOCKS = 2;
/** A share that differs from the unchanged run's by less is drawn as the same. */
export const SAME = 0.005;

/** @param {WalkRiver} data */
export const blocksOf = (data) => data.attn.a.length;

/**
 * @param {WalkRiver} data
 * @param {number} block
 */
export function blockAt(data, block) {
  const after = block + 1;
  return {
    attention: data.attn.a[block],
    mlp: data.mlp.a[block],
    edit: data.edits.a[block],
    /** Shares of the unchanged run. */
    before: data.base && { attention: data.base.attn.a[block], mlp: data.base.mlp.a[block] },
    /** The stream before and after. */
    length: [data.norms.a[block], data.norms.a[after]],
    lens: { id: data.lens_ids.a[after], p: data.lens_p.a[after] },
    target: { rank: data.target_rank.a[after], p: data.target_p.a[after] },
    written: {
      attention: { length: data.attn_norms.a[block], cosine: data.attn_cosines.a[block] },
      mlp: { length: data.mlp_norms.a[block], cosine: data.mlp_cosines.a[block] },
    },
  };
}

/**
 * Toward which side a number at a bar's end reaches: away from a neighbour that is longer and would hide it.
 * @param {Floats} row
 * @param {number} at
 */
export function anchorOf({ a }, at) {
  const longer = (/** @type {number} */ other) => a[other] * Math.sign(a[at]) > Math.abs(a[at]);
  return longer(at + 1) ? "end" : longer(at - 1) ? "start" : "middle";
}

/**
 * How far up and down each sublayer's bars reach. Both lie on one scale; each keeps a fifth of the whole, so that an
 * empty lane is still read as one. Where a mixer is a block's only writer, there is no lower lane.
 * @param {WalkRiver} data
 * @param {string | null} second what writes behind a block's first writer
 * @returns {{ attention: [number, number], mlp: [number, number] }}
 */
export function lanes(data, second) {
  const attention = extent(data.attn, data.base?.attn);
  if (second === null) return { attention: [attention[0], attention[1] + HEADROOM * span(attention)], mlp: [0, 0] };
  const mlp = extent(data.mlp, data.base?.mlp);
  const least = 0.2 * (span(attention) + span(mlp));
  const roomy = (/** @type {[number, number]} */ [low, high]) =>
    /** @type {[number, number]} */ ([low, Math.max(high, low + least)]);
  return { attention: roomy(attention), mlp: roomy(mlp) };
}

/**
 * How a tick is called, where ticks lie so far apart.
 * @param {number} step
 */
export const tickName = (step) => (/** @type {number} */ value) =>
  value === 0 ? "0" : signed(value, step < 1 ? 1 : 0);

/** @param {[number, number]} domain */
export const span = ([low, high]) => high - low;

/**
 * @param {(Floats | undefined)[]} rows
 * @returns {[number, number]}
 */
function extent(...rows) {
  const values = rows.flatMap((row) => (row ? [...row.a] : []));
  return [Math.min(min(values) ?? 0, -0.3), Math.max(max(values) ?? 0, 0.6)];
}

/**
 * Half of the river's width where the stream is so long: as its square root.
 * @param {WalkRiver} data
 * @param {number} widest
 */
export function halfWidth(data, widest) {
  const longest = max([...data.norms.a, ...(data.base?.norms.a ?? [])]) || 1;
  return (/** @type {number} */ length) => Math.max(1.2, widest * Math.sqrt(Math.max(0, length) / longest));
}

/**
 * The last depth at which the unchanged run's stream is as long as this one's.
 * @param {WalkRiver} data
 */
export function parting(data) {
  const before = data.base?.norms.a ?? [];
  const apart = [...data.norms.a].findIndex((length, depth) => Math.abs(length - before[depth]) >= 0.01 * length);
  return apart < 0 ? data.norms.a.length - 1 : Math.max(0, apart - 1);
}

/**
 * How the walk stands: which stage is open, and which block is meant.
 * @param {WalkRiver} data
 * @param {Context} ctx
 */
export function standing(data, ctx) {
  const { stage = STAGE.blocks, step, playing = false, alone = false, hovered, cell } = ctx.kept;
  const count = blocksOf(data);
  const selected = Math.min(ctx.focus.layer ?? 0, count - 1);
  const walked = step !== undefined && step !== null && stage === STAGE.blocks ? step - BEFORE_BLOCKS : null;
  const pointed = hovered !== undefined && hovered !== null && hovered < count ? hovered : walked;
  return {
    stage,
    playing,
    alone: alone || playing,
    selected,
    pointed,
    block: pointed ?? selected,
    /** The block that is marked: the one pointed at, or the selected one where blocks stand alone. */
    marked: pointed ?? (stage === STAGE.blocks && alone ? selected : null),
    cell: cell ?? null,
  };
}

/** @typedef {ReturnType<typeof standing>} Standing */

/** How many steps the walk has. @param {WalkRiver} data */
export const stepsOf = (data) => blocksOf(data) + 4;

/**
 * @param {WalkRiver} data
 * @param {number} step
 */
export function stageOf(data, step) {
  if (step < BEFORE_BLOCKS) return step;
  return Math.max(STAGE.blocks, step - blocksOf(data) + 1);
}

/**
 * The class of what belongs to these stages: faded while others stand alone.
 * @param {Standing} walk
 * @param {number[]} stages
 */
export const belongs = (walk, ...stages) => (walk.alone && !stages.includes(walk.stage) ? "fade dimmed" : "fade");

/**
 * Opens a block: selects it, and one of its heads if that is given, and brings its picture into sight.
 * @param {Context} ctx
 * @param {number} layer
 * @param {{ head?: number }} [head]
 */
export function openBlock(ctx, layer, head) {
  ctx.keep({ stage: STAGE.blocks, step: null });
  ctx.select({ layer, ...head });
  ctx.go("walk", "block");
}
