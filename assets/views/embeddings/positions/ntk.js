// @ts-check
/**
 * The base that a stretch of the context asks for, and every pair's turn before and after.
 *
 * @import { PositionsNtk } from "../../../types/embeddings"
 * @import { Floats } from "../../../types/shared"
 * @import { Row, View } from "../../../kit/view"
 */

import { plot } from "../../../kit/chart/plot.js";
import { limitName } from "../../../kit/chart/rope_schemes.js";
import { control } from "../../../kit/controls/declared.js";
import { decimal, whole } from "../../../kit/numbers/format.js";
import { table } from "../../../kit/numbers/table.js";
import { range } from "../../../vendor/d3.js";
import { html } from "../../../vendor/lit.js";
import { turn } from "./clocks.js";

const HEIGHT = 320;
/** Pairs that the table names. */
const NAMED = 7;

/** @type {View<PositionsNtk>} */
export function ntk(data, ctx) {
  const { theta, stretch, d_rotary: d, base, n_ctx } = data;
  return html`
    <div class="stretch">
      ${control(ctx, "stretch", { format: (value) => `× ${value}` })}
    </div>
    <p class="resulting">
      θ′ = θ · s<sup>d/(d − 2)</sup> = ${whole(theta)} · ${stretch}<sup>${d}/${d - 2}</sup> =
      <b>${whole(Math.round(base))}</b> <span class="muted">for ${whole(Math.round(stretch * n_ctx))} tokens</span>
    </p>
    <div class="side-by-side">
      <div>
        <h3 class="sub3">Tokens per full turn <small>by pair, log scale</small></h3>
        ${turns(data)}
      </div>
      <div>
        <h3 class="sub3">Before and after <small>tokens per full turn; ×: how many times longer</small></h3>
        ${listed(data)}
      </div>
    </div>
    <p class="hint">
      L = ${whole(n_ctx)}, ${limitName(data)}. The exponent d/(d − 2) makes the slowest pair, whose speed is
      θ^(−(d − 2)/d), exactly s times slower. Pair 0 turns at speed 1 for any base.
    </p>`;
}

/**
 * @param {PositionsNtk} data
 * @returns {Row[]}
 */
export function rows(data) {
  return range(data.inv_freq.a.length).map((pair) => ({
    pair,
    base: data.base,
    turn_before: turnOf(data.inv_freq, pair),
    turn_ntk: turnOf(data.ntk, pair),
    turn_linear: turnOf(data.linear, pair),
    turn_yarn: turnOf(data.yarn, pair),
  }));
}

/** Tokens for a full turn. @param {Floats} speeds @param {number} pair */
const turnOf = (speeds, pair) => (2 * Math.PI) / speeds.a[pair];

/** @param {PositionsNtk} data */
function turns(data) {
  const pairs = range(data.inv_freq.a.length);
  const one = (/** @type {Floats} */ speeds, /** @type {object} */ look, /** @type {string} */ name) => ({
    x: pairs,
    y: pairs.map((pair) => turnOf(speeds, pair)),
    name,
    color: "river-deep",
    hover: `pair %{x}: one turn in %{y:,.0f} tokens<extra>${name}</extra>`,
    ...look,
  });
  return plot({
    label: "Tokens per turn of each pair, before and after",
    height: HEIGHT,
    traces: [
      one(data.inv_freq, { mode: "markers" }, "unscaled"),
      one(data.linear, { color: "ink2", dash: "dash" }, "interpolation"),
      one(data.yarn, { color: "ink", dash: "dot" }, "YaRN"),
      one(data.ntk, { color: "prob", width: 3 }, "NTK-aware"),
    ],
    x: { title: "pair" },
    y: { type: "log", dtick: 1, tickformat: ",d" },
    marks: [{ y: data.n_ctx, label: `L, ${whole(data.n_ctx)}`, color: "ink", side: "left", below: true }],
  });
}

/** @param {PositionsNtk} data */
function listed(data) {
  const last = data.inv_freq.a.length - 1;
  const named = [...new Set(range(NAMED).map((at) => Math.round((at * last) / (NAMED - 1))))];
  const after = (/** @type {Floats} */ speeds) => (/** @type {number} */ pair) =>
    html`${turn(turnOf(speeds, pair))} <small
      class="muted">× ${decimal(data.inv_freq.a[pair] / speeds.a[pair])}</small>`;
  return table({
    label: "Turns of some pairs",
    rows: named,
    columns: [
      { name: "Pair", number: true, cell: (pair) => pair },
      { name: "Before", number: true, cell: (pair) => turn(turnOf(data.inv_freq, pair)) },
      { name: "NTK-aware", number: true, cell: after(data.ntk) },
      { name: "Interpolation", number: true, cell: after(data.linear) },
      { name: "YaRN", number: true, cell: after(data.yarn) },
    ],
  });
}
