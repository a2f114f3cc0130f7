// @ts-check
/**
 * What eight bits cost the heads of the run beside this one: all of them in words, the selected one as rings.
 *
 * @import { Fp8Errors } from "../../../types/systems"
 * @import { ViewContext } from "../../../kit/view"
 *
 * @typedef {ViewContext<any, Fp8Errors>} Context
 */

import { legend } from "../../../kit/drawing/legend.js";
import { counted, headName, percent, whole } from "../../../kit/numbers/format.js";
import { median } from "../../../vendor/d3.js";
import { html, nothing } from "../../../vendor/lit.js";
import { chosen } from "./ways.js";

/** Places of the ways in the payload. */
const [BFLOAT16, BLOCK, TURNED] = [0, 2, 3];

/**
 * That run's error of a head, where its model has as many blocks and heads and it is measured.
 * @param {Fp8Errors} data
 * @param {Context} ctx
 * @param {number} way
 * @param {number} layer
 * @param {number} head
 */
export function errorThere({ rmse }, { there }, way, layer, head) {
  if (!there || String(there.rmse.shape) !== String(rmse.shape)) return null;
  const [, layers, heads] = rmse.shape;
  const error = there.rmse.a[(way * layers + layer) * heads + head];
  return Number.isFinite(error) ? error : null;
}

/**
 * @param {Fp8Errors} data
 * @param {Context} ctx
 */
export function errorsBeside(data, ctx) {
  const { there } = ctx;
  if (!there) return nothing;
  const each = there.rmse.shape[1] * there.rmse.shape[2];
  const middle = (/** @type {number} */ way) =>
    median(Array.from(there.rmse.a.slice(way * each, (way + 1) * each)).filter(Number.isFinite)) ?? 0;
  const { layer, head } = chosen(data, ctx);
  const own = errorThere(data, ctx, TURNED, layer, head);
  return html`
    <p class="readout basenote">${ctx.beside.start}, ${there.rows} rows share a scale. The median error of its heads is
      <b>${percent(middle(BFLOAT16))}</b> in bfloat16, ${percent(middle(BLOCK))} in FP8 with one scale per block, and <b
        data-turned=${middle(TURNED)}>${percent(middle(TURNED))}</b> with the rotation. In every draw the
      rotation helps <b>${counted(there.helped, "head")}</b> and harms <b>${whole(there.hurt)}</b>.</p>
    ${own === null ? nothing : legend([["dot", `${headName(layer, head)}, ${ctx.beside.name}`]])}`;
}
