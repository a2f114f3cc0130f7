// @ts-check
/**
 * GPTQ on a window of a real matrix: the weights at each step, what the column at hand pushes into the rest, and the
 * loss of the whole matrix beside rounding to nearest.
 *
 * @import { GptqSteps } from "../../../types/systems"
 * @import { Row, ViewContext } from "../../../kit/view"
 *
 * @typedef {{ playing?: boolean }} Kept
 */

import { plot } from "../../../kit/chart/plot.js";
import { player } from "../../../kit/controls/controls.js";
import { control } from "../../../kit/controls/declared.js";
import { legend } from "../../../kit/drawing/legend.js";
import { counted, decimal, percent, signed, whole } from "../../../kit/numbers/format.js";
import { greatest, range } from "../../../vendor/d3.js";
import { html } from "../../../vendor/lit.js";
import { pushes, weightsNow } from "./maps.js";
import { namedFormats, namedRoles } from "./names.js";
import { at, now, pushed, shape } from "./window.js";

/** Milliseconds to a step. */
const PACE = 700;

/**
 * @param {GptqSteps} data
 * @param {ViewContext<Kept>} ctx
 */
export function steps(data, ctx) {
  const [, columns] = shape(data);
  const step = Math.min(columns - 1, Number(ctx.controls.step));
  const go = (/** @type {number} */ next) => ctx.control("step", next);
  return html`
    <div class="bar">
      <p class="readout lead">${found(data)}</p>
      <div class="go">
        ${control(ctx, "role", { as: "select", choices: namedRoles(data.roles), own: data.role })}
        ${control(ctx, "format", { as: "select", choices: namedFormats(data.formats), own: data.format })}
        ${control(ctx, "order")}
      </div>
    </div>
    <div class="walk">
      <div class="go">
        ${player({
          ctx,
          at: step,
          count: columns,
          choose: go,
          label: "Through the columns",
          noun: "column",
          pace: PACE,
        })}
        ${control(ctx, "step", {
          as: "slider",
          most: columns - 1,
          format: (each) => `${each + 1} of ${columns}`,
          live: true,
        })}
        ${control(ctx, "from", {
          as: "slider",
          choices: range(0, Math.max(1, data.d_in - columns + 1), columns),
          format: whole,
        })}
      </div>
      <p class="says" aria-live="polite">${said(data, step)}</p>
      <div class="maps">
        <div>
          <h3 class="sub3">The weights now <small>outputs down, columns in the chosen order</small></h3>
          ${weightsNow(data, step, half(ctx.width), go)}
        </div>
        <div>
          <h3 class="sub3">Corrections for this column <small>−e · U, added to each later weight</small></h3>
          ${pushes(data, step, half(ctx.width), go)}
        </div>
      </div>
      ${legend([
        ["neg", "below zero"],
        ["pos", "above zero"],
        ["frame", "this column; all columns left of it are rounded"],
      ])}
    </div>
    <h3 class="sub3">The loss of the whole matrix <small>all ${whole(data.d_out)} rows, as a share of the outputs’
        squares</small></h3>
    ${growth(data, step)}
    <p class="hint">Rounding to nearest takes the columns in the same order and does not change later columns. The
    errors of two columns may cancel, so its line may fall. GPTQ’s line shows the error that remains after the
    corrections. Both lines include the damping λ, as the algorithm does; the shares above do not. The inputs are
      ${counted(data.tokens, "token")} of the project’s passages, and the loss is that of this matrix alone. ${
        data.act_order
          ? "In act-order the algorithm fits a group’s scales beforehand, because its columns do not come together."
          : "The algorithm fits a group’s scales at its first column."
      }</p>`;
}

/**
 * Each weight of the window.
 * @param {GptqSteps} data
 * @returns {Row[]}
 */
export function rows(data) {
  const [count, columns] = shape(data);
  return range(columns).flatMap((column) =>
    range(count).map((row) => ({
      column: data.columns.a[column],
      row,
      original: at(data.original, row, column),
      before_rounding: now(data, column, row, column),
      rounded: at(data.rounded, row, column),
      to_nearest: at(data.nearest, row, column),
      e: at(data.errors, column, row),
    })),
  );
}

/** @param {GptqSteps} data */
function found({ loss, nearest_loss, matrix }) {
  const lost = (/** @type {number} */ share) => `${decimal(100 * share, 3)} %`; // as in the table of all matrices
  return html`With GPTQ ${matrix} loses <b>${lost(loss)}</b> of its outputs’ squares; rounded to nearest it loses
    <b>${lost(nearest_loss)}</b>. GPTQ’s loss is <b>${percent(loss / nearest_loss)}</b> of that.`;
}

/** @param {GptqSteps} data @param {number} step */
function said(data, step) {
  const [rowCount, columns] = shape(data);
  const row = greatest(range(rowCount), (each) => Math.abs(at(data.errors, step, each))) ?? 0;
  const [before, after] = [now(data, step, row, step), at(data.rounded, row, step)];
  const most = greatest(range(step + 1, columns), (column) => Math.abs(pushed(data, step, row, column)));
  const touched =
    most === undefined
      ? "The window shows no later column."
      : html`Column ${data.columns.a[most]} gets the largest correction, ${signed(pushed(data, step, row, most), 4)}.`;
  return html`In column <b>${data.columns.a[step]}</b>, row ${row} has the largest error: ${signed(before, 4)} rounds to
    <b>${signed(after, 4)}</b>. The error ${signed(before - after, 4)}, divided by U =
    ${decimal(at(data.pushes, step, step), 3)}, is e = ${signed(at(data.errors, step, row), 4)}. ${touched}`;
}

/** @param {GptqSteps} data @param {number} step */
function growth(data, step) {
  const x = range(1, data.d_in + 1);
  const percents = (/** @type {{ a: ArrayLike<number> }} */ { a }) => Array.from(a, (each) => 100 * each);
  return plot({
    label: "Loss after each column, GPTQ and rounding to nearest",
    height: 240,
    traces: [
      { x, y: percents(data.nearest_grown), name: "to nearest", color: "river-deep", labelled: true },
      { x, y: percents(data.grown), name: "GPTQ", color: "prob", labelled: true },
    ],
    x: { title: "columns rounded" },
    y: { title: "% of the outputs’ squares", rangemode: "tozero" },
    marks: [{ x: data.first + step + 1, label: "here", side: data.first > data.d_in / 2 ? "left" : "right" }],
  });
}

/** @param {number} width */
const half = (width) => (width < 860 ? width : (width - 44) / 2);
