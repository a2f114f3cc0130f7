// @ts-check
/**
 * All heads of the run on one canvas: by their error, or by what the rotation changes.
 *
 * @import { Fp8Errors } from "../../../types/systems"
 * @import { ViewContext } from "../../../kit/view"
 */

import { matrix } from "../../../kit/cells/matrix.js";
import { sided } from "../../../kit/cells/sides.js";
import { diverging, ramp } from "../../../kit/colour/ramp.js";
import { control } from "../../../kit/controls/declared.js";
import { readable } from "../../../kit/drawing/readable.js";
import { decimal, headName, percent } from "../../../kit/numbers/format.js";
import { max, range } from "../../../vendor/d3.js";
import { html } from "../../../vendor/lit.js";
import { errorOf, ratioOf, WAYS } from "./ways.js";

const MARGIN = { left: 34, top: 22 };
const ROW = { most: 18, height: 500 };
/** Twice or half the error is full colour. */
const FULL = 1;

/**
 * @param {Fp8Errors} data
 * @param {ViewContext<any>} ctx
 */
export function heads(data, ctx) {
  const [rows, columns] = [data.n_layers, data.rmse.shape[2]];
  const what = String(ctx.controls.shown);
  const named = ctx.declared("shown").choices?.find(([key]) => key === what)?.[1];
  const room = ctx.width < 860 ? ctx.width - MARGIN.left : 0.36 * ctx.width;
  const shape = {
    rows,
    columns,
    width: Math.min(room, columns * 40),
    height: rows * Math.min(ROW.most, ROW.height / rows),
  };
  const outlier = (/** @type {number} */ layer, /** @type {number} */ head) =>
    Math.max(data.outlier.a[layer * columns + head], data.outlier.a[(rows + layer) * columns + head]);
  const value =
    what === "outlier" ? outlier : (/** @type {number} */ l, /** @type {number} */ h) => errorOf(data, 3, l, h);
  const most = max(range(data.measured), (layer) => max(range(columns), (head) => value(layer, head))) ?? 1;
  const selected = { row: ctx.focus.layer ?? data.layer, column: ctx.focus.head ?? data.head };
  return html`
    <div>
      <h3 class="sub3">All heads <small>blocks down, heads across</small></h3>
      ${control(ctx, "shown")}
      <div class="cells">
        ${sided({
          ...shape,
          margin: MARGIN,
          left: readable(rows, shape.height / rows, selected.row).map((at) => ({
            at,
            text: `L${at}`,
            className: at === selected.row ? "prob b" : "",
          })),
          top: readable(columns, shape.width / columns, selected.column, 24).map((at) => ({
            at,
            text: `H${at}`,
            className: at === selected.column ? "prob b" : "",
          })),
          content: matrix({
            ...shape,
            of: [data, what],
            label: `${rows} × ${columns} heads: ${named}; arrow keys select one`,
            colour(layer, head) {
              if (layer >= data.measured) return null;
              if (what !== "changed")
                return ramp(
                  "ink",
                  "sunken",
                )(what === "error" ? Math.sqrt(value(layer, head) / most) : value(layer, head) / most);
              const better = -Math.log2(ratioOf(data, layer, head)) / FULL;
              return diverging("neg", "pos", "sunken")(Math.max(-1, Math.min(1, better)));
            },
            told: ({ row, column }) =>
              row >= data.measured
                ? null
                : {
                    title: headName(row, column),
                    details: [
                      ...WAYS.map(
                        ({ name }, way) =>
                          /** @type {[string, string]} */ ([name, percent(errorOf(data, way, row, column))]),
                      ),
                      ["error with the rotation ÷ without", decimal(ratioOf(data, row, column))],
                      ["largest number of Q or K", `${decimal(outlier(row, column), 1)} × its RMS`],
                    ],
                  },
            selected: selected.row < rows && selected.column < columns ? selected : null,
            select: ({ row, column }) => ctx.select({ layer: row, head: column }),
          }),
        })}
      </div>
      <p class="hint">${explained(what, most)}</p>
    </div>`;
}

/**
 * What the colours mean.
 * @param {string} what
 * @param {number} most
 */
function explained(what, most) {
  if (what === "error") return html`Ink shows √error; the darkest head has an error of ${percent(most)}.`;
  if (what === "outlier")
    return html`Ink shows the largest number of Q or K, as a multiple of its root mean square; the largest multiple is
      ${decimal(most, 1)}.`;
  return html`<i class="ramp signs"></i> Orange: twice the error; grey: the same; blue: half the error. Press a head to
    select it.`;
}
