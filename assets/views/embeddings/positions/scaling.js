// @ts-check
/**
 * Slower rotations for longer texts: how many tokens a pair takes for a turn, and what each scheme leaves of its speed.
 *
 * @import { PositionsScaling, Scheme } from "../../../types/embeddings"
 * @import { Row, ViewContext } from "../../../kit/view"
 * @import { Context } from "./scaling_there.js"
 */

import { plot } from "../../../kit/chart/plot.js";
import { limitName, openScheme, SCHEMES } from "../../../kit/chart/rope_schemes.js";
import { control } from "../../../kit/controls/declared.js";
import { halfWidth } from "../../../kit/layout.js";
import { decimal, whole } from "../../../kit/numbers/format.js";
import { table } from "../../../kit/numbers/table.js";
import { range } from "../../../vendor/d3.js";
import { html } from "../../../vendor/lit.js";
import { turn } from "./clocks.js";
import { compared, turnIn, turnsThere, turnThere } from "./scaling_there.js";
import { speeds } from "./speeds.js";

const MANY_PAIRS = 40;
const HEIGHT = 330;

/**
 * @param {PositionsScaling} data
 * @param {Context} ctx
 */
export function scaling(data, ctx) {
  const open = openScheme(
    ctx,
    data.schemes.map(({ name }) => name),
  );
  const select = (/** @type {string} */ name) => ctx.control("scheme", name);
  return html`
    <div class="bar">${control(ctx, "factor")}</div>
    ${compared(data, ctx)}
    <div class="side-by-side">
      <div>
        <h3 class="sub3">Tokens per full turn <small>by pair, log scale; hollow: longer than L</small></h3>
        ${turns(data, open, ctx)}
      </div>
      <div>
        <h3 class="sub3">Share of its speed that each pair keeps <small>pale: the other schemes; press one to
            choose it</small></h3>
        ${speeds({ data, open, width: halfWidth(ctx.width), select })}
      </div>
    </div>
    ${listed(data, open, select)}
    <p class="hint">${method(data)}</p>`;
}

/**
 * Each scheme's pairs.
 * @param {PositionsScaling} data
 * @param {Context} ctx
 * @returns {Row[]}
 */
export function rows(data, { beside, there }) {
  return data.schemes.flatMap(({ name, inv_freq, kept, score_factor }) =>
    pairsOf(data).map((pair) => ({
      scheme: SCHEMES[name].name,
      pair,
      turn_in_tokens: turnIn(inv_freq.a[pair]),
      unscaled: turnIn(data.inv_freq.a[pair]),
      kept: kept.a[pair],
      scores_times: score_factor,
      ...(there ? { [`unscaled_${beside.column}`]: turnThere(there, pair) } : {}),
    })),
  );
}

/** @param {PositionsScaling} data */
const pairsOf = (data) => range(data.inv_freq.a.length);

/**
 * @param {PositionsScaling} data
 * @param {string} open
 * @param {Context} ctx
 */
function turns(data, open, ctx) {
  const { name } = SCHEMES[open];
  const slowed = /** @type {Scheme} */ (data.schemes.find((scheme) => scheme.name === open));
  const pairs = pairsOf(data);
  const plain = (/** @type {number} */ pair) => turnIn(data.inv_freq.a[pair]);
  const unscaled = (/** @type {number[]} */ some) => ({
    x: some,
    y: some.map(plain),
    mode: "markers",
    color: "river-deep",
    hover: "pair %{x}: one turn in %{y:,.0f} tokens<extra>unscaled</extra>",
  });
  return plot({
    label: "Tokens per turn of each pair, plain and slowed",
    height: HEIGHT,
    traces: [
      { ...unscaled(pairs.filter((pair) => plain(pair) <= data.n_ctx)), name: "Unscaled" },
      { ...unscaled(pairs.filter((pair) => plain(pair) > data.n_ctx)), hollow: true, legend: false },
      {
        x: pairs,
        y: Array.from(slowed.inv_freq.a, turnIn),
        color: "prob",
        name: `${name} by ${data.factor}`,
        hover: `pair %{x}: one turn in %{y:,.0f} tokens<extra>${name}</extra>`,
      },
      ...turnsThere(ctx),
    ],
    x: { title: "pair", dtick: pairs.length > MANY_PAIRS ? 16 : 4 },
    y: { type: "log", dtick: 1, tickformat: ",d" },
    marks: [
      { y: data.length, label: `this text, ${whole(data.length)}`, color: "ink3", dash: "dot" },
      {
        y: data.n_ctx,
        label: `${data.trained ? "trained" : "config’s limit"}, ${whole(data.n_ctx)}`,
        color: "ink",
        side: "left",
        below: true,
      },
      {
        y: data.factor * data.n_ctx,
        label: `${data.factor} times, ${whole(data.factor * data.n_ctx)}`,
        color: "ink2",
        dash: "dash",
        side: "left",
      },
    ],
  });
}

/**
 * @param {PositionsScaling} data
 * @param {string} open
 * @param {(name: string) => void} select
 */
function listed({ schemes }, open, select) {
  const last = (/** @type {Scheme} */ { inv_freq }) => inv_freq.a[inv_freq.a.length - 1];
  return table({
    label: "Schemes",
    className: "schemes",
    rows: schemes,
    selected: ({ name }) => name === open,
    select: ({ name }) => select(name),
    columns: [
      { name: "Scheme", cell: ({ name }) => SCHEMES[name].name },
      { name: "Speed of a pair", className: "notation", cell: ({ name }) => SCHEMES[name].formula },
      {
        name: "Pairs unchanged",
        number: true,
        cell: ({ kept }) => kept.a.filter((share) => share > 0.999).length,
      },
      { name: "Slowest turn in tokens", number: true, cell: (scheme) => turn(turnIn(last(scheme))) },
      {
        name: "Factor on scores",
        number: true,
        cell: ({ score_factor }) => (score_factor === 1 ? "1" : decimal(score_factor, 3)),
      },
    ],
  });
}

/** @param {PositionsScaling} data */
function method(data) {
  const never = Array.from(data.inv_freq.a, turnIn).filter((tokens) => tokens > data.n_ctx).length;
  return (
    `The base θ is ${whole(data.theta)}, d = ${data.d_rotary} numbers per head are rotated, and L = ` +
    `${whole(data.n_ctx)} is ${limitName(data)}. In the table, w is a pair’s own speed and s = ${data.factor} the ` +
    `factor. ${never} of ${data.inv_freq.a.length} pairs do not finish a turn in ` +
    "L tokens: past L they take angles that no text of this length has. Dynamic NTK is shown for a text of " +
    `${whole(data.factor * data.n_ctx)} tokens.` +
    (data.own ? ` This model uses the scheme “${data.own}”.` : "")
  );
}
