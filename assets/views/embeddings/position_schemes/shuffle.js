// @ts-check
/**
 * A text and the same tokens in another order, read with positions and without them.
 *
 * @import { PositionSchemesShuffle } from "../../../types/embeddings"
 * @import { Floats } from "../../../types/shared"
 * @import { Row, View, ViewContext } from "../../../kit/view"
 *
 * @typedef {ViewContext<any, PositionSchemesShuffle>} Context
 */

import { matrix } from "../../../kit/cells/matrix.js";
import { plot } from "../../../kit/chart/plot.js";
import { ramp } from "../../../kit/colour/ramp.js";
import { legend } from "../../../kit/drawing/legend.js";
import { counted, decimal, scientific } from "../../../kit/numbers/format.js";
import { range } from "../../../vendor/d3.js";
import { html, nothing } from "../../../vendor/lit.js";

export const follows = true;

const TWO = { from: 760, gap: 40 };
const SIDE = 250;
const HEIGHT = 280;
/** What is drawn at the foot of the log scale. */
const LEAST = 1e-8;

/** @type {View<PositionSchemesShuffle>} */
export function shuffle(data, ctx) {
  const two = ctx.width >= TWO.from;
  const column = two ? (ctx.width - TWO.gap) / 2 : ctx.width;
  const side = Math.min(SIDE, Math.floor((column - 24) / 2));
  const { order } = ctx.controls;
  const next = () => ctx.control("order", (Number(order) % Number(ctx.declared("order").high)) + 1);
  return html`
    <div class="bar"><div class="named">
      <button class="btn" type="button" @click=${next}>Shuffle again</button>
      <button class="btn" type="button" aria-pressed=${order === 0}
        @click=${() => ctx.control("order", 0)}>Backwards</button>
    </div></div>
    ${line("As written", data.tokens)} ${line(
      "As read",
      Array.from(data.order.a, (at) => data.tokens[at]),
    )}
    <p class="readout">
      The sentence embeddings of the two orders have cosine <b>${decimal(data.likeness_without, 4)}</b> without
      positions
      and <b>${decimal(data.likeness_with, 4)}</b> with them.
    </p>
    ${ctx.there ? compared(data, ctx.there, ctx) : nothing}
    <div class="columns ${two ? "two" : ""}">
      <div>
        <h3 class="sub3">Last states: as written (down), shuffled and put back in order (across)
          <small>cosine</small></h3>
        <div class="pair">
          ${map("Without positions", data.cosines_without, data, side)}
          ${map("With its table", data.cosines_with, data, side)}
        </div>
      </div>
      <div>
        <h3 class="sub3">Largest change of a state <small>as a share of the largest state’s length, log
            scale</small></h3>
        ${movement(data, ctx)}
      </div>
    </div>
    <p class="hint">
      In the left map the diagonal is 1: each token keeps its state, wherever it is put (equal tokens share one
      state). The remaining difference is the rounding of sums in another order. A change of 0 stands at the chart’s
      lower edge. ${causal(data)}</p>`;
}

/** What the model without an encoder's freedom makes of the order. @param {PositionSchemesShuffle} data */
const causal = ({ decoder, causal }) =>
  Math.max(...causal.a) > LEAST
    ? `${decoder} is causal: without its positions it still knows the order, because the mask shows a token only the ` +
      "tokens before it. Models without positions (NoPE) use this."
    : `For ${decoder} this text has no other order, so its states do not change: its line is at the bottom.`;

/**
 * Movement at every depth.
 * @param {PositionSchemesShuffle} data
 * @param {Context} ctx
 * @returns {Row[]}
 */
export function rows(data, { beside, there }) {
  const depths = Math.max(...[data, there].flatMap((of) => (of ? [of.without.a.length, of.causal.a.length] : [])));
  return range(depths).map((depth) => ({
    depth,
    encoder_without_positions: data.without.a[depth],
    encoder_with_positions: data.with_table.a[depth],
    causal_without_positions: data.causal.a[depth],
    ...(there
      ? {
          [`encoder_without_positions_in_${beside.column}`]: there.without.a[depth],
          [`encoder_with_positions_in_${beside.column}`]: there.with_table.a[depth],
          [`causal_without_positions_in_${beside.column}`]: there.causal.a[depth],
        }
      : {}),
  }));
}

/**
 * @param {PositionSchemesShuffle} data
 * @param {PositionSchemesShuffle} there
 * @param {Context} ctx
 */
function compared({ likeness_with, decoder, causal }, there, { beside }) {
  const most = (/** @type {Floats} */ { a }) => decimal(Math.max(...a), 3);
  const model = there.decoder === decoder ? "the causal decoder" : there.decoder;
  return html`<p class="readout basenote">${beside.start}, the encoder reads ${counted(there.tokens.length, "token")}.
    The cosine is <b>${decimal(there.likeness_without, 4)}</b> without positions and <b
      data-likeness=${there.likeness_with}>${decimal(there.likeness_with, 4)}</b> with them (here
    <b>${decimal(likeness_with, 4)}</b>). The largest change of a state of ${model} is
    <b>${most(there.causal)}</b> (here <b>${most(causal)}</b>). ${legend([["dot", beside.name]])}</p>`;
}

/** @param {string} name @param {string[]} tokens */
const line = (name, tokens) => html`
  <p class="order"><span class="muted">${name}</span> ${tokens.map(
    (each) => html`<span class="piece mono">${each}</span> `,
  )}</p>`;

/** @param {string} name @param {Floats} cosines @param {PositionSchemesShuffle} data @param {number} side */
function map(name, cosines, data, side) {
  const n = data.tokens.length;
  return html`
    <figure>
      ${matrix({
        rows: n,
        columns: n,
        width: side,
        height: side,
        label: `${name}: cosines of last states`,
        of: [cosines],
        colour: (row, column) => ramp("river-deep", "sunken")(Math.max(0, cosines.a[row * n + column])),
        told: ({ row, column }) => ({
          title: `${data.tokens[row]}, and ${data.tokens[column]} of the other order`,
          details: [["cosine", decimal(cosines.a[row * n + column], 4)]],
        }),
      })}
      <figcaption>${name}</figcaption>
    </figure>`;
}

/**
 * @param {PositionSchemesShuffle} data
 * @param {Context} ctx
 */
function movement(data, { beside, there }) {
  const one = (
    /** @type {Floats} */ of,
    /** @type {string} */ name,
    /** @type {string} */ color,
    /** @type {string} */ symbol,
  ) => ({
    x: range(of.a.length),
    y: Array.from(of.a, (value) => Math.max(LEAST, value)),
    customdata: Array.from(of.a, (value) => scientific(value)),
    mode: "lines+markers",
    name,
    color,
    symbol,
    hover: `depth %{x}: %{customdata}<extra>${name}</extra>`,
  });
  const dotted = (
    /** @type {Floats} */ of,
    /** @type {string} */ name,
    /** @type {string} */ color,
    /** @type {string} */ symbol,
  ) => ({
    ...one(of, `${name}, ${beside.short}`, color, symbol),
    hollow: true,
    dash: "dot",
    width: 1.25,
    legend: false,
  });
  return plot({
    label: "Largest change of a state, by depth",
    height: HEIGHT,
    traces: [
      one(data.with_table, "encoder, with its table", "prob", "square"),
      one(data.causal, "causal decoder, no positions", "ink2", "triangle-up"),
      one(data.without, "encoder, no positions", "river-deep", "circle"),
      ...(there
        ? [
            dotted(there.with_table, "encoder, with its table", "prob", "square"),
            dotted(there.causal, "causal decoder, no positions", "ink2", "triangle-up"),
            dotted(there.without, "encoder, no positions", "river-deep", "circle"),
          ]
        : []),
    ],
    x: { title: "depth, in blocks" },
    y: { type: "log", dtick: 2, tickformat: ".0e", range: [Math.log10(LEAST) - 0.2, 0.6] },
  });
}
