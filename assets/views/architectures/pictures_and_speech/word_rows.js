// @ts-check
/**
 * A row a word, inked by √share of the row's strongest frame.
 *
 * @import { SpeechHeard } from "../../../types/architectures"
 */
import { picture } from "../../../kit/cells/canvas.js";
import { matrix } from "../../../kit/cells/matrix.js";
import { ramp } from "../../../kit/colour/ramp.js";
import { max } from "../../../vendor/d3.js";

/**
 * @param {object} options
 * @param {Pick<SpeechHeard, "words" | "frame_seconds">} options.data
 * @param {Float32Array[]} options.shares
 * @param {number} options.word that is selected, −1 for none
 * @param {number} options.width
 * @param {number} options.height
 */
const cells = ({ data, shares, word, width, height }) => {
  const strongest = shares.map((row) => max(row) || 1);
  const [plain, own] = [ramp("ink", "sunken"), ramp("prob", "sunken")];
  return {
    rows: data.words.length,
    columns: shares[0].length,
    width,
    height,
    colour: (/** @type {number} */ row, /** @type {number} */ column) =>
      (row === word ? own : plain)(Math.sqrt(shares[row][column] / strongest[row])),
    of: [data, word, shares.length, ...shares.map((row) => row[0]), shares[0].reduce((sum, share) => sum + share, 0)],
  };
};

/** @param {Parameters<typeof cells>[0] & { label: string, choose: (word: number) => void }} options */
export function wordRows({ label, choose, ...options }) {
  return matrix({
    ...cells(options),
    label,
    select: ({ row }) => choose(row),
    told: ({ row, column }) => ({
      title: options.data.words[row],
      details: [["at", `${options.data.frame_seconds.a[column].toFixed(2)} s`]],
    }),
  });
}

/** The same small, to be looked at. @param {Parameters<typeof cells>[0]} options */
export const smallRows = (options) => picture({ ...cells(options), pixels: true });
