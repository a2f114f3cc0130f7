// @ts-check
/**
 * How many different experts a batch reads: by the formula, of random tokens, and of neighbours in a text.
 *
 * @import { MoeReading } from "../../../types/architectures"
 * @import { Row, View, ViewContext } from "../../../kit/view"
 */

import { plot } from "../../../kit/chart/plot.js";
import { counted, decimal, whole } from "../../../kit/numbers/format.js";
import { baseNote } from "../../../kit/runs/beside.js";
import { range } from "../../../vendor/d3.js";
import { html, nothing } from "../../../vendor/lit.js";
import { batches, bytesRead } from "./reading_table.js";

/** Batches that the axis names. */
const NAMED = [1, 2, 4, 8, 16, 32];
/** How runs are drawn. */
const SQUARES = { color: "river-deep", width: 1.25, mode: "lines+markers", symbol: "square", size: 7 };

/** @type {View<MoeReading>} */
export function reading(data, ctx) {
  return html`
    <p class="readout lead">${said(data)}</p>
    ${ctx.there ? baseNote(ctx, true, compared(data, ctx.there, ctx)) : nothing}
    <div class="halves">
      <div>
        <h3 class="sub3">Different experts, by tokens in the batch</h3>
        ${curves(data, ctx)}
      </div>
      <div>
        ${batches(data)}
        <p class="hint">${method(data)}</p>
      </div>
    </div>`;
}

/**
 * @param {MoeReading} data
 * @param {ViewContext<any, MoeReading>} ctx
 * @returns {Row[]}
 */
export function rows(data, { there, beside }) {
  const other = there?.rows;
  return data.rows.map((row) => ({
    block: data.layer,
    tokens: row.batch,
    even_router: row.even,
    this_load: row.expected,
    random: row.random.mean,
    neighbours: row.consecutive?.mean,
    bytes_a_token: bytesRead(data, row),
    ...(other ? { [`random_in_${beside.column}`]: other.find(({ batch }) => batch === row.batch)?.random.mean } : {}),
  }));
}

/** @param {MoeReading} data */
function said({ tokens, passages, layer, k, n_experts, own }) {
  const text = `${whole(tokens)} tokens of ${whole(passages)} passages`;
  const counts = `Measured on ${text}, in block ${layer}, where a token uses ${k} of ${n_experts} experts.`;
  if (!own?.length) return counts;
  const reads = html`<b>${own[own.length - 1]} of ${n_experts}</b>`;
  return html`${counts} The <b>${own.length}</b> tokens of this run together read ${reads}.`;
}

/**
 * @param {MoeReading} data
 * @param {MoeReading} other
 * @param {ViewContext} ctx
 */
function compared({ own }, { own: there, n_experts }, { beside }) {
  if (!there) return nothing;
  const both = Math.min(own?.length ?? 0, there.length);
  const first =
    both < 2 ? "" : `; its first ${both} tokens read ${there[both - 1]}, the first ${both} here ${own?.[both - 1]}`;
  const read = there.length === 1 ? "1 token reads" : `${there.length} tokens together read`;
  return html`${beside.start}, ${read}
    <b data-read=${there[there.length - 1]}>${there[there.length - 1]} of ${n_experts}</b>${first}.`;
}

/**
 * The first tokens of a run as a batch: of this one, and of the other one.
 * @param {MoeReading} data
 * @param {number} most tokens that the axis holds
 * @param {ViewContext<any, MoeReading>} ctx
 */
function runs({ own }, most, { beside, there }) {
  if (!own || !there?.own) return [];
  const line = (/** @type {number[]} */ read, /** @type {string} */ name) => ({
    x: range(1, Math.min(read.length, most) + 1),
    y: read.slice(0, most),
    name,
    hover: `${name} %{y}<extra></extra>`,
  });
  return [
    { ...line(own, "this run"), ...SQUARES },
    { ...line(there.own, beside.short), ...SQUARES, hollow: true, dash: "dot" },
  ];
}

/**
 * @param {MoeReading} data
 * @param {ViewContext<any, MoeReading>} ctx
 */
function curves(data, ctx) {
  const { rows, n_experts } = data;
  const batch = rows.map((row) => row.batch);
  const near = rows.filter((row) => row.consecutive !== null);
  const hover = (/** @type {string} */ name) => `${name} %{y:.2f}<extra></extra>`;
  return plot({
    label: "Different experts read against tokens in the batch: formula, random tokens, neighbours",
    height: 300,
    traces: [
      {
        x: batch,
        y: rows.map(({ even }) => even),
        name: "formula, even router",
        color: "river",
        width: 7,
        hover: hover("even router"),
      },
      {
        x: batch,
        y: rows.map(({ expected }) => expected),
        name: "formula, this load",
        color: "ink2",
        width: 1.5,
        dash: "4px,3px",
        hover: hover("this load"),
      },
      {
        x: batch,
        y: rows.map(({ random }) => random.mean),
        name: "random tokens",
        color: "prob",
        mode: "markers",
        size: 8,
        hover: hover("random tokens"),
      },
      {
        x: near.map((row) => row.batch),
        y: near.map(({ consecutive }) => consecutive?.mean ?? 0),
        name: "neighbouring tokens",
        color: "ink",
        mode: "markers",
        size: 8,
        hollow: true,
        hover: hover("neighbouring tokens"),
      },
      ...runs(data, batch[batch.length - 1] ?? 0, ctx),
    ],
    x: { title: "tokens in the batch", type: "log", tickvals: batch.filter((each) => NAMED.includes(each)) },
    y: { title: "different experts", range: [0, Math.max(n_experts, ctx.there?.n_experts ?? 0) * 1.05] },
    marks: [{ y: n_experts, label: `all ${n_experts}`, color: "ink3" }],
    margin: { t: 34 },
  });
}

/** @param {MoeReading} data */
function method({ rows, k }) {
  const last = rows[rows.length - 1];
  const what =
    "Bytes for each token: the expert weights of this block in 16 bits, divided by the tokens of a random batch.";
  if (!last) return what;
  const { mean } = last.random;
  return (
    `${what} A batch of ${counted(last.batch, "token")} reads ${decimal(mean, 1)} experts, ` +
    `${decimal(mean / k, 1)} times as many as a single token.`
  );
}
