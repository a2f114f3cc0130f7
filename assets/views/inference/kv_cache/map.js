// @ts-check
/**
 * The picture of the cache. Positions run to the right, kv heads lie below each other, each with its blocks from the
 * first to the last; where there is little room positions run downward and the heads lie side by side.
 *
 * @import { CacheBlocks } from "../../../types/inference"
 * @import { ViewContext } from "../../../kit/view"
 * @import { Standing } from "./standing"
 * @import { Kept } from "./cells"
 *
 * @typedef {object} Layout
 * @property {boolean} wide
 * @property {number} width of the whole picture, in pixels
 * @property {number} left where the cells begin
 * @property {number} top
 * @property {number} along pixels of a cell in the direction of the positions
 * @property {number} thick the other way
 * @property {number} apart lines of cells that are left free between two kv heads
 * @property {number} lines of cells, one a block and kv head, with the free ones
 */
import { html, nothing, styleMap } from "../../../vendor/lit.js";
import { cells } from "./cells.js";
import { grown } from "./grown.js";
import { headNames, positionNames } from "./names.js";

/** From so many pixels on, positions run to the right. */
const WIDE = 720;
/** Pixels of a cell's thin side: the least, the most, and of all together, about. */
const RIGHT = { least: 2.5, most: 12, all: 405, gap: 12 };
const DOWN = { least: 2, most: 14, all: 760, gap: 10 };

/**
 * @param {CacheBlocks} data
 * @param {Standing} cache
 * @param {ViewContext<Kept>} ctx
 */
export function map(data, cache, ctx) {
  const layout = ctx.width >= WIDE ? toTheRight(cache, ctx.width) : downward(cache, ctx.width);
  const place = styleMap({ paddingLeft: `${layout.left}px`, paddingTop: `${layout.top}px` });
  return html`
    <div class="figure cache-map" style=${place}>
      ${layout.wide ? headNames(cache, layout) : positionNames(cache, layout, ctx)}
      ${cells(data, cache, layout, ctx)}
    </div>
    ${layout.wide ? grown(data, cache, layout, ctx) : nothing}`;
}

/**
 * @param {Standing} cache
 * @param {number} width
 * @returns {Layout}
 */
function toTheRight({ blocks, heads, positions }, width) {
  const left = 84;
  const thick = Math.max(RIGHT.least, Math.min(RIGHT.most, RIGHT.all / (blocks * heads)));
  const apart = Math.max(1, Math.round(RIGHT.gap / thick));
  const lines = heads * (blocks + apart) - apart;
  return { wide: true, width, left, top: 4, along: (width - left - 4) / positions, thick, apart, lines };
}

/**
 * @param {Standing} cache
 * @param {number} width
 * @returns {Layout}
 */
function downward({ blocks, heads, positions }, width) {
  const left = 66;
  const narrow = Math.max(1, (width - left - DOWN.gap * (heads - 1)) / (blocks * heads));
  const apart = Math.max(1, Math.round(DOWN.gap / narrow));
  const lines = heads * (blocks + apart) - apart;
  const along = Math.max(DOWN.least, Math.min(DOWN.most, DOWN.all / positions));
  return { wide: false, width, left, top: 34, along, thick: (width - left) / lines, apart, lines };
}
