// @ts-check
/**
 * How far the stream has moved, block by block and token by token: one cell each.
 *
 * @import { QuantizationEffectStream } from "../../../types/systems"
 * @import { Row, View, ViewContext } from "../../../kit/view"
 */

import { matrix } from "../../../kit/cells/matrix.js";
import { plot } from "../../../kit/chart/plot.js";
import { ramp } from "../../../kit/colour/ramp.js";
import { css } from "../../../kit/colour/theme.js";
import { percent, whole } from "../../../kit/numbers/format.js";
import { cut, tokenText } from "../../../kit/text/tokens.js";
import { max, range } from "../../../vendor/d3.js";
import { html, nothing } from "../../../vendor/lit.js";
import { at } from "./shade.js";

export const follows = true;
const CELL = { most: 44, height: 15 };
const MARGIN = { top: 62, right: 8, bottom: 6, left: 74 };
/** Sums in another order alone move a stream so far, as a share of its length. */
const NOISE = 1e-5;
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
    ${compared(data, ctx)}
    ${matrix({
      rows: depths,
      columns: n,
      width,
      height: depths * CELL.height,
      margin: MARGIN,
      label: "Distance of the stream from the unchanged run, by depth and token",
      of: [data, ctx.focus.position],
      colour: (row, column) => colour(0.9 * Math.sqrt(at(data.distance, row, column) / top)),
      over: (context) => names(context, data, ctx, cell),
      told: ({ row, column }) => ({
        title: `${tokenText(ctx.run.ids[column])}, ${depthName(row)}`,
        details: [["distance, as a share of the stream’s length", percent(at(data.distance, row, column))]],
      }),
      selected: place(data, ctx),
      select: ({ row, column }) => ctx.select({ position: column, ...(row ? { layer: row - 1 } : {}) }),
    })}
    <p class="hint">The colour shows the square root of the distance; it is full at ${percent(top)} of the stream’s own
      length. A dot marks a block whose weights are changed.</p>
    ${middles(data, ctx)}`;
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
      ...(data.base ? { [`middle_of_${ctx.beside.column}`]: data.base.middle.a[depth] ?? null } : {}),
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
function said({ distance, changes, middle }) {
  return html`<b>${changes.join(", ")}</b>: after the last block, the stream of the median token of
    ${whole(distance.shape[1])} has moved by <b>${percent(last(middle))}</b> of its length.`;
}

/** @param {QuantizationEffectStream["middle"]} middle */
const last = (middle) => middle.a[middle.a.length - 1];

/** @param {QuantizationEffectStream} data @param {ViewContext} ctx */
function compared({ base, middle }, { beside }) {
  if (!base) return nothing;
  return html`<p class="readout basenote">${beside.start}, ${base.changes.join(", ")}, the stream of the median token of
    ${whole(base.positions)} moves by <b data-middle=${last(base.middle)}>${percent(last(base.middle))}</b> of its
    length from that of its own model’s unchanged weights; here it moves by ${percent(last(middle))}.</p>`;
}

/** Both runs by depth; this one’s tokens have their cells above. @param {QuantizationEffectStream} data
 * @param {ViewContext} ctx */
function middles({ base, middle, changes }, { beside }) {
  if (!base) return nothing;
  const line = (/** @type {QuantizationEffectStream["middle"]} */ of) => {
    const moved = range(of.a.length).filter((depth) => of.a[depth] > NOISE);
    return { x: moved, y: moved.map((depth) => 100 * of.a[depth]) };
  };
  return plot({
    label: "Distance of the median token by depth, in both runs",
    height: 240,
    traces: [
      { ...line(middle), name: changes.join(", "), color: "prob" },
      { ...line(base.middle), name: `${beside.name}: ${base.changes.join(", ")}`, color: "ink", dash: "dot" },
    ],
    x: { title: "blocks" },
    y: { title: "% of the stream’s length, log scale", type: "log" },
  });
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
