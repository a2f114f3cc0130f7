// @ts-check
/**
 * Reading while writing: for each token that the encoder-decoder writes, what of the source it reads.
 *
 * @import { CrossReading } from "../../../types/architectures"
 * @import { Row, View, ViewContext } from "../../../kit/view"
 *
 * @typedef {object} Kept
 * @property {CrossReading} of what the others belong to
 * @property {number} step the written token
 * @property {number | null} column
 * @property {string} heads
 * @property {boolean} playing
 *
 * @typedef {{ step: number, heads: string, row: number[], most: number }} Now
 */

import { ramp } from "../../../kit/colour/ramp.js";
import { percent } from "../../../kit/numbers/format.js";
import { html } from "../../../vendor/lit.js";
import { ask } from "./ask.js";
import { chooseHeads, examples, keep, nowOf, play } from "./cross_settings.js";
import { labelledMatrix, NAMES } from "./labelled_matrix.js";
import { weight } from "./reading.js";
import { source, written } from "./sentences.js";

const CELL = { least: 4, most: 22 };
/** From this width on the map stands beside the sentences. */
const BESIDE = 770;
const GAP = 36;

/** @type {View<CrossReading, Kept>} */
export function cross(data, ctx) {
  const now = nowOf(data, ctx);
  const go = (/** @type {number} */ step) => keep(data, ctx, { step, column: null, playing: false });
  return html`
    ${ask(ctx, "sentence", { value: data.text, button: "Rewrite" })} ${examples(data, ctx)}
    <div class="bar">${play(data, ctx, now)} ${chooseHeads(data, ctx, now)}</div>
    <div class="halves ${ctx.width >= BESIDE ? "beside" : ""}">
      <div>
        <h3 class="sub3">Source, shaded by attention</h3>
        ${source(data.source, now.row)}
        <h3 class="sub3">Written</h3>
        ${written(data.written, now.step, go)}
        <p class="readout" aria-live="polite">${said(data, now)}</p>
      </div>
      <div>
        <h3 class="sub3">All steps: rows are written tokens, columns the source</h3>
        <div class="map">${steps(data, ctx, now)}</div>
      </div>
    </div>`;
}

/**
 * What each written token reads, of the chosen heads.
 * @param {CrossReading} data
 * @param {ViewContext<Kept>} ctx
 * @returns {Row[]}
 */
export function rows(data, ctx) {
  const { heads } = nowOf(data, ctx);
  return data.written.flatMap((token, step) =>
    data.source.map((reads, column) => ({
      step,
      written: token,
      probability: data.p.a[step],
      column,
      reads,
      heads,
      weight: weight(data, heads, step, column),
    })),
  );
}

/**
 * @param {CrossReading} data
 * @param {Now} now
 */
function said(data, { step, row, most }) {
  const sure = percent(data.p.a[step]);
  const end = data.ended ? "" : " The output was cut at the length limit.";
  return html`While it writes <b>${data.written[step]}</b> (probability ${sure}), it reads <b>${data.source[most]}</b>
    most: ${percent(row[most])}.${end}`;
}

/**
 * @param {CrossReading} data
 * @param {ViewContext<Kept>} ctx
 * @param {Now} now
 */
function steps(data, ctx, now) {
  const width = ctx.width >= BESIDE ? Math.floor((ctx.width - GAP) / 2) : ctx.width;
  const ink = ramp("ink", "sunken");
  const at = (/** @type {number} */ step, /** @type {number} */ column) => weight(data, now.heads, step, column);
  return labelledMatrix({
    rows: data.written,
    columns: data.source,
    cell: Math.max(CELL.least, Math.min(CELL.most, Math.floor((width - NAMES - 4) / data.source.length))),
    row: now.step,
    column: now.most,
    label: "Cross-attention: each written token reads the source",
    colour: (step, column) => ink(Math.sqrt(at(step, column))),
    of: [data, now.heads],
    told: (step, column) => ({
      title: `${data.written[step]} reads ${data.source[column]}`,
      details: [["cross-attention", percent(at(step, column))]],
    }),
    selected: { row: now.step, column: ctx.kept.of === data ? (ctx.kept.column ?? now.most) : now.most },
    select: ({ row, column }) => keep(data, ctx, { step: row, column, playing: false }),
  });
}
