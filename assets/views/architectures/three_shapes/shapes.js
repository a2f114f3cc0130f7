// @ts-check
/**
 * Who may look at whom: one sentence's attention in a decoder, an encoder-decoder and an encoder.
 *
 * @import { ThreeShapes } from "../../../types/architectures"
 * @import { Row, View, ViewContext } from "../../../kit/view"
 * @import { Place } from "./attention_map.js"
 * @import { Shown } from "./pattern.js"
 *
 * @typedef {{ depth: number, head: number, place: Place | null, of: ThreeShapes }} Kept `place` is a cell of that data
 */
import { slider } from "../../../kit/controls/controls.js";
import { select } from "../../../kit/controls/select.js";
import { legend } from "../../../kit/drawing/legend.js";
import { percent } from "../../../kit/numbers/format.js";
import { max, range } from "../../../vendor/d3.js";
import { html, nothing } from "../../../vendor/lit.js";
import { attentionMap, read } from "./attention_map.js";
import { card, cards, cardWidth } from "./card.js";
import { caption, mapsOf } from "./maps.js";
import { MEAN, weightOf } from "./pattern.js";

const MIDDLE = 50;

/** @type {View<ThreeShapes, Kept>} */
export function shapes(data, ctx) {
  const now = shown(ctx);
  const { decoder, writer, encoder } = data;
  const map = (/** @type {string} */ key) => shownMap(data, ctx, now, key);
  return html`
    <div class="bar">
      ${controls(data, ctx, now)}
      ${legend([
        ["ink", "attention weight 0 to 1, ink = √weight"],
        ["masked", "masked"],
      ])}
    </div>
    <p class="readout">${said(data, ctx, now)}</p>
    ${ctx.there ? compared(data, ctx.there, ctx) : nothing}
    ${cards(ctx.width, [
      card({
        title: "Decoder-only",
        model: decoder.title,
        line:
          `It reads only what comes before: ${decoder.ahead === 0 ? "none" : percent(decoder.ahead)} of its ` +
          "attention goes to later tokens. It writes the next token.",
        content: map("decoder"),
      }),
      card({
        title: "Encoder-decoder",
        model: writer.title,
        line:
          `In its encoder ${percent(writer.ahead)} of the attention goes to later tokens. Its decoder reads the ` +
          "whole source and the words that it has written.",
        content: html`${map("writer's encoder")} ${map("writer's decoder")}
          <p class="written">It writes: <b>${writer.text || "nothing"}</b></p>`,
      }),
      card({
        title: "Encoder-only",
        model: encoder.title,
        line:
          `It reads the whole sentence: ${percent(encoder.ahead)} of its attention goes to later tokens. It writes ` +
          `nothing; its output is ${encoder.d_model} numbers for each token.`,
        content: map("encoder"),
      }),
    ])}`;
}

/**
 * How much lies ahead in the text of the other run, in words.
 * @param {ThreeShapes} data
 * @param {ThreeShapes} there
 * @param {ViewContext<Kept>} ctx
 */
function compared({ decoder, writer, encoder }, there, { beside }) {
  const share = (/** @type {number} */ ahead) => (ahead === 0 ? "none" : percent(ahead));
  return html`<p class="readout basenote">Attention to later tokens, ${beside.start.toLowerCase()}: decoder
    ${share(there.decoder.ahead)} (here ${share(decoder.ahead)}), encoder of the encoder-decoder
    <b>${share(there.writer.ahead)}</b>
    (here ${share(writer.ahead)}), encoder <b data-ahead=${there.encoder.ahead}>${share(there.encoder.ahead)}</b> (here
    ${share(encoder.ahead)}). For that text the encoder-decoder writes: 
    <b>${there.writer.text || "nothing"}</b>. Open that run to see its maps.</p>`;
}

/**
 * Every weight of the maps as they are shown.
 * @param {ThreeShapes} data
 * @param {ViewContext<Kept>} ctx
 * @returns {Row[]}
 */
export function rows(data, ctx) {
  const now = shown(ctx);
  return Object.values(mapsOf(data)).flatMap(({ name, rows, parts }) =>
    parts.flatMap(({ columns, pattern, masked }) =>
      rows.flatMap((reads, row) =>
        columns.flatMap((token, column) =>
          masked(row, column)
            ? []
            : [{ map: name, reads, row, token, column, weight: weightOf(pattern, now)(row, column) }],
        ),
      ),
    ),
  );
}

/**
 * @param {ViewContext<Kept>} ctx
 * @returns {Shown}
 */
const shown = ({ kept }) => ({ depth: (kept.depth ?? MIDDLE) / 100, head: kept.head ?? MEAN });

/**
 * The kept cell, if it is one of this sentence's.
 * @param {ThreeShapes} data
 * @param {ViewContext<Kept>} ctx
 */
const keptPlace = (data, { kept }) => (kept.of === data ? (kept.place ?? null) : null);

/**
 * @param {ThreeShapes} data
 * @param {ViewContext<Kept>} ctx
 * @param {Shown} now
 */
function controls(data, ctx, now) {
  const patterns = [data.decoder.pattern, data.writer.encoder, data.encoder.pattern];
  const heads = max(patterns, ({ shape }) => shape[1]) ?? 1;
  /** @type {[number, string][]} */
  const choices = [
    [MEAN, "mean of all"],
    ...range(heads).map((head) => /** @type {[number, string]} */ ([head, String(head)])),
  ];
  return html`
    <div class="settings">
      ${slider({
        label: "Depth",
        value: Math.round(100 * now.depth),
        least: 0,
        most: 100,
        format: (value) => `${value} %`,
        move: (depth) => ctx.keep({ depth }),
      })}
      ${select({ label: "Head", choices, chosen: now.head, choose: (head) => ctx.keep({ head }) })}
    </div>`;
}

/**
 * @param {ThreeShapes} data
 * @param {ViewContext<Kept>} ctx
 * @param {Shown} now
 * @param {string} key
 */
function shownMap(data, ctx, now, key) {
  const map = mapsOf(data)[key];
  const place = keptPlace(data, ctx);
  return html`
    <p class="caption">${caption(map, now)}</p>
    ${attentionMap(map, {
      now,
      width: cardWidth(ctx.width),
      place: place?.map === key ? place : null,
      choose: (chosen) => ctx.keep({ of: data, place: chosen && { ...chosen, map: key } }),
    })}`;
}

/**
 * @param {ThreeShapes} data
 * @param {ViewContext<Kept>} ctx
 * @param {Shown} now
 */
function said(data, ctx, now) {
  const place = keptPlace(data, ctx);
  return place
    ? read(mapsOf(data)[place.map], place, now)
    : "Point at a cell to read its weight. Click it to keep its row.";
}
