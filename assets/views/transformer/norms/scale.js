// @ts-check
/**
 * One norm before and after: the size of every token's row, and the selected token's row number by number.
 *
 * @import { Row, View, ViewContext } from "../../../kit/view"
 * @import { NormsScale } from "../../../types/transformer"
 * @import { Shown } from "./numbers"
 * @import { Opened } from "./row_stripes"
 */

import { plot } from "../../../kit/chart/plot.js";
import { control } from "../../../kit/controls/declared.js";
import { legend } from "../../../kit/drawing/legend.js";
import { logAxis } from "../../../kit/drawing/log_axis.js";
import { baseNote, OTHER } from "../../../kit/runs/beside.js";
import { token, tokenText } from "../../../kit/text/tokens.js";
import { extent, maxIndex } from "../../../vendor/d3.js";
import { html } from "../../../vendor/lit.js";
import { rowOfNumbers, strongest } from "./numbers.js";
import { chosenPlace, forChart, named, size, where } from "./places.js";

/** What reads the row behind each norm. */
const READER = { ln1: "attention", ln2: "the MLP", ln_final: "the unembedding" };

/** @type {View<NormsScale, Opened>} */
export function scale(data, ctx) {
  const norm = shownNorm(data, ctx);
  const { position } = data;
  return html`
    <div class="norms">
      <div class="bar">
        ${control(ctx, "place", {
          choices: ctx.declared("place").choices?.filter(([place]) => place in data.norms),
          value: norm.place,
        })}
        ${legend([
          [{ color: "river-deep", shape: "dot", hollow: true }, "in the stream"],
          [{ color: "ink", shape: "dot" }, "after the norm"],
          norm.there && [{ color: "ink2", shape: "line", dash: true }, ctx.beside.name],
        ])}
      </div>
      <p class="readout said">${told(norm, data, ctx)}</p>
      ${baseNote(ctx, norm.there, before(norm, position, ctx))}
      <h3 class="sub3">Size of each token’s row: ${measure(norm)}; log scale</h3>
      ${sizes(norm, position, ctx)}
      <h3 class="sub3 next">The row of ${token(ctx.run.ids[position])}, number by number, ${norm.where}</h3>
      ${rowOfNumbers(norm, ctx)}
      <div class="side-by-side">
        ${strongest("Largest in the stream", norm.before, norm, ctx)}
        ${strongest("Largest after the norm", norm.out, norm, ctx)}
      </div>
    </div>`;
}

/**
 * The rows' sizes, then the numbers of the selected row.
 * @param {NormsScale} data
 * @param {ViewContext<Opened>} ctx
 * @returns {Row[]}
 */
export function rows(data, ctx) {
  const norm = shownNorm(data, ctx);
  const shown = (/** @type {Row} */ line) => ({ norm: norm.where, position: data.position, dimension: null, ...line });
  const tokens = Array.from(norm.scale.a, (stream, position) =>
    shown({
      position,
      token: tokenText(ctx.run.ids[position]),
      stream,
      divisor: stream,
      weight: null,
      bias: null,
      read: norm.after.a[position],
      [ctx.beside.column]: norm.there?.[position],
    }),
  );
  const numbers = Array.from(norm.before.a, (stream, dimension) =>
    shown({
      dimension,
      token: tokenText(ctx.run.ids[data.position]),
      stream,
      divisor: norm.divisor,
      weight: norm.weight.a[dimension],
      bias: norm.bias?.a[dimension],
      read: norm.out.a[dimension],
      [ctx.beside.column]: null,
    }),
  );
  return [...tokens, ...numbers];
}

/**
 * @param {NormsScale} data
 * @param {ViewContext<any, NormsScale>} ctx
 * @returns {Shown}
 */
function shownNorm(data, ctx) {
  const place = chosenPlace(ctx, Object.keys(data.norms));
  const norm = data.norms[place];
  const divisor = norm.scale.a[data.position];
  const taken = norm.kind === "layer" ? norm.mean : 0;
  const divided = norm.before.a.map((value) => (value - taken) / divisor);
  const there = ctx.there?.norms[place]?.scale.a.subarray(0, ctx.shared);
  return { ...norm, place, where: where(place, data.layer), divisor, divided, there };
}

/**
 * @param {Shown} norm
 * @param {NormsScale} data
 * @param {ViewContext<any>} ctx
 */
function told(norm, { position }, ctx) {
  const longest = maxIndex(norm.scale.a);
  const reader = READER[/** @type {keyof typeof READER} */ (norm.place)];
  const at = (/** @type {number} */ position) => html`${token(ctx.run.ids[position])} (${position})`;
  return html`${norm.kind === "rms" ? "RMSNorm" : "LayerNorm"} ${norm.where} divides the row of ${at(position)} by <b
    >${size(norm.divisor)}</b>. In the stream, the largest row of the text (at ${at(longest)}) is
    <b>${size(spread(norm.scale.a))}</b> times the smallest; in what ${reader} reads it is
    <b>${size(spread(norm.after.a))}</b> times.`;
}

/** @param {Iterable<number>} sizes */
function spread(sizes) {
  const [least = 1, most = 1] = extent(sizes);
  return most / least;
}

/**
 * @param {Shown} norm
 * @param {number} position
 * @param {ViewContext<any>} ctx
 */
function before({ there, divisor }, position, { beside }) {
  const was = there?.[position] ?? Number.NaN;
  const same = Math.abs(was - divisor) < 1e-6 * divisor;
  return html`${beside.start}, this row is divided by
    <b>${size(was)}</b>${same && beside !== OTHER ? ": the intervention acts after this norm." : "."}`;
}

/** @param {Shown} norm */
const measure = ({ kind }) =>
  kind === "rms" ? "root mean square" : "standard deviation in the stream, root mean square after the norm";

// The size of every token's row before and after a norm, as a chart of dumbbells.

const HEIGHT = 260;

/**
 * @param {Shown} norm
 * @param {number} position
 * @param {ViewContext<any>} ctx
 */
export function sizes({ scale, after, there }, position, ctx) {
  const [stream, read] = [scale.a, after.a];
  return plot({
    label: "Size of each token’s row before and after the norm; arrow keys walk the positions, Enter selects one",
    height: HEIGHT,
    traces: dumbbells({ stream, read, there, position, ctx }),
    x: { title: "position", nticks: 12, range: [-0.6, stream.length - 0.4], zeroline: false },
    y: logAxis([...stream, ...read, ...(there ?? [])]),
    margin: { t: 10 },
    onClick: (point) => point && ctx.select({ position: Math.round(Number(point.x ?? point.index)) }),
  });
}

/**
 * @param {{ stream: Float32Array, read: Float32Array, there: Float32Array | undefined, position: number,
 *   ctx: ViewContext<any> }} values
 */
function dumbbells({ stream, read, there, position, ctx }) {
  const x = Array.from(stream.keys());
  const text = x.map((at) => forChart(named(ctx, at)));
  const hover = (/** @type {string} */ what) => `%{text}: %{y:.3~r}${what}<extra></extra>`;
  const chosen = {
    x: [position, position],
    y: [stream[position], read[position]],
    text: [text[position], text[position]],
  };
  const traces = [
    { x, y: stream, mode: "markers", color: "river-deep", hollow: true, size: 8, text, hover: hover(" in the stream") },
    { ...stems(stream, read), mode: "lines", color: "line2", width: 1.2, hoverinfo: "skip" },
    { x, y: read, mode: "markers", color: "ink", size: 7, text, hover: hover(" after the norm") },
    { ...chosen, mode: "lines+markers", color: "prob", size: 10, width: 2, hover: hover("") },
  ];
  if (!there) return traces;
  const line = { mode: "lines", color: "ink2", dash: "dash", width: 1.25, text, hover: hover(`, ${ctx.beside.short}`) };
  return [...traces, { x: Array.from(there.keys()), y: there, ...line }];
}

/**
 * One line in pieces: from each size in the stream to the size as read.
 * @param {Float32Array} stream
 * @param {Float32Array} read
 */
function stems(stream, read) {
  const gap = Number.NaN;
  return {
    x: Array.from(stream.keys()).flatMap((at) => [at, at, gap]),
    y: Array.from(stream).flatMap((value, at) => [value, read[at], gap]),
  };
}
