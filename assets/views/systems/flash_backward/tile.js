// @ts-check
/**
 * The backward pass of one head, a tile at a time.
 *
 * @import { BackwardTiles } from "../../../types/systems"
 * @import { Row, ViewContext } from "../../../kit/view"
 *
 * @typedef {{ playing?: boolean, row?: number }} Kept
 */
import { player } from "../../../kit/controls/controls.js";
import { control } from "../../../kit/controls/declared.js";
import { decimal, percent } from "../../../kit/numbers/format.js";
import { token, tokenText } from "../../../kit/text/tokens.js";
import { range } from "../../../vendor/d3.js";
import { html } from "../../../vendor/lit.js";
import { map } from "./map.js";
import { added, countOf, cutOf, length, sumError, tileAt } from "./parts.js";
import { rowProof } from "./row_proof.js";
import { stages } from "./stages.js";
import { compared, lengths, rowThere } from "./there.js";

/** Measured by itself for each head: some tenths of a second. */
export const follows = true;

const PACE = 1600;

/**
 * @param {BackwardTiles} data
 * @param {ViewContext<Kept, BackwardTiles>} ctx
 */
export function tile(data, ctx) {
  const quoted = (/** @type {number} */ at) => `${tokenText(ctx.run.ids[data.first + at])} (${data.first + at})`;
  const step = chosenStep(data, ctx);
  const choose = (/** @type {number} */ next) => ctx.control("at", next + 1);
  const now = tileAt(data, step);
  const rows = data.q.shape[0];
  const row = Math.min(rows - 1, ctx.kept.row ?? data.position - data.first);
  const select = (/** @type {number} */ query) => ctx.keep({ row: query });
  return html`
    <div class="bar">
      <div class="cluster">
        ${player({
          ctx,
          at: step,
          count: countOf(data),
          choose,
          label: "Tiles in the order of the loops",
          noun: "tile",
          pace: PACE,
        })}
        <span class="hint">Tile ${step + 1} of ${countOf(data)}</span>
        ${control(ctx, "tile", { own: data.tile, format: (each) => `${each} × ${each}` })}
      </div>
      ${control(ctx, "objective")}
    </div>
    <p class="says">${said(data, step)}</p>
    ${compared(data, ctx)}
    <div class="tiled">
      <div class="map">
        <h3 class="sub3">P, which is never stored</h3>
        ${map(data, { step, quoted, choose, row })}
        <p class="hint">Queries go down, keys go across. Ink shows √weight. The frame marks the current tile; pale tiles
          are still to come. Press a tile to open it. ${cutAt(data)}</p>
        <p class="readout">${grown(data, now)}</p>
      </div>
      <div class="made">${stages({ data, tile: now, quoted, select, chosen: row })}</div>
    </div>
    ${rowProof(data, row, quoted)} ${lengths(data, ctx)}`;
}

/**
 * @param {BackwardTiles} data
 * @param {ViewContext<Kept, BackwardTiles>} ctx
 * @returns {Row[]}
 */
export function rows(data, ctx) {
  const count = data.q.shape[0];
  return range(count * count)
    .filter((at) => Number.isFinite(data.s.a[at]))
    .map((at) => {
      const [query, key] = [Math.floor(at / count), at % count];
      const other = rowThere(data.first + query, ctx);
      return {
        query: tokenText(ctx.run.ids[data.first + query]),
        query_position: data.first + query,
        key: tokenText(ctx.run.ids[data.first + key]),
        key_position: data.first + key,
        L: data.lse.a[query],
        D: data.delta.a[query],
        S: data.s.a[at],
        P: data.p.a[at],
        dP: data.dp.a[at],
        dS: data.ds.a[at],
        ...(ctx.there ? { [`L_${ctx.beside.column}`]: other?.L, [`D_${ctx.beside.column}`]: other?.D } : {}),
      };
    });
}

/**
 * Of a text that is drawn whole, the page's own parts add up to the whole gradients.
 * @param {BackwardTiles} data
 */
export function checks(data) {
  if (data.q.shape[0] < data.n_tokens) return [];
  return [
    {
      statement: "Sum of all tiles’ parts, added in the page = dQ, dK and dV",
      error: sumError(data),
      tolerance: 1e-4,
    },
  ];
}

/**
 * @param {BackwardTiles} data
 * @param {ViewContext<Kept, BackwardTiles>} ctx
 */
const chosenStep = (data, ctx) => Math.min(countOf(data), Number(ctx.controls.at)) - 1;

/**
 * @param {BackwardTiles} data
 * @param {number} step
 */
function said(data, step) {
  const { queries, keys, i, j } = tileAt(data, step);
  const places = (/** @type {{ from: number, to: number }} */ { from, to }) =>
    `${data.first + from} to ${data.first + to - 1}`;
  const fresh = step === 0 || tileAt(data, step - 1).j !== j;
  const what =
    data.objective === "logit"
      ? html`The logit of ${token(data.target)} after position ${data.position} is <b>${decimal(data.value)}</b>. dO is
        its gradient at this head’s output, through all later blocks.`
      : html`The text’s loss is <b>${decimal(data.value)}</b> nats per token. dO is its gradient at this head’s output,
        through all later blocks.`;
  return html`${what} Keys ${places(keys)} ${fresh ? "enter" : "stay in"} fast memory with their dK and dV. Queries
    ${places(queries)} pass by with L and D of their
    rows.${i === j ? " The mask hides the part above the diagonal." : ""}${
      nought(data, queries) ? html` <b>No gradient reaches these queries’ outputs, so this tile adds 0.</b>` : ""
    }`;
}

/** Which positions of a long text are drawn. @param {BackwardTiles} data */
function cutAt({ first, n_tokens, lse: { a } }) {
  return a.length < n_tokens ? `The picture shows positions ${first} to ${first + a.length - 1} of ${n_tokens}.` : "";
}

/** @param {BackwardTiles} data @param {{ from: number, to: number }} queries */
const nought = (data, queries) => length(cutOf(data.d_out, queries)) === 0;

/**
 * How much of its keys' and queries' gradients a tile adds.
 * @param {BackwardTiles} data
 * @param {import("./parts.js").Tile} tile
 */
function grown(data, tile) {
  const parts = added(data, tile);
  const of = (/** @type {"dq" | "dk" | "dv"} */ name) => {
    const all = length(cutOf(data[name], name === "dq" ? tile.queries : tile.keys));
    return all ? html`<b>${percent(length(parts[name]) / all)}</b>` : html`<b>0 of 0</b>`;
  };
  return html`The parts that this tile adds have these lengths: ${of("dv")} of dV and ${of("dk")} of dK of its keys, and
    ${of("dq")} of dQ of its queries. Parts of different tiles may cancel.`;
}
