// @ts-check
/**
 * One batch of packed documents, token by token: borders, what was lost, and what a token may read.
 *
 * @import { PackedBatch, PackedRow } from "../../../types/pretraining"
 * @import { Check, Row, View, ViewContext } from "../../../kit/view"
 *
 * @typedef {{ row: number, at: number }} Kept
 */
import { control, named } from "../../../kit/controls/declared.js";
import { rove } from "../../../kit/controls/roving.js";
import { inSight } from "../../../kit/in_sight.js";
import { counted, percent, whole } from "../../../kit/numbers/format.js";
import { table } from "../../../kit/numbers/table.js";
import { html, nothing, ref } from "../../../vendor/lit.js";
import { documentOf, pairsOf, readable } from "./masked.js";

/** @type {View<PackedBatch, Kept>} */
export function batch(data, ctx) {
  const row = Math.min(ctx.kept.row ?? 0, data.shown.length - 1);
  const at = Math.min(ctx.kept.at ?? opening(data.shown[row]), data.shown[row].ids.a.length - 1);
  const mask = ctx.controls.mask !== "off";
  return html`
    <div class="settings-row">
      ${control(ctx, "packing", { as: "select" })} ${control(ctx, "length", { as: "segmented" })}
      ${control(ctx, "mask", { as: "segmented" })} ${control(ctx, "seed")}
    </div>
    <p class="readout lead">${said(data, row, at, mask)}</p>
    ${data.shown.map((each, number) => line(data, each, number, number === row ? at : -1, mask, ctx))}
    ${ways(data, ctx)}
    <p class="hint">The documents are ${data.documents} texts: pieces of the Python documentation, and passages. A line
      and another ground mark the next one. Each begins with an end-of-text token. Greedy packing takes documents in
      their order; best fit takes the longest that fits. A document longer than a row is cut, except in one stream.
      nanochat measured no gain by a mask at its size.</p>`;
}

/** @param {PackedBatch} data @returns {Row[]} */
export const rows = ({ shown, strings }) =>
  shown.flatMap((row, number) =>
    Array.from(row.ids.a, (id, at) => {
      const { piece, position } = documentOf(row, at);
      return { row: number, position: at, id, token: strings[id], document: piece.name, in_document: position };
    }),
  );

/** The page's count of pairs beside the server's. @param {PackedBatch} data @returns {Check[]} */
export const checks = ({ shown }) => [
  {
    statement: `Pairs that the page’s mask leaves in ${shown.length} rows = the server’s`,
    error: shown.reduce((sum, row) => sum + Math.abs(pairsOf(row) - row.pairs), 0),
    tolerance: 0,
    word: "pairs",
  },
];

/** A token some places behind the first border; the last of a row without one. @param {PackedRow} row */
function opening(row) {
  const { length } = row.ids.a;
  const first = row.pieces[0].stop - row.pieces[0].start;
  return Math.min(length - 1, first + 5);
}

/** @param {PackedBatch} data @param {number} row @param {number} at @param {boolean} mask */
function said({ shown, strings, tokens, packing, ways: all }, row, at, mask) {
  const chosen = all.find(({ name }) => name === packing) ?? all[0];
  const { piece, position } = documentOf(shown[row], at);
  const others = at - (readable(shown[row], at, true).at - readable(shown[row], at, true).from);
  return html`
    Of ${counted(tokens, "token")} this packing keeps <b>${percent(chosen.kept / tokens, 1)}</b> and loses
    <b>${whole(chosen.cropped)}</b>; ${whole(chosen.padded)} places are padded. The chosen token
    “${visible(strings[shown[row].ids.a[at]])}” is at place ${at} of the row and at place ${position} of
    “${piece.name}”.
    ${
      mask
        ? html`It reads <b>${counted(at - others + 1, "token")}</b> of its document, itself included.`
        : html`Without a mask it reads <b>${counted(at + 1, "token")}</b>, of which ${whole(others)} are other
          documents’.`
    }`;
}

/**
 * @param {PackedBatch} data @param {PackedRow} row @param {number} number @param {number} chosen none: -1
 * @param {boolean} mask @param {ViewContext<Kept>} ctx
 */
function line(data, row, number, chosen, mask, ctx) {
  const reads = chosen < 0 ? { from: 0, at: -1 } : readable(row, chosen, mask);
  let place = 0;
  const pad = data.length - row.ids.a.length;
  return html`
    <h3 class="sub3">Row ${number} <small>${counted(row.pieces.length, "document")}; ${percent(
      row.pairs / ((row.ids.a.length * (row.ids.a.length + 1)) / 2),
      0,
    )} of its pairs within one</small></h3>
    <div class="packed scroll" role="listbox" aria-label="Tokens of row ${number}; arrow keys walk" data-rove
      ${ref(inSight(chosen, '[aria-selected="true"]'))} @keydown=${rove}>${row.pieces.map((piece, document) => {
        const begin = place;
        place += piece.stop - piece.start;
        return html`<span class="document ${document % 2 ? "odd" : ""}" title=${where(piece)}>${Array.from(
          row.ids.a.slice(begin, place),
          (id, offset) => {
            const at = begin + offset;
            const press = () => ctx.keep({ row: number, at });
            const on = at === chosen;
            const read = at >= reads.from && at <= reads.at;
            return html`<span class="one ${read ? "read" : ""}" role="option" aria-selected=${on}
              aria-label=${data.strings[id].trim() ? nothing : visible(data.strings[id])}
              tabindex=${on || (chosen < 0 && !at) ? 0 : -1} @click=${press}
              @focus=${on ? nothing : press}>${data.strings[id]}</span>`;
          },
        )}${lost(piece, data.packing)}</span>`;
      })}${pad ? html`<span class="pad">${counted(pad, "pad")}</span>` : nothing}</div>`;
}

/** @typedef {PackedRow["pieces"][number]} Piece */

/** @param {Piece} piece */
const where = ({ name, start, stop, length }) => `${name}: tokens ${start} to ${stop} of ${length}`;

/** What of a document is lost behind its piece. @param {Piece} piece @param {string} packing */
const lost = ({ stop, length }, packing) =>
  stop < length && packing !== "stream"
    ? html`<b class="lost" title="tokens of this document that are lost">−${length - stop}</b>`
    : nothing;

/** A token in a sentence. @param {string} text */
const visible = (text) => text.replace(/ /g, "·").replace(/\n/g, "⏎");

/** @param {PackedBatch} data @param {ViewContext<Kept>} ctx */
function ways({ ways: all, packing, tokens }, ctx) {
  const names = named(ctx, "packing");
  return table({
    label: "The same documents packed in four ways; choose one",
    columns: [
      { name: "packing", cell: ({ name }) => names[name].name },
      { name: "rows", number: true, cell: ({ rows: count }) => whole(count) },
      { name: "kept", number: true, cell: ({ kept }) => percent(kept / tokens, 1) },
      { name: "lost", number: true, title: "tokens", cell: ({ cropped }) => whole(cropped) },
      { name: "padded", number: true, title: "places without a token", cell: ({ padded }) => whole(padded) },
      {
        name: "broken",
        number: true,
        title: "pieces that do not begin where their document does",
        cell: ({ broken }) => whole(broken),
      },
      {
        name: "pairs in one document",
        number: true,
        title: "of all pairs of causal attention",
        cell: ({ pairs }) => percent(pairs, 1),
      },
    ],
    rows: [...all],
    selected: ({ name }) => name === packing,
    select: ({ name }) => ctx.control("packing", name),
  });
}
