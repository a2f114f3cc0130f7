// @ts-check
/**
 * Every tokenizer at the selected place, and its counts over the whole text.
 *
 * @import { ComparedLane, TokenizersLanes } from "../../../types/tokenization"
 * @import { Layout } from "./cells.js"
 * @import { BesideWords } from "../../../kit/view"
 * @import { Context } from "./lanes.js"
 * @import { There } from "./other_text.js"
 */

import { decimal, percent, whole } from "../../../kit/numbers/format.js";
import { under } from "../../../kit/runs/beside.js";
import { sign } from "../../../kit/text/spelled.js";
import { max } from "../../../vendor/d3.js";
import { html, nothing, styleMap } from "../../../vendor/lit.js";
import { placeOf } from "./cell_places.js";
import { hex } from "./lane_row.js";
import { thereOf } from "./other_text.js";
import { tokenAt } from "./selected.js";

/** Characters of what is kept that are written out, from its end. */
const TAIL = 14;

/**
 * @param {TokenizersLanes} data
 * @param {ComparedLane[]} known
 * @param {{ laid: Layout, byte: number, ctx: Context }} at
 */
export function here(data, known, { laid, byte, ctx }) {
  const bytes = new TextEncoder().encode(data.text);
  const cell = laid.cells.findLast((one) => one.start <= byte) ?? laid.cells[0];
  const place = placeOf(cell, byte - cell.start);
  const most = max(known, (lane) => lane.ids.a.length) ?? 1;
  const room = Number(ctx.controls.room);
  return html`
    <aside class="here-table">
      <p class="readout">At <b class="mono">${sign(cell.letters)}</b>, byte
        ${whole(byte)}${cell.split ? ` (${place.into + 1} of its ${cell.bytes})` : ""}. The text has
        ${whole(data.characters)} characters and
        ${whole(data.nbytes)} bytes.</p>
      <div class="here-head"><span>tokenizer</span><span>tokens</span><span>bytes each</span><span>of
          ${whole(room)}</span></div>
      ${known.map((lane) => hereRow(lane, { bytes, byte, most, room, there: thereOf(data, lane), beside: ctx.beside }))}
      ${lost(known)}
    </aside>`;
}

/**
 * @param {ComparedLane} lane
 * @param {{ bytes: Uint8Array, byte: number, most: number, room: number, there: There | null, beside: BesideWords }} at
 */
function hereRow(lane, { bytes, byte, most, room, there, beside }) {
  const n = lane.ids.a.length;
  const token = tokenAt(lane, byte);
  return html`
    <div class="here-row">
      <div class="who"><b>${lane.title}</b><span class="muted">${whole(lane.size)}, ${lane.kind}</span></div>
      <div class="counts">
        <span>${under(html`<b>${whole(n)}</b>`, beside, there ? whole(there.n) : undefined)}</span>
        <span>${under(n ? decimal(bytes.length / n) : "–", beside, there?.each)}</span>
        <span class=${n > room ? "over" : ""}>${n > room ? `${decimal(n / room, 1)} ×` : percent(n / room)}</span>
      </div>
      <div class="thin"><i style=${styleMap({ width: `${(100 * n) / Math.max(1, most)}%` })}></i></div>
      ${
        token < 0
          ? html`<p class="what muted">no token: the tokenizer drops this character</p>`
          : hereToken(lane, token, bytes)
      }
      ${n > room ? kept(lane, bytes, room) : nothing}
    </div>`;
}

/** @param {ComparedLane} lane @param {number} at @param {Uint8Array} bytes */
function hereToken(lane, at, bytes) {
  const own = bytes.slice(lane.starts.a[at], lane.ends.a[at]);
  const text = lane.written[at] ?? new TextDecoder().decode(own);
  return html`
    <p class="what">
      <span class="tok new">${
        text.includes("\uFFFD") ? html`<i class="part">part of a character</i>` : spelled(text)
      }</span>
      <span class="id">id ${lane.ids.a[at]}</span>
      <span class="mono hexes">${[...own].map(hex).join(" ")}</span>
    </p>`;
}

/** As it is written: a space is a faint dot. @param {string} token */
export const spelled = (token) =>
  [...token].map((letter) =>
    /[\s▁]/u.test(letter) ? html`<i class="sp">${letter === "▁" ? "·" : sign(letter)}</i>` : letter,
  );

/**
 * What is left of the text where there is room for so many tokens.
 * @param {ComparedLane} lane
 * @param {Uint8Array} bytes
 * @param {number} room
 */
function kept({ ends }, bytes, room) {
  const end = ends.a[room - 1];
  const text = new TextDecoder().decode(bytes.slice(0, end));
  return html`
    <p class="what keeps">The first ${whole(room)} tokens hold ${percent(end / bytes.length)} of the text, up to
      <span class="mono">${text.length > TAIL ? "…" : ""}${spelled(text.slice(-TAIL).replace(/\uFFFD+$/, ""))}</span>${
        text.endsWith("\uFFFD") ? html`<i class="part">and a part of a character</i>` : nothing
      }</p>`;
}

/** Those that do not give the text back: a fact of what they are. @param {ComparedLane[]} known */
function lost(known) {
  const lossy = known.filter((lane) => !lane.exact);
  return lossy.map(
    (lane) => html`
      <p class="lost">Decoding with <b>${lane.title}</b> gives another
        text${lane.promised ? ", although this tokenizer promises the same" : ""}:
        <span class="mono">${spelled(lane.given_back)}</span></p>`,
  );
}
