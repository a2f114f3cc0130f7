// @ts-check
/**
 * What is written on the lens' cells and around them.
 *
 * @import { Ramp } from "../../../kit/colour/ramp.js"
 * @import { Place } from "./lens_grid.js"
 */
import { contrast, css, rgb } from "../../../kit/colour/theme.js";
import { cut, tokenText } from "../../../kit/text/tokens.js";
import { range } from "../../../vendor/d3.js";
import { cellAt, cellBefore, holds } from "./columns.js";

/** How far the ramp goes: its full colour would dull the words. */
export const STRONGEST = 0.92;
const TEXT = 11;
/** Width of a character of the fixed-width face, for each pixel of its height. */
const CHARACTER = 0.602;
/** The corner of a cell that names another token than in the other run. */
const CORNER = 7;

/** Characters that fit a cell. @param {number} cell its width */
const fitting = (cell) => Math.floor((cell - 3) / (TEXT * CHARACTER));
const font = (weight = 500) => `${weight} ${TEXT}px ${css("mono")}`;

/**
 * The tokens that are read, above their columns; those that really came next, below; and a frame around the selected
 * one.
 * @param {CanvasRenderingContext2D} context
 * @param {Place} place
 */
export function paintColumns(context, { window, ctx, size }) {
  const { ids, nPrompt } = ctx.run;
  const selected = ctx.focus.position ?? -1;
  const [fit, bottom] = [fitting(size.cell), window.depths * size.row];
  context.textAlign = "center";
  context.textBaseline = "middle";
  for (const column of range(window.n)) {
    const [position, x] = [window.start + column, (column + 0.5) * size.cell];
    context.font = font(position === selected ? 700 : 500);
    context.fillStyle = css(position === selected ? "ink" : position >= nPrompt ? "prob" : "ink2");
    context.fillText(cut(tokenText(ids[position]), fit), x, -14);
    context.font = font();
    context.fillStyle = css("ink2");
    if (position + 1 < ids.length) context.fillText(cut(tokenText(ids[position + 1]), fit), x, bottom + 13);
  }
  if (!holds(window, selected)) return;
  context.strokeStyle = css("ink");
  context.lineWidth = 1.5;
  context.strokeRect((selected - window.start) * size.cell - 1, -1, size.cell + 1, bottom + 1);
}

/**
 * In each cell its likeliest token, a line under what really came next, a corner where the unchanged run names
 * another.
 * @param {CanvasRenderingContext2D} context
 * @param {Place} place
 * @param {Ramp} colour
 */
export function paintCells(context, { window, ctx, size }, colour) {
  const inkOn = readable(colour);
  const [fit, { cell, row }] = [fitting(size.cell), size];
  context.font = font();
  context.textAlign = "center";
  context.textBaseline = "middle";
  for (let depth = 0; depth < window.depths; depth++) {
    for (let column = 0; column < window.n; column++) {
      const position = window.start + column;
      const at = cellAt(window, depth, position);
      const id = window.ids.a[at];
      const [x, y] = [column * cell, depth * row];
      context.fillStyle = inkOn(window.probs.a[at]);
      context.fillText(cut(tokenText(id), fit), x + cell / 2 - 0.5, y + row / 2);
      if (id === ctx.run.ids[position + 1]) context.fillRect(x + 3, y + row - 4, cell - 7, 1.5);
      if (cellBefore(window, depth, position)?.changed) corner(context, x + cell - 1, y);
    }
  }
}

/**
 * The ink that is read best on a cell, by its probability.
 * @param {Ramp} colour
 * @returns {(share: number) => string}
 */
function readable(colour) {
  const [ink, on] = [rgb("ink"), rgb("on-prob")];
  const steps = range(101).map((percent) => {
    const ground = colour((STRONGEST * percent) / 100);
    return css(contrast(ground, on) > contrast(ground, ink) ? "on-prob" : "ink");
  });
  return (share) => steps[Math.round(100 * share)] ?? steps[0];
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {number} x of the right end
 * @param {number} y
 */
function corner(context, x, y) {
  context.beginPath();
  context.moveTo(x - CORNER, y);
  context.lineTo(x, y);
  context.lineTo(x, y + CORNER);
  context.fill();
}
