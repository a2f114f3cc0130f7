// @ts-check
/**
 * Which matrix, which format, which part of it.
 *
 * @import { QuantizedMatrixCells } from "../../../types"
 * @import { ViewContext } from "../../../kit/view"
 */
import { number } from "../../../kit/controls.js";
import { leftOut } from "../../../kit/misfits.js";
import { select } from "../../../kit/select.js";
import { range } from "../../../vendor/d3.js";
import { html, nothing } from "../../../vendor/lit.js";

/**
 * @param {QuantizedMatrixCells} data
 * @param {ViewContext<any>} ctx
 */
export function chooseMatrix(data, ctx) {
  const numbered = (/** @type {number} */ count) =>
    range(count).map((at) => /** @type {[number, string]} */ ([at, String(at)]));
  const anew = () =>
    ["row", "column"].forEach((name) => {
      ctx.control(name, -1);
    });
  return html`
    <div class="choose-head">
      ${select({
        label: "Matrix",
        choices: data.roles.map((each) => [each, each]),
        chosen: data.role,
        choose: (to) => {
          anew();
          ctx.control("role", to);
        },
      })}
      ${
        data.layer < 0
          ? nothing
          : select({
              label: "Block",
              choices: numbered(data.n_layers),
              chosen: data.layer,
              choose: (to) => {
                anew();
                ctx.select({ layer: to });
              },
            })
      }
      ${
        data.expert < 0
          ? nothing
          : select({
              label: "Expert",
              choices: numbered(data.n_experts),
              chosen: data.expert,
              choose: (to) => {
                anew();
                ctx.control("expert", to);
              },
            })
      }
      ${chooseFormat(data, ctx)}
    </div>`;
}

/**
 * Those that do not fit are there, with the reason.
 * @param {QuantizedMatrixCells} data
 * @param {ViewContext<any>} ctx
 */
function chooseFormat(data, ctx) {
  const left = data.choices.filter(({ reason }) => reason);
  return html`
    <label class="choice">
      <span>Format</span>
      <select @change=${(/** @type {Event} */ event) =>
        ctx.control("format", /** @type {HTMLSelectElement} */ (event.target).value)}>
        ${data.choices.map(
          ({ name, title, reason }) => html`
            <option value=${name} ?disabled=${Boolean(reason)} title=${reason || nothing}
              .selected=${name === data.format}>
              ${title}${reason ? " (left out)" : ""}
            </option>`,
        )}
      </select>
    </label>
    ${leftOut(left)}`;
}

/** @param {QuantizedMatrixCells} data @param {ViewContext<any>} ctx */
export function chooseWindow(data, ctx) {
  const [rows, columns] = data.weights.shape;
  const moved = (/** @type {"row" | "column"} */ name, /** @type {number} */ least, /** @type {number} */ most) =>
    number({
      label: name === "row" ? "First row" : "First column",
      value: data[name],
      least,
      most: Math.max(0, most),
      choose: (to) => ctx.control(name, to),
    });
  const outliers = () =>
    ["row", "column"].forEach((name) => {
      ctx.control(name, -1);
    });
  return html`
    <div class="bar window">
      ${moved("row", 0, data.out - rows)} ${moved("column", 0, data.d_in - columns)}
      <button type="button" class="btn" @click=${outliers}>To the largest weight</button>
    </div>`;
}
