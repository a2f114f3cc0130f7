// @ts-check
/**
 * The cells of the cache on a canvas: one a block, kv head and position.
 *
 * @import { CacheBlocks } from "../../../types/inference"
 * @import { Colour } from "../../../kit/colour/theme"
 * @import { Line } from "../../../kit/tooltip"
 * @import { ViewContext } from "../../../kit/view"
 * @import { Layout } from "./map"
 * @import { Standing, State } from "./standing"
 *
 * @typedef {{ line?: number }} Kept the block and kv head that the keys have come to
 * @typedef {{ row: number, column: number }} Cell
 */

import { matrix } from "../../../kit/cells/matrix.js";
import { css, mix, rgb } from "../../../kit/colour/theme.js";
import { decimal } from "../../../kit/numbers/format.js";
import { tokenText } from "../../../kit/text/tokens.js";

/** @type {Record<State, string>} */
export const STATES = {
  future: "not written yet",
  evicted: "evicted",
  now: "written now",
  coded: "held as codes",
  stored: "stored",
};
const SHADES = 256;
/** Pixels of rows that get a hair between them: lower ones have no room, higher ones are set apart by the matrix. */
const LOW = { from: 3, to: 6 };

/**
 * @param {CacheBlocks} data
 * @param {Standing} cache
 * @param {Layout} layout
 * @param {ViewContext<Kept>} ctx
 */
export function cells(data, cache, layout, ctx) {
  const { positions } = cache;
  const { wide, lines, along, thick } = layout;
  const placed = (/** @type {Cell} */ { row, column }) =>
    wide ? { line: row, position: column } : { line: column, position: row };
  const cell = (/** @type {number} */ line, /** @type {number} */ position) =>
    wide ? { row: line, column: position } : { row: position, column: line };
  const size = cell(lines, positions);
  const pixels = wide
    ? { width: positions * along, height: lines * thick }
    : { width: lines * thick, height: positions * along };
  const shade = shades();
  const kept = Math.min(ctx.kept.line ?? 0, lines - 1);
  return matrix({
    rows: size.row,
    columns: size.column,
    ...pixels,
    label: spoken(cache, wide),
    of: [data, cache.measured, cache.policy, cache.step, wide],
    colour: (row, column) => colour(cache, layout, placed({ row, column }), shade),
    over(context, each) {
      hairs(context, each.height);
      marks(context, each, { cache, layout, cell });
    },
    selected: cell(kept, ctx.focus.position ?? cache.here),
    told: (at) => told(cache, layout, placed(at), ctx),
    select(at) {
      const { line, position } = placed(at);
      if (!ofLine(line, cache, layout)) return;
      ctx.keep({ line });
      ctx.select({ position });
    },
    skip: (at) => !ofLine(placed(at).line, cache, layout),
  });
}

/**
 * The block and kv head of a line of cells; null between two heads.
 * @param {number} line
 * @param {Pick<Standing, "blocks">} cache
 * @param {Pick<Layout, "apart">} layout
 */
function ofLine(line, { blocks }, { apart }) {
  const block = line % (blocks + apart);
  return block < blocks ? { block, head: Math.floor(line / (blocks + apart)) } : null;
}

/**
 * @param {Standing} cache
 * @param {Layout} layout
 * @param {{ line: number, position: number }} at
 */
function cellAt(cache, layout, { line, position }) {
  const where = ofLine(line, cache, layout);
  return where && { ...where, ...cache.cell(where.block, where.head, position) };
}

/** What is read, from stored to all of it: the root of the weight, so that small ones are seen. */
function shades() {
  const [pale, ink] = [mix(rgb("surface"), rgb("river"), 0.5), rgb("ink")];
  return Array.from({ length: SHADES }, (_, at) => mix(pale, ink, Math.sqrt(at / (SHADES - 1))));
}

/**
 * @param {Standing} cache
 * @param {Layout} layout
 * @param {{ line: number, position: number }} at
 * @param {Colour[]} shade
 */
function colour(cache, layout, at, shade) {
  const found = cellAt(cache, layout, at);
  if (!found || found.state === "future" || found.state === "evicted") return null;
  return found.state === "now" ? rgb("prob") : shade[Math.round((found.read ?? 0) * (SHADES - 1))];
}

/**
 * A hair between rows that are too low to be set apart by a pixel, so that blocks can be told from each other.
 * @param {CanvasRenderingContext2D} context
 * @param {number} height of a cell
 */
function hairs(context, height) {
  if (height < LOW.from || height >= LOW.to) return;
  context.fillStyle = css("surface");
  for (let y = height; y < context.canvas.height; y += height) context.fillRect(0, y - 0.4, context.canvas.width, 0.8);
}

/**
 * What a colour alone does not say: a dash for what was evicted, a dot for what is to come, and codes are half as tall.
 * @param {CanvasRenderingContext2D} context
 * @param {{ width: number, height: number }} size of a cell
 * @param {{ cache: Standing, layout: Layout, cell: (line: number, position: number) => Cell }} picture
 */
function marks(context, { width, height }, { cache, layout, cell }) {
  const [surface, dash, dot] = ["surface", "ink3", "line2"].map(css);
  const hair = Math.max(1, Math.min(width, height) / 12);
  for (let line = 0; line < layout.lines; line++) {
    for (let position = 0; position < cache.positions; position++) {
      const found = cellAt(cache, layout, { line, position });
      const { row, column } = cell(line, position);
      const [x, y] = [column * width, row * height];
      const middle = y + (height - hair) / 2;
      if (found?.state === "evicted") {
        context.fillStyle = dash;
        context.fillRect(x + width / 4, middle, width / 2, hair);
      } else if (found?.state === "future") {
        context.fillStyle = dot;
        context.fillRect(x + (width - hair) / 2, middle, hair, hair);
      } else if (found?.state === "coded") {
        context.fillStyle = surface;
        context.fillRect(x, y, width, height / 4);
        context.fillRect(x, y + (3 * height) / 4, width, height / 4);
      }
    }
  }
}

/**
 * @param {Standing} cache
 * @param {boolean} wide
 */
function spoken({ written, blocks, heads, policy }, wide) {
  const keys = wide ? ["left and right", "up and down"] : ["up and down", "left and right"];
  const size = `${written} positions in ${blocks} blocks and ${heads} kv heads`;
  return `Cache of ${size}, policy ${policy?.label ?? "Full"}; ${keys[0]} move a step, ${keys[1]} through the blocks`;
}

/**
 * @param {Standing} cache
 * @param {Layout} layout
 * @param {{ line: number, position: number }} at
 * @param {ViewContext} ctx
 * @returns {{ title: string, details: Line[] } | null}
 */
function told(cache, layout, at, ctx) {
  const found = cellAt(cache, layout, at);
  if (!found) return null;
  const { block, head, state, read, there } = found;
  /** @type {Line[]} */
  const details = [
    ["token", tokenText(ctx.run.ids[at.position])],
    ["state", STATES[state]],
  ];
  if (read !== null) details.push(["read in this run", `≈ ${decimal(read, 3)}`]);
  if (there !== null) details.push([`in ${ctx.beside.the}`, `≈ ${decimal(there, 3)}`]);
  return { title: `Block ${block}, kv head ${head}, position ${at.position}`, details };
}
