// @ts-check
/**
 * The maps of a state: dt of each token in each layer, and of one layer the past of each token.
 *
 * @import { StateAtWork } from "../../../types/frontier"
 * @import { ViewContext } from "../../../kit/view"
 */
import { matrix } from "../../../kit/cells/matrix.js";
import { ramp } from "../../../kit/colour/ramp.js";
import { decimal, percent } from "../../../kit/numbers/format.js";
import { extent } from "../../../vendor/d3.js";
import { html } from "../../../vendor/lit.js";
import { shown } from "./words_of.js";

const ROW = 22;

/**
 * @param {StateAtWork} data
 * @param {ViewContext<any>} ctx
 * @param {number} at
 * @param {(token: number) => void} choose
 */
export function gates({ tokens, dt, kept, layer }, ctx, at, choose) {
  const [layers, count] = dt.shape;
  const logs = Array.from(dt.a, Math.log);
  const [low = 0, high = 1] = extent(logs);
  const colour = ramp("river-deep");
  return html`
    <h3 class="sub3">The gate dt <small>mean over channels; a layer a row, a token a column</small></h3>
    ${matrix({
      ...{ rows: layers, columns: count, width: ctx.width, height: layers * ROW },
      label: "dt of each token in each layer; arrow keys move",
      of: [dt],
      colour: (one, column) => colour((logs[one * count + column] - low) / (high - low || 1)),
      told: ({ row, column }) => ({
        title: `${shown(tokens[column])}, layer ${row}`,
        details: [
          ["dt", decimal(dt.a[row * count + column], 4)],
          ["of the past it leaves", percent(kept.a[row * count + column], 0)],
        ],
      }),
      selected: { row: layer, column: at },
      select: ({ row, column }) => {
        choose(column);
        ctx.control("layer", row);
      },
    })}
    <p class="hint">Layer 0 is the top row. dt goes from ${decimal(Math.exp(low), 3)} (faint) to
      ${decimal(Math.exp(high), 3)} (strong), on a logarithmic scale.</p>`;
}

/**
 * @param {StateAtWork} data
 * @param {number} room
 * @param {number} at
 * @param {(token: number) => void} choose
 * @param {"held" | "read"} what
 */
export function pasts(data, room, at, choose, what) {
  const { tokens, layer } = data;
  const shares = data[what];
  const n = tokens.length;
  const width = Math.min(420, room);
  const colour = ramp(what === "held" ? "river-deep" : "prob");
  const share = (/** @type {number} */ row, /** @type {number} */ column) => shares.a[row * n + column];
  const title = what === "held" ? "What the state holds" : "What is read: hidden attention";
  return html`<div>
    <h3 class="sub3">${title} <small>layer ${layer}: queries down, earlier tokens across</small></h3>
    ${matrix({
      ...{ rows: n, columns: n, width, height: width, pixels: true },
      label: `${title}, by token; arrow keys move`,
      of: [shares],
      colour: (row, column) => (column > row ? null : colour(Math.sqrt(share(row, column)))),
      told: ({ row, column }) =>
        column > row
          ? null
          : {
              title: `${shown(tokens[row])}: ${shown(tokens[column])}`,
              details: [["share", percent(share(row, column), 1)]],
            },
      selected: { row: at, column: at },
      select: ({ row }) => choose(row),
    })}
    <p class="hint">The stronger the colour, the larger the share (by its root).</p></div>`;
}
