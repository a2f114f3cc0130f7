// @ts-check
/**
 * Other answers to where a token stands: vectors of sines, a learned table, a penalty on distance; and how alike they
 * make two positions.
 *
 * @import { Floats, PositionsMaps } from "../../../types"
 * @import { Check, Row, ViewContext } from "../../../kit/view"
 * @import { Kept } from "./signed_map.js"
 *
 * @typedef {object} Wave
 * @property {number} pair
 * @property {boolean} cosine
 * @property {number} speed angle a position
 */
import { segmented } from "../../../kit/controls.js";
import { counted, decimal, whole } from "../../../kit/format.js";
import { plot } from "../../../kit/plot.js";
import { max, min } from "../../../vendor/d3.js";
import { html, nothing } from "../../../vendor/lit.js";
import { left, penalties } from "./penalties.js";
import { signedMap } from "./signed_map.js";

const TWO = { from: 700, gap: 40 };
const HEIGHT = 312;
/** What this model does about positions. @type {Record<string, string>} */
const USES = {
  rope: "turns queries and keys instead",
  learned: "has a learned table instead",
  alibi: "uses ALiBi instead",
  none: "has none",
  sinusoidal: "uses them",
};

/**
 * @param {PositionsMaps} data
 * @param {ViewContext<Kept>} ctx
 */
export function maps(data, ctx) {
  const two = ctx.width >= TWO.from;
  const width = two ? Math.floor((ctx.width - TWO.gap) / 2) : ctx.width;
  const uses = data.kind === "alibi" ? "they do" : "they do not";
  return html`
    <div class="columns ${two ? "two" : ""}">
      <div>
        <h3 class="sub3">Sinusoidal vectors <small>width ${whole(data.d_model)}, as this model’s, which ${USES[data.kind]}</small></h3>
        ${orderChoice(ctx)} ${sines(data, ctx, width)}
      </div>
      <div>
        <h3 class="sub3">How alike two positions are <small>mean cosine, by their distance, log scale</small></h3>
        ${alike(data)}
      </div>
    </div>
    ${data.learned ? learned(data, data.learned.table, ctx) : nothing}
    <h3 class="sub3">
      ALiBi: a penalty on distance
      <small>what is left of a key’s weight, were this model’s ${counted(data.n_heads, "head")} to use it; ${uses}</small>
    </h3>
    ${penalties({ data, cell: ctx.kept.penalty ?? { row: 0, column: 0 }, width: ctx.width, select: (penalty) => ctx.keep({ penalty }) })}
    <p class="hint">slope of head h of n: 2^(−8h/n), h from 1. Ink: e^(−slope · distance).</p>`;
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
      statement: "The map drawn here is the stack’s, last row",
      error: max(errors) ?? Number.NaN,
      tolerance: 1e-4,
      word: "largest error",
    },
  ];
}

/**
 * Sine and cosine side by side, as the paper has them.
 * @param {PositionsMaps} data
 * @param {number} column
 * @returns {Wave}
 */
const inPaper = (data, column) => ({ pair: column >> 1, cosine: column % 2 === 1, speed: data.speeds.a[column >> 1] });

/**
 * All sines, then all cosines.
 * @param {PositionsMaps} data
 * @param {number} column
 * @returns {Wave}
 */
function inHalves(data, column) {
  const half = data.d_model / 2;
  return { pair: column % half, cosine: column >= half, speed: data.speeds.a[column % half] };
}

/**
 * @param {Wave} wave
 * @param {number} position
 */
const sine = ({ cosine, speed }, position) => (cosine ? Math.cos : Math.sin)(position * speed);

/** @param {ViewContext<Kept>} ctx */
const asPaper = ({ controls }) => controls.order === "paper";

/** @param {ViewContext<Kept>} ctx */
const orderChoice = (ctx) =>
  segmented({
    label: "Order of the coordinates",
    choices: [
      ["halves", "Sines, then cosines"],
      ["paper", "Side by side, as in the paper"],
    ],
    chosen: asPaper(ctx) ? "paper" : "halves",
    choose: (key) => ctx.control("order", key),
  });

/**
 * @param {PositionsMaps} data
 * @param {ViewContext<Kept>} ctx
 * @param {number} width
 */
function sines(data, ctx, width) {
  const waveAt = (/** @type {number} */ column) => (asPaper(ctx) ? inPaper : inHalves)(data, column);
  return signedMap(
    {
      name: "sines",
      label: "Sinusoidal vectors: positions down, coordinates across; arrow keys read a cell",
      rows: data.positions,
      columns: data.d_model,
      width,
      value: (row, column) => sine(waveAt(column), row),
      of: [data, asPaper(ctx)],
      said({ row, column }) {
        const wave = waveAt(column);
        const angle = `${wave.cosine ? "cos" : "sin"}(${row} · ${wave.speed.toPrecision(3)})`;
        const length = whole(Math.round((2 * Math.PI) / wave.speed));
        return html`Position <b>${row}</b>, wave ${wave.pair}: ${angle} = <b>${decimal(sine(wave, row))}</b>, ${length} positions long`;
      },
    },
    ctx,
  );
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
        label: "The learned table: positions down, coordinates across; arrow keys read a cell",
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
    hover: `%{x} apart: %{y:.3f}<extra>${short}</extra>`,
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
    label: "How alike two positions are, by distance",
    height: HEIGHT,
    traces,
    x: { type: "log", title: "tokens apart", dtick: 1 },
    y: { range: [Math.min(0, least) - 0.06, 1.05], nticks: 5 },
  });
}
