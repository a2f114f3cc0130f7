// @ts-check
/**
 * A picture in pale light, coloured patch by patch where a share is high.
 *
 * @import { PicturePatches } from "../../../types/architectures"
 * @import { Cell } from "../../../kit/cells/matrix"
 */
import { matrix } from "../../../kit/cells/matrix.js";
import { rgb, rgbs } from "../../../kit/colour/theme.js";
import { range } from "../../../vendor/d3.js";

/** The ground over the picture, and the strongest colour over that. */
const PALE = 0.55;
const STRONGEST = 0.85;
/** Shares below this are not coloured. */
const LEAST = 0.02;

/** Where a patch lies. @param {PicturePatches} data @param {number} patch @returns {Cell} */
export const cellOf = ({ grid: [, across] }, patch) => ({ row: Math.floor(patch / across), column: patch % across });

/**
 * @param {object} options
 * @param {PicturePatches} options.data
 * @param {HTMLImageElement | null} options.image none until it is read
 * @param {number} options.width
 * @param {number | null} options.asked the patch that is framed
 * @param {number} options.strength of ground and colour: at 0 the picture is as it was given
 * @param {(patch: number) => number} options.share 0 to 1
 * @param {string} options.colour a custom property's name
 * @param {string} options.label
 * @param {(cell: Cell) => void} [options.select]
 * @param {Cell | null} [options.selected]
 * @param {Cell} [options.start]
 */
export function shadedPicture({ data, image, width, asked, strength, share, colour, label, select, selected, start }) {
  const [rows, columns] = data.grid;
  return matrix({
    rows,
    columns,
    width,
    height: (rows * width) / columns,
    pixels: true,
    colour: () => null,
    of: [data, image, asked, strength],
    label,
    select,
    start,
    selected: selected ?? (asked === null ? null : cellOf(data, asked)),
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
  });
}
