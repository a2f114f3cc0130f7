// @ts-check
/**
 * The stream before and after an opened block, value by value.
 *
 * @import { WalkBlock } from "../../../types/overview"
 * @import { Floats } from "../../../types/shared"
 * @import { ViewContext } from "../../../kit/view"
 */

import { matrix } from "../../../kit/cells/matrix.js";
import { ramp } from "../../../kit/colour/ramp.js";
import { decimal, signed, whole } from "../../../kit/numbers/format.js";
import { figures } from "../../../kit/numbers/magnitude.js";
import { html } from "../../../vendor/lit.js";

/** Pixels of a stripe, and of the words at its sides. */
const HEIGHT = 20;
const BESIDE = { left: 122, right: 104, below: 560 };

/**
 * @param {WalkBlock} data
 * @param {ViewContext<{ value?: number | null }>} ctx
 */
export function stripes(data, ctx) {
  const count = data.before.a.length;
  const value = ctx.kept.value ?? null;
  return html`
    <div class="stripes">
      <h3>The stream before and after, ${whole(count)} values</h3>
      ${stripe(data, ctx, "before", data.before, data.lengths[0])}
      ${stripe(data, ctx, "after", data.after, data.lengths[data.lengths.length - 1])}
      <p class="readout">${
        value === null || value >= count
          ? "Point at a value, or walk them with the arrow keys, to read it before and after."
          : told(data, value)
      }</p>
    </div>`;
}

/**
 * @param {WalkBlock} data
 * @param {number} value
 */
function told({ before, after }, value) {
  const [x, y] = [before.a[value], after.a[value]];
  return html`<b>x[${value}]</b> before ${decimal(x)}, after ${decimal(y)}, written <b>${signed(y - x)}</b>`;
}

/**
 * @param {WalkBlock} data
 * @param {ViewContext<{ value?: number | null }>} ctx
 * @param {string} name
 * @param {Floats} values
 * @param {number} length
 */
function stripe(data, ctx, name, values, length) {
  const count = values.a.length;
  const most = values.a.reduce((largest, value) => Math.max(largest, Math.abs(value)), 1e-12);
  const [above, below] = [ramp("pos", "sunken"), ramp("neg", "sunken")];
  const stacked = ctx.width < BESIDE.below;
  const beside = stacked ? 0 : BESIDE.left + BESIDE.right;
  const value = ctx.kept.value ?? null;
  const keep = (/** @type {number | null} */ at) => at !== value && ctx.keep({ value: at });
  return html`
    <div class="stripe ${stacked ? "stacked" : ""}">
      <span>${name}, |x| ${figures(length)}</span>
      ${matrix({
        rows: 1,
        columns: count,
        width: ctx.width - beside,
        height: HEIGHT,
        pixels: true,
        of: [values],
        label: `The stream ${name} block ${data.layer}: ${count} values, the largest ±${figures(most)}`,
        colour: (_, at) => (values.a[at] < 0 ? below : above)(Math.sqrt(Math.abs(values.a[at]) / most)),
        point: (cell) => keep(cell?.column ?? null),
        select: ({ column }) => keep(column),
        selected: value === null ? null : { row: 0, column: value },
      })}
      <span class="most">max ±${figures(most)}</span>
    </div>`;
}
