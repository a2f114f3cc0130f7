// @ts-check
/**
 * A learned table: how alike its rows are, and what happens behind the last one.
 *
 * @import { PastEnd, PositionSchemesTable } from "../../../types/embeddings"
 * @import { Row, View } from "../../../kit/view"
 */

import { plot } from "../../../kit/chart/plot.js";
import { control } from "../../../kit/controls/declared.js";
import { legend } from "../../../kit/drawing/legend.js";
import { decimal, whole } from "../../../kit/numbers/format.js";
import { table as listing } from "../../../kit/numbers/table.js";
import { range } from "../../../vendor/d3.js";
import { html } from "../../../vendor/lit.js";
import { cosine, MARGIN, map, SIDE } from "./table_map.js";

export const follows = true;

const TWO = { from: 760, gap: 40 };
const HEIGHT = 205;

/** @type {View<PositionSchemesTable>} */
export function table(data, ctx) {
  const two = ctx.width >= TWO.from;
  const row = Math.min(data.rows - 1, Number(ctx.controls.row));
  return html`
    <div class="columns ${two ? "two" : ""}">
      <div>
        <h3 class="sub3">All pairs of rows <small>cosine; press a cell to choose its row</small></h3>
        ${map(data, ctx, row, Math.min(SIDE, (two ? (ctx.width - TWO.gap) / 2 : ctx.width) - MARGIN.left))}
        ${legend([
          ["pos", "same direction"],
          ["zero", "at right angles"],
          ["neg", "opposite direction"],
        ])}
      </div>
      <div>
        <h3 class="sub3">Row ${row} and all others <small>cosine, by position</small></h3>
        ${control(ctx, "row", { as: "slider", most: data.rows - 1 })}
        ${one(data, row)}
        <p class="readout">${said(data, row)}</p>
        <h3 class="sub3">By distance <small>mean of all pairs; pale band: the middle 80 %</small></h3>
        ${byDistance(data)}
      </div>
    </div>
    <h3 class="sub3">One token past the end <small>small models with random weights and ${data.length} positions read
        ${data.length + 1} tokens</small></h3>
    ${ends(data)}
    <p class="hint">
      At token ${data.rows + 1}, ${data.title} says “${data.refused}”, and transformers with the same weights says
      “${data.theirs}”. A scheme that is a formula reads on (“Reading further” in the panel Positions measures how
      well).
      A scheme that looks positions up in a table ends with the table, even if a formula filled it.
    </p>`;
}

/**
 * Every row with its neighbours.
 * @param {PositionSchemesTable} data
 * @returns {Row[]}
 */
export function rows({ rows: count, likeness }) {
  const named = likeness.nearest.shape[1];
  return range(count).map((row) => ({
    row,
    length: likeness.length.a[row],
    nearest: Array.from(likeness.nearest.a.slice(row * named, (row + 1) * named)).join(" "),
    farthest: Array.from(likeness.farthest.a.slice(row * named, (row + 1) * named)).join(" "),
    mean_cosine_at_this_distance: likeness.mean.a[row],
  }));
}

/** @param {PositionSchemesTable} data @param {number} row */
function one(data, row) {
  const positions = range(data.rows);
  return plot({
    label: `Cosine of row ${row} with every row`,
    height: HEIGHT,
    traces: [
      {
        x: positions,
        y: positions.map((other) => cosine(data, row, other)),
        color: "river-deep",
        hover: "row %{x}: %{y:.2f}<extra></extra>",
      },
    ],
    marks: [{ x: row, label: `row ${row}`, color: "ink3", dash: "dot" }],
    x: { title: "position" },
    y: { range: [-1, 1.08], nticks: 5 },
  });
}

/** @param {PositionSchemesTable} data @param {number} row */
function said(data, row) {
  const { nearest, farthest, length } = data.likeness;
  const named = nearest.shape[1];
  const list = (/** @type {ArrayLike<number>} */ of) =>
    Array.from({ length: 3 }, (_, at) => of[row * named + at])
      .map((other) => `${other} (${decimal(cosine(data, row, other))})`)
      .join(", ");
  return html`Nearest rows: <b>${list(nearest.a)}</b>. Most opposite rows: <b>${list(farthest.a)}</b>. Length of row
    ${row}:
    ${decimal(length.a[row])}.`;
}

/** @param {PositionSchemesTable} data */
function byDistance({ likeness }) {
  const distance = range(1, likeness.mean.a.length);
  const part = (/** @type {ArrayLike<number>} */ of) => Array.from(of).slice(1);
  const band = { x: distance, color: "river-deep", width: 0, legend: false, hover: "<extra></extra>" };
  return plot({
    label: "Mean cosine of two rows by their distance",
    height: HEIGHT,
    traces: [
      { ...band, y: part(likeness.low.a) },
      { ...band, y: part(likeness.high.a), fill: "tonexty", alpha: 0.2 },
      { x: distance, y: part(likeness.mean.a), color: "river-deep", hover: "distance %{x}: %{y:.2f}<extra></extra>" },
    ],
    x: { title: "distance in rows, log scale", type: "log", dtick: 1 },
    y: { range: [-1, 1.08], nticks: 5 },
  });
}

/** @param {PositionSchemesTable} data */
function ends({ ends: models, length }) {
  return listing({
    label: "One token past the end",
    rows: models,
    columns: [
      { name: "Model", cell: (/** @type {PastEnd} */ { name }) => name },
      { name: "Positions", cell: ({ scheme }) => scheme },
      {
        name: `Token ${whole(length + 1)}`,
        cell: ({ reads }) => (reads ? html`<b class="reads">is read</b>` : html`<b class="refused">refused</b>`),
      },
      { name: "Error message", className: "notation", cell: ({ said: words }) => words || "none" },
    ],
  });
}
