// @ts-check
/**
 * What each matrix loses, rounded alone: to nearest, by GPTQ, by AWQ.
 *
 * @import { GptqLosses } from "../../../types/systems"
 * @import { Row, View, ViewContext } from "../../../kit/view"
 *
 * @typedef {ViewContext<object, GptqLosses>} Context
 *
 * @typedef {GptqLosses["rows"][number]} Lost
 */

import { plot } from "../../../kit/chart/plot.js";
import { control } from "../../../kit/controls/declared.js";
import { legend } from "../../../kit/drawing/legend.js";
import { counted, decimal, percent, whole } from "../../../kit/numbers/format.js";
import { table } from "../../../kit/numbers/table.js";
import { under } from "../../../kit/runs/beside.js";
import { max, median } from "../../../vendor/d3.js";
import { html, nothing } from "../../../vendor/lit.js";
import { namedFormats, ROLES } from "./names.js";

/** @type {View<GptqLosses>} */
export function losses(data, ctx) {
  return html`
    <div class="bar">
      <p class="readout lead">${found(data)}</p>
      <div class="go">
        ${control(ctx, "format", { as: "select", choices: namedFormats(data.formats), own: data.format })}
        ${control(ctx, "scope", {
          choices: [
            ["block", `Block ${ctx.focus.layer ?? data.layer}`],
            ["all", "All blocks"],
          ],
        })}
      </div>
    </div>
    ${ctx.there ? compared(data, ctx) : nothing}
    ${chart(data, ctx)}
    ${ctx.there ? legend([["dot", ctx.beside.name]]) : nothing}
    <div class="listed">${list(data, ctx)}</div>
    <p class="hint">Each matrix is rounded alone, on the inputs that it has in the unrounded model:
      ${counted(data.tokens, "token")} of text. GPTQ and AWQ were calibrated on this same text, so their gain on other
      text may be smaller. AWQ folds its scales into a norm or W_in before the matrix. W_O has none before it, and a
      mixture’s experts share one norm.</p>`;
}

/** @param {GptqLosses} data @param {Context} ctx @returns {Row[]} */
export const rows = (data, ctx) =>
  data.rows.map((each) => {
    const other = there(ctx, each);
    return {
      ...each,
      ...(ctx.there
        ? {
            [`nearest_${ctx.beside.column}`]: other?.nearest ?? null,
            [`ordered_${ctx.beside.column}`]: other?.ordered ?? null,
          }
        : {}),
    };
  });

/** The matrix of the same name in the other run's model. @param {Context} ctx @param {Lost} row */
const there = (ctx, { name }) => ctx.there?.rows.find((each) => each.name === name);

/** @param {Lost} row */
const orderedShare = ({ ordered, nearest }) => ordered / nearest;

/** @param {GptqLosses} data @param {Context} ctx */
function compared(data, ctx) {
  const { beside, other: run } = ctx;
  const model = run?.model?.title;
  const pairs = data.rows.flatMap((here) => {
    const other = there(ctx, here);
    return other ? [{ here, other }] : [];
  });
  if (!pairs.length)
    return html`<p class="readout basenote">${beside.start}, no matrix of ${model} has the name of a matrix
      here.</p>`;
  const [here, others] = [pairs.map((pair) => pair.here), pairs.map((pair) => pair.other)];
  const middle = (/** @type {readonly Lost[]} */ of) => median(of, orderedShare) ?? 0;
  return html`<p class="readout basenote">Both models have ${counted(pairs.length, "matrix", "matrices")} of the same
    names. ${beside.start}, ${model}, the median loss of GPTQ in act-order is <b
      data-ordered=${middle(others)}>${percent(middle(others))}</b> of that of rounding to nearest; here it is
    ${percent(middle(here))}. Rounding to nearest has a median loss of
    <b>${lost(median(others, ({ nearest }) => nearest) ?? 0)}</b> there and of
    ${lost(median(here, ({ nearest }) => nearest) ?? 0)} here.</p>`;
}

/** @param {Lost} row */
const share = ({ gptq, nearest }) => gptq / nearest;

/** @param {GptqLosses} data */
function found(data) {
  const best = (/** @type {(row: Lost) => number} */ of) => percent(median(data.rows, of) ?? 0);
  const scaled = data.rows.filter(({ awq }) => awq !== null && Number.isFinite(awq));
  const awq = scaled.length
    ? html`, and with AWQ <b>${percent(median(scaled, (row) => row.awq / row.nearest) ?? 0)}</b>`
    : "";
  return html`Compared with the loss of rounding to nearest, the median loss of
    ${counted(data.rows.length, "matrix", "matrices")} is <b>${best(share)}</b> with GPTQ,
    <b>${best(orderedShare)}</b> with GPTQ in act-order${awq}.${
      data.done < data.wanted ? ` ${whole(data.done)} of ${whole(data.wanted)} blocks are measured.` : ""
    }`;
}

/** @param {GptqLosses} data @param {Context} ctx */
function chart(data, ctx) {
  const roles = [...new Set(data.rows.map(({ role }) => role))];
  const symbols = ["circle", "square", "diamond", "cross", "triangle-up", "star", "hexagon", "triangle-down"];
  const others = ctx.there?.rows ?? [];
  const limit = 1.15 * (max([...data.rows, ...others], ({ nearest }) => nearest) ?? 1);
  return plot({
    label: "GPTQ’s loss in act-order against the loss of rounding to nearest; one point is one matrix",
    height: 320,
    traces: [
      ...roles.map((role, at) => {
        const mine = data.rows.filter((row) => row.role === role);
        return {
          x: mine.map(({ nearest }) => 100 * nearest),
          y: mine.map(({ ordered }) => 100 * ordered),
          name: ROLES[role] ?? role,
          mode: "markers",
          symbol: symbols[at % symbols.length],
          color: at % 2 ? "river-deep" : "prob",
          size: 8,
          customdata: mine.map(({ name }) => name),
          hover: "%{customdata}<br>to nearest %{x:.3f} %, GPTQ %{y:.3f} %<extra></extra>",
        };
      }),
      ...(others.length
        ? [
            {
              x: others.map(({ nearest }) => 100 * nearest),
              y: others.map(({ ordered }) => 100 * ordered),
              name: ctx.beside.name,
              mode: "markers",
              symbol: "circle",
              color: "ink",
              hollow: true,
              legend: false,
              size: 7,
              customdata: others.map(({ name }) => name),
              hover: `%{customdata}, ${ctx.beside.name}<br>to nearest %{x:.3f} %, GPTQ %{y:.3f} %<extra></extra>`,
            },
          ]
        : []),
      { x: [1e-4, 100 * limit], y: [1e-4, 100 * limit], name: "no gain", dash: "dot", color: "ink3", width: 1 },
    ],
    x: { title: "loss of rounding to nearest, %", range: [0, 100 * limit] },
    y: { title: "loss of GPTQ in act-order, %", range: [0, 100 * limit] },
  });
}

/** @param {GptqLosses} data @param {Context} ctx */
function list(data, ctx) {
  /** @param {(row: Lost) => string} said */
  const both = (said) => (/** @type {Lost} */ row) => {
    const other = there(ctx, row);
    return under(said(row), ctx.beside, other && said(other));
  };
  return table({
    label: "Loss of each matrix",
    columns: [
      { name: "matrix", cell: ({ name }) => name, className: "mono" },
      { name: "to nearest", number: true, cell: both(({ nearest }) => lost(nearest)) },
      { name: "GPTQ", number: true, cell: ({ gptq }) => lost(gptq) },
      { name: "act-order", number: true, cell: both(({ ordered }) => lost(ordered)) },
      { name: "AWQ", number: true, cell: (row) => (has(row) ? lost(row.awq) : "–") },
      { name: "exponent", number: true, cell: (row) => (has(row) ? decimal(row.alpha, 1) : "–") },
      { name: "act-order ÷ nearest", number: true, cell: both((row) => percent(orderedShare(row))) },
    ],
    rows: data.rows,
  });
}

/** @param {Lost} row */
const has = ({ awq }) => awq !== null && Number.isFinite(awq);

/** Small shares side by side want the same digits. @param {number} share */
const lost = (share) => `${decimal(100 * share, 3)} %`;
