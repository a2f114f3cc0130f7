// @ts-check
/**
 * The longest pause and the first token by chunk, as lines and in numbers.
 *
 * @import { ChunkedPrefill, PromptReading } from "../../../types/inference"
 * @import { ViewContext } from "../../../kit/view"
 */

import { plot } from "../../../kit/chart/plot.js";
import { legend } from "../../../kit/drawing/legend.js";
import { timed } from "../../../kit/numbers/magnitude.js";
import { table } from "../../../kit/numbers/table.js";
import { under } from "../../../kit/runs/beside.js";
import { html, nothing } from "../../../vendor/lit.js";
import { chosenChunk, reading, WHOLE } from "./chunk.js";
import { lineThere, thereOf } from "./chunked_other.js";

const HEIGHT = 240;

/** @param {ChunkedPrefill} data @param {ViewContext} ctx */
export function chart(data, ctx) {
  const { ways, chunks } = data;
  const x = ways.map(({ chunk }) => chunks.indexOf(chunk));
  const lines = /** @type {const} */ ([
    ["longest_gap", "longest pause", "river-deep", "circle"],
    ["first_token", "TTFT, long", "prob", "square"],
  ]);
  const line = plot({
    label: "Longest pause of a decoding request and time to first token of the long prompt, by chunk",
    height: HEIGHT,
    traces: [
      ...lines.map(([of, name, color, symbol]) => ({
        x,
        y: ways.map((way) => way[of].ms),
        name,
        labelled: true,
        color,
        symbol,
        mode: "lines+markers",
        whiskers: { low: ways.map((way) => way[of].low), high: ways.map((way) => way[of].high) },
        hover: `%{y:.0f} ms<extra>${name}</extra>`,
      })),
      ...lines.flatMap(([of, name]) => lineThere(data, of, name, ctx)),
    ],
    x: {
      title: "tokens that a pass may read",
      tickvals: chunks.map((_, at) => at),
      ticktext: chunks.map((chunk) => (chunk === WHOLE ? "whole" : String(chunk))),
      range: [-0.3, chunks.length - 0.7],
    },
    y: { rangemode: "tozero", nticks: 5 },
    margin: { r: 96 },
    onClick: (point) => point && chunks[Number(point.x)] && ctx.control("chunk", chunks[Number(point.x)]),
  });
  return data.base ? html`${legend([["dashed", ctx.beside.name]])} ${line}` : line;
}

/** @param {ChunkedPrefill} data @param {ViewContext} ctx */
export function numbers(data, ctx) {
  if (!data.ways.length) return nothing;
  const both = (/** @type {string} */ name, /** @type {(way: PromptReading) => string} */ say, title = "") => ({
    ...{ name, title: title || undefined, number: true },
    cell: (/** @type {PromptReading} */ way) => {
      const there = thereOf(data, way.chunk);
      return under(say(way), ctx.beside, there && say(there));
    },
  });
  return html`${data.base ? legend([["dot", `${ctx.beside.name}: ${data.base.model}`]]) : nothing} ${table({
    label: "Pauses and first tokens by chunk",
    columns: [
      { name: "Prompt read", cell: ({ chunk }) => reading(chunk) },
      both("pause, p50", ({ gap_p50 }) => timed(gap_p50), "between two tokens while it is read"),
      both("longest", ({ longest_gap }) => timed(longest_gap.ms)),
      both("TTFT, long", ({ first_token }) => timed(first_token.ms)),
    ],
    rows: [...data.ways].sort((a, b) => data.chunks.indexOf(a.chunk) - data.chunks.indexOf(b.chunk)),
    selected: ({ chunk }) => chunk === chosenChunk(data, ctx),
    select: ({ chunk }) => chunk !== WHOLE && ctx.control("chunk", chunk),
  })}`;
}
