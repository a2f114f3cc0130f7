// @ts-check
/**
 * How few do the writing: the neurons that make half of it, block by block at this token, and along the text.
 *
 * @import { Floats } from "../../../types/shared"
 * @import { FeedForwardSparsity } from "../../../types/transformer"
 * @import { Row, View, ViewContext } from "../../../kit/view"
 * @import { Point, Trace } from "../../../kit/chart/chart_layout"
 */

import { plot } from "../../../kit/chart/plot.js";
import { percent, whole } from "../../../kit/numbers/format.js";
import { baseNote } from "../../../kit/runs/beside.js";
import { token, tokenText } from "../../../kit/text/tokens.js";
import { html, nothing } from "../../../vendor/lit.js";

const HEIGHT = 250;

/** @type {View<FeedForwardSparsity>} */
export function sparsity(data, ctx) {
  const { layer, position } = data;
  const { there } = ctx;
  const was = there
    ? html`${ctx.beside.start}, <b>${whole(there.layer_carriers.a[layer])}</b> neurons make half here.`
    : nothing;
  return html`
    <p class="readout">${said(data)}</p>
    ${baseNote(ctx, there, was)}
    <div class="side-by-side">
      <div>
        <h3 class="sub3">Block by block, at ${token(ctx.run.ids[position])}</h3>
        ${alongBlocks(data, ctx)}
      </div>
      <div>
        <h3 class="sub3">Along the text, in block ${layer}</h3>
        ${alongText(data, ctx)}
      </div>
    </div>`;
}

/**
 * @param {FeedForwardSparsity} data
 * @param {ViewContext<any, FeedForwardSparsity>} ctx
 * @returns {Row[]}
 */
export function rows({ layer, position, layer_carriers, layer_open, pos_carriers, pos_open }, ctx) {
  const { there } = ctx;
  const blocks = Array.from(layer_carriers.a, (half, block) => ({
    block,
    position,
    token: tokenText(ctx.run.ids[position]),
    make_half: half,
    open: layer_open.a[block],
    [`make_half_${ctx.beside.column}`]: there?.layer_carriers.a[block],
  }));
  const text = Array.from(pos_carriers.a, (half, at) => ({
    block: layer,
    position: at,
    token: tokenText(ctx.run.ids[at]),
    make_half: half,
    open: pos_open.a[at],
    [`make_half_${ctx.beside.column}`]: at < ctx.shared ? there?.pos_carriers.a[at] : undefined,
  }));
  return [...blocks, ...text];
}

/** @param {FeedForwardSparsity} data */
function said({ layer, layer_carriers, layer_open, d_mlp }) {
  const half = html`<b>${whole(layer_carriers.a[layer])}</b>`;
  const open = percent(layer_open.a[layer]);
  return html`In block <b>${layer}</b> at this token, ${half} of ${whole(d_mlp)} neurons make half of the total length
    written, and ${open} of the gates are open.`;
}

/**
 * @param {FeedForwardSparsity} data
 * @param {ViewContext<any, FeedForwardSparsity>} ctx
 */
function alongBlocks(data, ctx) {
  const { layer_carriers, layer_open, layer } = data;
  return plot({
    label: "Share of neurons that make half of the writing, by block; arrow keys walk the blocks",
    height: HEIGHT,
    traces: lines(data, {
      carriers: layer_carriers,
      open: layer_open,
      at: layer,
      names: Array.from(layer_open.a, (_, block) => `block ${block}`),
      there: ctx.there?.layer_carriers.a,
      said: ctx.beside.name,
    }),
    ...axes(data, "block"),
    onClick: (point) => point && ctx.select({ layer: chosenAt(point) }),
  });
}

/**
 * @param {FeedForwardSparsity} data
 * @param {ViewContext<any, FeedForwardSparsity>} ctx
 */
function alongText(data, ctx) {
  const { pos_carriers, pos_open, position } = data;
  return plot({
    label: "Share of neurons that make half of the writing, by position",
    height: HEIGHT,
    traces: lines(data, {
      carriers: pos_carriers,
      open: pos_open,
      at: position,
      // plotly reads a "<" as the begin of a tag
      names: Array.from(pos_open.a, (_, at) => `${tokenText(ctx.run.ids[at])} (${at})`.replaceAll("<", "‹")),
      there: ctx.there?.pos_carriers.a.subarray(0, ctx.shared),
      said: ctx.beside.name,
    }),
    ...axes(data, "position"),
    onClick: (point) => point && ctx.select({ position: chosenAt(point) }),
  });
}

/** @param {Point} point */
const chosenAt = ({ x, index }) => Math.round(Number(x ?? index));

/**
 * @param {FeedForwardSparsity} data
 * @param {string} title
 */
const axes = ({ d_mlp }, title) => ({
  x: { title },
  y: { ticksuffix: " %", rangemode: "tozero", title: `% of ${whole(d_mlp)} neurons` },
  margin: { t: 34 },
});

/**
 * @param {FeedForwardSparsity} data
 * @param {{ carriers: Floats, open: Floats, at: number, names: string[], there: Float32Array | undefined,
 *   said: string }} values `said`: how the other run is called
 * @returns {Trace[]}
 */
function lines({ d_mlp }, { carriers, open, at, names, there, said }) {
  const x = Array.from(carriers.a, (_, index) => index);
  const half = (/** @type {Float32Array} */ counts) => Array.from(counts, (count) => (100 * count) / d_mlp);
  const opened = Array.from(open.a, (share) => 100 * share);
  const hover = (/** @type {string} */ what) => `%{text}: %{y:.1f} %<extra>${what}</extra>`;
  /** @type {(Trace & { text?: string[] })[]} */
  const traces = [
    {
      name: "make half of the writing",
      x,
      y: half(carriers.a),
      color: "ink",
      mode: "lines+markers",
      size: 5,
      text: names,
      hover: hover("make half"),
    },
    { name: "have an open gate", x, y: opened, color: "river-deep", dash: "dot", text: names, hover: hover("open") },
    {
      x: [at, at],
      y: [half(carriers.a)[at], opened[at]],
      mode: "markers",
      color: "prob",
      size: 10,
      legend: false,
      hover: `${names[at]}: %{y:.1f} %<extra></extra>`,
    },
  ];
  const other = there && {
    name: said,
    x,
    y: half(there),
    color: "ink2",
    dash: "dash",
    width: 1.25,
    text: names,
    hover: hover(`half, ${said}`),
  };
  return other ? [...traces, other] : traces;
}
