// @ts-check
/**
 * The sinusoidal vectors as a map: a wave is a coordinate, sines first or side by side with their cosines.
 *
 * @import { PositionsMaps } from "../../../types/embeddings"
 * @import { ViewContext } from "../../../kit/view"
 * @import { Kept } from "./signed_map.js"
 *
 * @typedef {object} Wave
 * @property {number} pair
 * @property {boolean} cosine
 * @property {number} speed angle a position
 */
import { decimal, whole } from "../../../kit/numbers/format.js";
import { html } from "../../../vendor/lit.js";
import { signedMap } from "./signed_map.js";

/**
 * Sine and cosine side by side, as the paper has them.
 * @param {PositionsMaps} data
 * @param {number} column
 * @returns {Wave}
 */
export const inPaper = (data, column) => ({
  pair: column >> 1,
  cosine: column % 2 === 1,
  speed: data.speeds.a[column >> 1],
});

/**
 * All sines, then all cosines.
 * @param {PositionsMaps} data
 * @param {number} column
 * @returns {Wave}
 */
function inHalves(data, column) {
  const half = data.d_model / 2;
  return { pair: column % half, cosine: column >= half, speed: data.speeds.a[column % half] };
}

/**
 * @param {Wave} wave
 * @param {number} position
 */
export const sine = ({ cosine, speed }, position) => (cosine ? Math.cos : Math.sin)(position * speed);

/** @param {ViewContext<Kept>} ctx */
const asPaper = (ctx) => ctx.controls.order === "paper";

/**
 * @param {PositionsMaps} data
 * @param {ViewContext<Kept>} ctx
 * @param {number} width
 */
export function sines(data, ctx, width) {
  const waveAt = (/** @type {number} */ column) => (asPaper(ctx) ? inPaper : inHalves)(data, column);
  return signedMap(
    {
      name: "sines",
      label: "Sinusoidal vectors: positions down, coordinates across; arrow keys move the cell that is read",
      rows: data.positions,
      columns: data.d_model,
      width,
      value: (row, column) => sine(waveAt(column), row),
      of: [data, asPaper(ctx)],
      said({ row, column }) {
        const wave = waveAt(column);
        const angle = `${wave.cosine ? "cos" : "sin"}(${row} · ${wave.speed.toPrecision(3)})`;
        const length = (2 * Math.PI) / wave.speed;
        const wavelength = length < 1000 ? decimal(length, 2) : whole(Math.round(length));
        return html`Position <b>${row}</b>, wave ${wave.pair}: ${angle} = <b>${decimal(sine(wave, row))}</b>, wavelength
          ${wavelength} tokens`;
      },
    },
    ctx,
  );
}
