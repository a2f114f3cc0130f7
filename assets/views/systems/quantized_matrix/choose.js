// @ts-check
/**
 * Which matrix, which format, which part of it.
 *
 * @import { QuantizedMatrixCells } from "../../../types/systems"
 * @import { ViewContext } from "../../../kit/view"
 */
import { control } from "../../../kit/controls/declared.js";
import { select } from "../../../kit/controls/select.js";
import { leftOut } from "../../../kit/numbers/misfits.js";
import { range } from "../../../vendor/d3.js";
import { html, nothing } from "../../../vendor/lit.js";

/**
 * Formats that do not fit are there, with the reason.
 * @param {QuantizedMatrixCells} data
 * @param {ViewContext<any>} ctx
 */
export function chooseMatrix(data, ctx) {
  const { roles, role, layer, n_layers, expert, n_experts, format } = data;
  const before = () => toTheLargest(ctx);
  const left = data.choices.filter(({ reason }) => reason);
  return html`
    <div class="choose-head">
      ${control(ctx, "role", { as: "select", choices: roles, own: role, before })}
      ${
        layer < 0
          ? nothing
          : select({
              label: "Block",
              choices: range(n_layers).map((at) => [at, String(at)]),
              chosen: layer,
              choose(to) {
                before();
                ctx.select({ layer: to });
              },
            })
      }
      ${
        expert < 0
          ? nothing
          : control(ctx, "expert", { as: "select", choices: range(n_experts), value: expert, before })
      }
      ${control(ctx, "format", {
        as: "select",
        choices: data.choices.map(({ name, title, reason }) => [name, `${title}${reason && " (left out)"}`, reason]),
        closed: left.map(({ name }) => name),
        value: format,
      })}
      ${leftOut(left)}
    </div>`;
}

/** @param {ViewContext<any>} ctx */
function toTheLargest(ctx) {
  ctx.control("row", -1);
  ctx.control("column", -1);
}

/** @param {QuantizedMatrixCells} data @param {ViewContext<any>} ctx */
export function chooseWindow({ row, column, out, d_in, weights }, ctx) {
  const [rows, columns] = weights.shape;
  const as = "number";
  return html`
    <div class="bar window">
      ${control(ctx, "row", { as, value: row, least: 0, most: Math.max(0, out - rows) })}
      ${control(ctx, "column", { as, value: column, least: 0, most: Math.max(0, d_in - columns) })}
      <button type="button" class="btn" @click=${() => toTheLargest(ctx)}>To the largest weight</button>
    </div>`;
}
