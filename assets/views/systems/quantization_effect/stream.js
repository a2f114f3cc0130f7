// @ts-check
/**
 * How far the stream has moved, block by block and token by token: one cell each.
 *
 * @import { QuantizationEffectStream } from "../../../types"
 * @import { Row, View, ViewContext } from "../../../kit/view"
 */
import { percent, whole } from "../../../kit/format.js";
import { matrix } from "../../../kit/matrix.js";
import { ramp } from "../../../kit/ramp.js";
import { css } from "../../../kit/theme.js";
import { cut, tokenText } from "../../../kit/tokens.js";
import { max, median, range } from "../../../vendor/d3.js";
import { html } from "../../../vendor/lit.js";
import { at } from "./shade.js";

export const follows = true;
const CELL = { most: 44, height: 15 };
const MARGIN = { top: 62, right: 8, bottom: 6, left: 74 };
/** Narrower columns have no names of their own. */
const NAMED = 12;

/** @type {View<QuantizationEffectStream>} */
export function stream(data, ctx) {
  const [depths, n] = data.distance.shape;
  const width = Math.min(CELL.most * n, Math.max(n, ctx.width - MARGIN.left - MARGIN.right));
  const top = max(data.distance.a) || 1;
  const colour = ramp("prob");
  const cell = width / n;
  return html`
    <p class="readout lead">${said(data)}</p>
    ${matrix({
      rows: depths,
      columns: n,
      width,
      height: depths * CELL.height,
      margin: MARGIN,
      label: "Distance of the stream from the unmodified run, by depth and token",
      of: [data, ctx.focus.position],
      colour: (row, column) => colour(0.9 * Math.sqrt(at(data.distance, row, column) / top)),
      over: (context) => names(context, data, ctx, cell),
      told: ({ row, column }) => ({
        title: `${tokenText(ctx.run.ids[column])}, ${depthName(row)}`,
        details: [["distance, of the stream’s length", percent(at(data.distance, row, column))]],
      }),
      selected: place(data, ctx),
      select: ({ row, column }) => ctx.select({ position: column, ...(row ? { layer: row - 1 } : {}) }),
    })}
    <p class="hint">Colour: square root of the distance, full at ${percent(top)} of the stream’s own length. A dot marks
      blocks whose weights are changed.</p>`;
}

/** @param {QuantizationEffectStream} data @param {ViewContext} ctx @returns {Row[]} */
export function rows(data, ctx) {
  const [depths, n] = data.distance.shape;
  return range(depths).flatMap((depth) =>
    range(n).map((position) => ({
      depth: depthName(depth),
      position,
      token: tokenText(ctx.run.ids[position]),
      distance: at(data.distance, depth, position),
    })),
  );
}

const depthName = (/** @type {number} */ depth) => (depth ? `after block ${depth - 1}` : "embedding");

/** @param {QuantizationEffectStream} data @param {ViewContext} ctx */
function place({ positions }, { focus }) {
  const column = focus.position ?? -1;
  return column >= 0 && column < positions ? { row: (focus.layer ?? 0) + 1, column } : null;
}

/** @param {QuantizationEffectStream} data */
function said({ distance, changes }) {
  const [depths, n] = distance.shape;
  const last = range(n).map((column) => at(distance, depths - 1, column));
  return html`<b>${changes.join(", ")}</b>: after the last block half of ${whole(n)} tokens are further than
    <b>${percent(median(last) ?? 0)}</b> of the stream’s length from where they were.`;
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {QuantizationEffectStream} data
 * @param {ViewContext} ctx
 * @param {number} cell width of a column
 */
function names(context, data, ctx, cell) {
  const [depths, n] = data.distance.shape;
  context.font = `500 11px ${css("mono")}`;
  context.textBaseline = "middle";
  context.textAlign = "right";
  for (const depth of range(depths)) {
    if (depth % 5 !== 1 && depth !== 0) continue;
    context.fillStyle = css("ink2");
    context.fillText(depth ? `block ${depth - 1}` : "embedding", -12, (depth + 0.5) * CELL.height);
  }
  context.fillStyle = css("prob");
  for (const depth of range(1, depths)) {
    if (!data.touched.a[depth - 1]) continue;
    context.beginPath();
    context.arc(-5, (depth + 0.5) * CELL.height, 2, 0, 2 * Math.PI);
    context.fill();
  }
  context.textAlign = "left";
  const every = Math.ceil(NAMED / cell);
  for (const column of range(0, n, every)) {
    context.save();
    context.translate((column + 0.5) * cell, -6);
    context.rotate(-Math.PI / 3);
    context.font = `${column === ctx.focus.position ? 700 : 500} 11px ${css("mono")}`;
    context.fillStyle = css(column === ctx.focus.position ? "ink" : "ink2");
    context.fillText(cut(tokenText(ctx.run.ids[column]), 9), 0, 0);
    context.restore();
  }
}
