// @ts-check
/**
 * One text in many tokenizers: each a lane, all on one scale of bytes, so that boundaries stand under each other.
 *
 * @import { Drafts } from "../../../kit/controls/typed"
 * @import { Row, View, ViewContext } from "../../../kit/view"
 * @import { ComparedLane, TokenizersLanes } from "../../../types/tokenization"
 * @import { Cell, Layout } from "./cells"
 * @import { Place } from "./lane_row"
 *
 * @typedef {object} Kept
 * @property {{ text: string, byte: number } | null} at the selected place of that text
 * @property {string} sort
 * @typedef {ViewContext<Kept & Drafts>} Context
 */

import { legend } from "../../../kit/drawing/legend.js";
import { textWidth } from "../../../kit/drawing/measure.js";
import { whole } from "../../../kit/numbers/format.js";
import { html, nothing, ref, render } from "../../../vendor/lit.js";
import { layout } from "./cells.js";
import { here } from "./here.js";
import { laneRow, NAMES } from "./lane_row.js";
import { chooser } from "./lineup.js";
import { compared, ownRows, tokensThere } from "./other_text.js";
import { byteOf, moves, ordered, tokenAt } from "./selected.js";
import { textChoice } from "./text_choice.js";

/** It is quick once the vocabularies are read: measured for each text by itself. */
export const follows = true;

/** From this width on the table stands beside the lanes. */
const BESIDE = 900;
const SIDE = { width: 372, gap: 32 };
/** Lanes of all rows that are drawn at once: a page of a long text. */
const DRAWN = 110;
const LETTERS = '12.5px "Inter", sans-serif';

/** @type {View<TokenizersLanes, Kept & Drafts>} */
export function lanes(data, ctx) {
  const known = ordered(data, ctx);
  return html`
    ${textChoice(data, ctx)} ${chooser(data, ctx)} ${compared(data, ctx)}
    ${data.text && known.length ? drawn(data, known, ctx) : html`<p class="readout">${lacking(data)}</p>`}
    ${missing(data, ctx)}`;
}

/**
 * A row for each token of each tokenizer; and one for the other run's own, of which there are counts alone.
 * @param {TokenizersLanes} data
 * @param {Context} ctx
 * @returns {Row[]}
 */
export function rows(data, ctx) {
  const { text, lanes, base } = data;
  const bytes = new TextEncoder().encode(text);
  const here = lanes.flatMap((lane) =>
    [...lane.ids.a].map((id, at) => ({
      tokenizer: lane.name,
      token: at,
      id,
      start_byte: lane.starts.a[at],
      end_byte: lane.ends.a[at],
      text: lane.written[at] ?? new TextDecoder().decode(bytes.slice(lane.starts.a[at], lane.ends.a[at])),
      ...(base ? { tokens: lane.ids.a.length, ...tokensThere(data, lane, ctx) } : {}),
    })),
  );
  return [...here, ...ownRows(data, ctx)];
}

/** @param {TokenizersLanes} data */
function lacking({ text, chosen, lanes }) {
  if (!chosen.length) return "No tokenizer is chosen. Press one above.";
  if (!text) return "There is no text. Write one in the field above.";
  return lanes.length < chosen.length
    ? "The first tokenizer is loading."
    : "None of the chosen tokenizers is downloaded.";
}

/** Those that could not be opened, each with its reason. @param {TokenizersLanes} data @param {Context} ctx */
function missing({ lanes, lineup }, ctx) {
  const absent = lanes.filter((lane) => lane.reason);
  if (!absent.length) return nothing;
  const cost = (/** @type {string} */ name) => lineup.find((each) => each.name === name)?.cost ?? 0;
  const asked = String(ctx.controls.fetch);
  const fetch = (/** @type {string[]} */ names) =>
    ctx.control("fetch", [...asked.split(","), ...names].filter(Boolean).join(","));
  const fetched = absent.filter((lane) => cost(lane.name) && !asked.split(",").includes(lane.name));
  return html`
    <ul class="missing">
      ${absent.map(
        (lane) => html`
          <li><b>${lane.title}</b> ${lane.reason}
            ${
              fetched.includes(lane)
                ? html`<button class="btn ghost" type="button" @click=${() => fetch([lane.name])}>Download</button>`
                : nothing
            }</li>`,
      )}
    </ul>
    ${
      fetched.length > 1
        ? html`<button class="btn" type="button" @click=${() => fetch(fetched.map((lane) => lane.name))}>Download
          all</button>`
        : nothing
    }`;
}

/**
 * @param {TokenizersLanes} data
 * @param {ComparedLane[]} known
 * @param {Context} ctx
 */
function drawn(data, known, ctx) {
  const beside = ctx.width >= BESIDE;
  const inner = beside ? ctx.width - SIDE.width - SIDE.gap : ctx.width;
  const laid = laidOut(data, known, inner - NAMES);
  const byte = byteOf(data, known, ctx);
  const page = pageOf(laid, known.length, byte);
  return html`
    <div class="bar">
      ${page.count > 1 ? pager(page, laid, data, ctx) : html`<span></span>`}
      ${legend([
        ["tint-a", "token"],
        ["tint-b", "next token"],
        ["solid", "token at the selected character"],
        ["beyond", "does not fit the context"],
        ["nobody", "dropped"],
        data.base?.same_text === false && ["dot", ctx.beside.name],
      ])}
    </div>
    <div class="compare ${beside ? "beside" : ""}">
      <div class="lanes" tabindex="0" role="group"
        aria-label="The text by characters; arrow keys move the selected character"
        @keydown=${moves(data, laid, byte, ctx)}>
        ${rowsOf(page.rows, { data, known, laid, inner, byte, ctx })}
      </div>
      ${here(data, known, { laid, byte, ctx })}
    </div>`;
}

/** @type {WeakMap<TokenizersLanes, { width: number, lanes: number, laid: Layout }>} */
const layouts = new WeakMap();

/**
 * Cells and rows at this width, worked out once: a hover changes neither.
 * @param {TokenizersLanes} data
 * @param {ComparedLane[]} known
 * @param {number} width
 */
function laidOut(data, known, width) {
  const before = layouts.get(data);
  if (before?.width === width) return before.laid;
  const ends = new Set(known.flatMap((lane) => [...lane.starts.a, ...lane.ends.a]));
  const laid = layout({ text: data.text, ends, width, measure: (letters) => textWidth(letters, LETTERS) });
  layouts.set(data, { width, lanes: known.length, laid });
  return laid;
}

/**
 * The rows around the selected place, where there are too many to draw them all.
 * @param {Layout} laid
 * @param {number} lanes
 * @param {number} byte
 */
function pageOf({ rows }, lanes, byte) {
  const each = Math.max(3, Math.floor(DRAWN / Math.max(1, lanes)));
  const row = Math.max(
    0,
    rows.findLastIndex((cells) => cells[0].start <= byte),
  );
  const at = Math.floor(row / each);
  return { at, each, count: Math.ceil(rows.length / each), rows: rows.slice(at * each, (at + 1) * each) };
}

/**
 * @param {ReturnType<typeof pageOf>} page
 * @param {Layout} laid
 * @param {TokenizersLanes} data
 * @param {Context} ctx
 */
function pager({ at, each, count, rows }, laid, data, ctx) {
  const go = (/** @type {number} */ to) => ctx.keep({ at: { text: data.text, byte: laid.rows[to * each][0].start } });
  const said = `Rows ${whole(at * each + 1)} to ${whole(at * each + rows.length)} of ${whole(laid.rows.length)}`;
  return html`
    <div class="pager" role="group" aria-label="Pages of the text">
      <button class="btn icon" type="button" aria-label="One page back" ?disabled=${at === 0}
        @click=${() => go(at - 1)}>◀</button>
      <span>${said}; the counts cover the whole text</span>
      <button class="btn icon" type="button" aria-label="One page on" ?disabled=${at === count - 1}
        @click=${() => go(at + 1)}>▶</button>
    </div>`;
}

// The rows of a page, in two columns where they are narrow.

const GAP = 24;

/**
 * Rows that a change of the selected place does not touch are not drawn again.
 * @param {Cell[][]} rows
 * @param {Omit<Place, "row" | "width" | "room"> & { inner: number }} place
 */
function rowsOf(rows, { inner, ...place }) {
  const widest = Math.max(...rows.map((row) => Math.max(...row.map((cell) => cell.x + cell.width))));
  const half = (inner - GAP) / 2;
  const two = rows.length > 3 && NAMES + widest <= half;
  const width = two ? half : inner;
  const room = Number(place.ctx.controls.room);
  const { known, byte } = place;
  const covering = known.map((lane) => ({ lane, at: tokenAt(lane, byte) })).filter(({ at }) => at >= 0);
  const first = Math.min(byte, ...covering.map(({ lane, at }) => lane.starts.a[at]));
  const end = Math.max(byte + 1, ...covering.map(({ lane, at }) => lane.ends.a[at]));
  return html`
    <div class=${two ? "two-columns" : ""} style="grid-template-rows:repeat(${Math.ceil(rows.length / 2)},auto)">
      ${rows.map((row) => {
        const last = row[row.length - 1];
        const touched = row[0].start < end && last.start + last.bytes > first;
        const of = [row, width, room, touched ? byte : -1, known.map((lane) => lane.name).join()];
        return html`<div ${ref((box) => drawRow(box, of, { ...place, row, width, room }))}></div>`;
      })}
    </div>`;
}

/** What was last drawn in each box. @type {WeakMap<Element, unknown[]>} */
const boxes = new WeakMap();

/** @param {Element | undefined} box @param {unknown[]} of what the drawing depends on @param {Place} place */
function drawRow(box, of, place) {
  if (!box || boxes.get(box)?.every((each, i) => each === of[i])) return;
  boxes.set(box, of);
  render(laneRow(place), /** @type {HTMLElement} */ (box));
}
