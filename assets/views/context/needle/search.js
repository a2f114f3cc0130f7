// @ts-check
/**
 * A map of depth and length, and the run of the cell that is open.
 *
 * @import { NeedleCell, NeedleMap } from "../../../types/context"
 * @import { Row, View, ViewContext } from "../../../kit/view"
 */
import { shaded } from "../../../kit/colour/legible.js";
import { diverging } from "../../../kit/colour/ramp.js";
import { control } from "../../../kit/controls/declared.js";
import { rove } from "../../../kit/controls/roving.js";
import { decimal, percent, signed, whole } from "../../../kit/numbers/format.js";
import { html, styleMap } from "../../../vendor/lit.js";
import { opened } from "./opened.js";

/** What full colour stands for. @type {Record<string, number>} */
const MOST = { gain: 12, logp: 12, lift: 10 };

/** @type {View<NeedleMap>} */
export function search(data, ctx) {
  const open = openCell(data, ctx);
  return html`
    <div class="settings-row ruled">${control(ctx, "longest")} ${control(ctx, "shows")}</div>
    <p class="readout lead">${lead(data)}</p>
    ${map(data, ctx, open)}
    ${opened(data, open)}
    <p class="hint">The needle: “${data.needle}” The question: “${data.question} …” The text around it is held-out
      excerpts, and the needle stands where a sentence ends. The gain is the answer’s log-probability with the needle
      minus that without it, in nats; a tick: every token of the answer is the likeliest.</p>`;
}

/** @param {ArrayLike<number>} values */
export const total = (values) => Array.from(values).reduce((all, each) => all + each, 0);

/** @param {NeedleCell} cell */
export const gain = ({ logp, without }) => total(logp.a) - total(without.a);

/** @param {NeedleMap} data @param {ViewContext<any>} ctx */
function openCell(data, ctx) {
  return data.cells.find((cell) => nameOf(cell) === ctx.controls.cell) ?? data.cells[0];
}

/** @param {{ length: number, depth: number }} cell */
const nameOf = ({ length, depth }) => `${length}-${Math.round(100 * depth)}`;

/** @param {NeedleMap} data */
function lead(data) {
  const { cells, lengths, depths } = data;
  const count = lengths.length * depths.length;
  if (cells.length < count) return `${cells.length} of ${count} runs are made.`;
  const found = cells.filter(({ match }) => match).length;
  const least = cells.reduce((a, b) => (gain(b) < gain(a) ? b : a));
  return html`The model writes the number in <b>${found} of ${count}</b> runs. The needle helps least at depth
    ${percent(least.depth, 0)} of ${whole(least.length)} tokens: ${signed(gain(least), 1)} nats.`;
}

/** @param {NeedleMap} data @param {ViewContext} ctx @param {NeedleCell} open */
function map(data, ctx, open) {
  const shows = String(ctx.controls.shows ?? "gain");
  return html`
    <div class="scroll map" role="region" tabindex="0" aria-label="Depth by length">
      <table class="plain" data-rove=${data.lengths.length} @keydown=${rove}>
        <thead><tr><th scope="col">depth</th>
          ${data.lengths.map((length) => html`<th scope="col" class="r">${whole(length)} tokens</th>`)}</tr></thead>
        <tbody>${data.depths.map(
          (depth) => html`<tr><th scope="row">${percent(depth, 0)}</th>
          ${data.lengths.map((length) => {
            const cell = data.cells.find((each) => each.length === length && each.depth === depth);
            return html`<td>${cell ? pressed(cell, shows, cell === open, ctx) : "…"}</td>`;
          })}</tr>`,
        )}</tbody>
      </table>
    </div>`;
}

/** @param {NeedleCell} cell @param {string} shows @param {boolean} on @param {ViewContext} ctx */
function pressed(cell, shows, on, ctx) {
  const value = { gain: gain(cell), logp: total(cell.logp.a), lift: cell.lift }[shows] ?? 0;
  const said = shows === "lift" ? `${decimal(value, 1)}×` : signed(value, 1);
  const look = styleMap(shaded(diverging()(0.85 * Math.max(-1, Math.min(1, value / MOST[shows])))));
  return html`<button type="button" style=${look} aria-pressed=${on} tabindex=${on ? 0 : -1}
    aria-label="depth ${percent(cell.depth, 0)}, ${whole(cell.length)} tokens: ${said}${cell.match ? ", found" : ""}"
    @click=${() => ctx.control("cell", nameOf(cell))}>${said} ${cell.match ? "✓" : ""}</button>`;
}

/** @param {NeedleMap} data @returns {Row[]} */
export const rows = ({ cells }) =>
  cells.map((cell) => ({
    length: cell.length,
    depth: cell.depth,
    tokens_before: cell.at,
    log_p: total(cell.logp.a),
    log_p_without: total(cell.without.a),
    match: cell.match,
    attention_by_even: cell.lift,
    cache_bytes: cell.nbytes,
  }));
