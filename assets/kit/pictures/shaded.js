// @ts-check
/**
 * A picture in pale light, coloured patch by patch where a share is high.
 *
 * @import { Cell } from "../cells/matrix"
 * @import { Line } from "../tooltip"
 * @typedef {{ grid: readonly [number, number] }} Grid rows and columns of patches
 */
import { range } from "../../vendor/d3.js";
import { picture } from "../cells/canvas.js";
import { matrix } from "../cells/matrix.js";
import { rgb, rgbs } from "../colour/theme.js";

/** The ground over the picture, and the strongest colour over that. */
const PALE = 0.55;
const STRONGEST = 0.85;
/** Shares below this are not coloured. */
const LEAST = 0.02;

/** Where a patch lies. @param {Grid} data @param {number} patch @returns {Cell} */
export const cellOf = ({ grid: [, across] }, patch) => ({ row: Math.floor(patch / across), column: patch % across });

/**
 * @typedef {object} Shaded
 * @property {Grid} data
 * @property {HTMLImageElement | null} image none until it is read
 * @property {number} width
 * @property {number} strength of ground and colour: at 0 the picture is as it was given
 * @property {(patch: number) => number} share 0 to 1
 * @property {string} colour a custom property's name
 * @property {unknown} [by] what else the shares depend on
 */

/**
 * To be looked at alone.
 * @param {Shaded} options
 */
export const shadedStill = (options) => picture(cells(options));

/**
 * @param {Shaded & {
 *   asked: number | null, label: string, select?: (cell: Cell) => void, selected?: Cell | null, start?: Cell,
 *   told?: (cell: Cell) => { title: string, details: Line[] } | null,
 * }} options `asked`: the patch that is framed
 */
export function shadedPicture({ asked, label, select, selected, start, told, ...shaded }) {
  return matrix({
    ...cells(shaded),
    label,
    select,
    start,
    told,
    selected: selected ?? (asked === null ? null : cellOf(shaded.data, asked)),
  });
}

/** @param {Shaded} options */
function cells({ data, image, width, strength, share, colour, by }) {
  const [rows, columns] = data.grid;
  return {
    rows,
    columns,
    width,
    height: (rows * width) / columns,
    pixels: true,
    colour: () => null,
    of: [image, width, colour, strength, by, ...range(rows * columns).map(share)],
    /** @param {CanvasRenderingContext2D} context @param {{ width: number, height: number }} cell */
    over(context, cell) {
      const [wide, high] = [columns * cell.width, rows * cell.height];
      if (image) context.drawImage(image, 0, 0, wide, high);
      context.fillStyle = rgbs(rgb("surface"), PALE * strength);
      context.fillRect(0, 0, wide, high);
      for (const patch of range(rows * columns)) {
        const { row, column } = cellOf(data, patch);
        const part = Math.min(1, share(patch));
        if (part <= LEAST) continue;
        context.fillStyle = rgbs(rgb(colour), STRONGEST * strength * part);
        context.fillRect(column * cell.width, row * cell.height, cell.width, cell.height);
      }
    },
  };
}
