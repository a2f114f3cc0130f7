// @ts-check
/**
 * Other answers to where a token stands: vectors of sines, a learned table, a penalty on distance; and how alike they
 * make two positions.
 *
 * @import { PositionsMaps } from "../../../types/embeddings"
 * @import { Floats } from "../../../types/shared"
 * @import { Check, Row, ViewContext } from "../../../kit/view"
 * @import { Kept } from "./signed_map.js"
 */

import { plot } from "../../../kit/chart/plot.js";
import { control } from "../../../kit/controls/declared.js";
import { halfWidth } from "../../../kit/layout.js";
import { counted, decimal, whole } from "../../../kit/numbers/format.js";
import { worst } from "../../../kit/numbers/worst.js";
import { min } from "../../../vendor/d3.js";
import { html, nothing } from "../../../vendor/lit.js";
import { left, penalties } from "./penalties.js";
import { signedMap } from "./signed_map.js";
import { inPaper, sine, sines } from "./sines.js";

const HEIGHT = 312;
/** What this model does about positions. @type {Record<string, string>} */
const USES = {
  rope: "rotates queries and keys instead",
  learned: "has a learned table instead",
  alibi: "uses ALiBi instead",
  none: "has no positions",
  sinusoidal: "uses them",
};

/**
 * @param {PositionsMaps} data
 * @param {ViewContext<Kept>} ctx
 */
export function maps(data, ctx) {
  const uses = data.kind === "alibi" ? "it uses ALiBi" : "it does not use ALiBi";
  return html`
    <div class="side-by-side">
      <div>
        <h3 class="sub3">Sinusoidal vectors <small>of width ${whole(data.d_model)}, like this model, which
            ${USES[data.kind]}</small></h3>
        ${control(ctx, "order")} ${sines(data, ctx, halfWidth(ctx.width))}
      </div>
      <div>
        <h3 class="sub3">Similarity of two positions <small>mean cosine by distance, log scale</small></h3>
        ${alike(data)}
      </div>
    </div>
    ${data.learned ? learned(data, data.learned.table, ctx) : nothing}
    <h3 class="sub3">
      ALiBi: a penalty on distance
      <small>the share of a key’s weight that the penalty leaves, for ${counted(data.n_heads, "head")} as in this
        model; ${uses}</small>
    </h3>
    ${penalties({
      data,
      cell: ctx.kept.penalty ?? { row: 0, column: 0 },
      width: ctx.width,
      select: (penalty) => ctx.keep({ penalty }),
    })}
    <p class="hint">${slopes(data.n_heads)} Darkness shows e^(−slope · distance).</p>`;
}

/** How the slopes come about, as the paper's code has them. @param {number} n heads */
function slopes(n) {
  const power = 2 ** Math.floor(Math.log2(n));
  if (power === n) return `The slope of head h, counted from 1, is 2^(−8h/${n}).`;
  return (
    `The slope of head h, counted from 1, is 2^(−8h/${power}) up to head ${power}; ${n} is not a power of two, so ` +
    `the others take every second slope of ${2 * power} heads, starting with 2^(−${8 / (2 * power)}).`
  );
}

/**
 * How alike two positions are by their distance, and what ALiBi leaves there.
 * @param {PositionsMaps} data
 * @returns {Row[]}
 */
export function rows(data) {
  const similar = Array.from(data.distance.a, (distance, at) => ({
    distance,
    sinusoidal: data.sinusoidal.a[at],
    rotation: data.rope?.similarity.a[at],
    learned: data.learned?.similarity.a[at],
  }));
  const penalised = Array.from({ length: data.n_heads * data.positions }, (_, at) => {
    const [head, distance] = [Math.floor(at / data.positions), at % data.positions];
    return { distance, head, slope: data.alibi.slopes.a[head], weight_left: left(data, head, distance) };
  });
  return [...similar, ...penalised];
}

/**
 * @param {PositionsMaps} data
 * @returns {Check[]}
 */
export function checks(data) {
  const last = data.positions - 1;
  const errors = data.row.a.map((value, column) => Math.abs(value - sine(inPaper(data, column), last)));
  return [
    {
      statement: "The last row of the map equals that of the server’s code",
      error: worst(errors),
      tolerance: 1e-4,
      word: "largest error",
    },
  ];
}

/**
 * @param {PositionsMaps} data
 * @param {Floats} table
 * @param {ViewContext<Kept>} ctx
 */
function learned(data, table, ctx) {
  const [rows, columns] = table.shape;
  const value = (/** @type {number} */ row, /** @type {number} */ column) => table.a[row * columns + column];
  return html`
    <h3 class="sub3">The learned table <small>first ${rows} of ${whole(data.n_ctx)} rows, as trained</small></h3>
    ${signedMap(
      {
        name: "learned",
        label: "The learned table: positions down, coordinates across; arrow keys move the cell that is read",
        rows,
        columns,
        width: ctx.width,
        value,
        of: [table],
        said: ({ row, column }) =>
          html`Position <b>${row}</b>, coordinate ${column}: <b>${decimal(value(row, column), 3)}</b>`,
      },
      ctx,
    )}`;
}

/** @param {PositionsMaps} data */
function alike(data) {
  const line = (/** @type {Floats} */ similarity, /** @type {string} */ name, /** @type {string} */ short) => ({
    x: data.distance.a.slice(1, similarity.a.length),
    y: similarity.a.slice(1),
    name,
    hover: `distance %{x}: %{y:.3f}<extra>${short}</extra>`,
  });
  const traces = [
    { ...line(data.sinusoidal, "sinusoidal, θ 10,000", "sinusoidal"), color: "river-deep" },
    data.rope && {
      ...line(data.rope.similarity, `this model’s rotation, θ ${whole(data.rope.theta)}`, "rotation"),
      color: "prob",
    },
    data.learned && { ...line(data.learned.similarity, "learned, as trained", "learned"), color: "prob" },
  ].filter((trace) => trace !== null);
  const least = min(traces, (trace) => min(trace.y)) ?? 0;
  return plot({
    label: "Similarity of two positions by distance",
    height: HEIGHT,
    traces,
    x: { type: "log", title: "distance in tokens", dtick: 1 },
    y: { range: [Math.min(0, least) - 0.06, 1.05], nticks: 5 },
  });
}
