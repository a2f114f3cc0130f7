// @ts-check
/**
 * One word is changed: which states of three models move, at every depth.
 *
 * @import { ShapeReach, WordReach } from "../../../types/architectures"
 * @import { Row, View, ViewContext } from "../../../kit/view"
 *
 * @typedef {"decoder" | "writer" | "encoder"} Shape
 * @typedef {{ shape: Shape, row: number, column: number }} Place
 * @typedef {{ of: WordReach, place: Place | null }} Kept
 */

import { ramp } from "../../../kit/colour/ramp.js";
import { rgb } from "../../../kit/colour/theme.js";
import { rove } from "../../../kit/controls/roving.js";
import { legend } from "../../../kit/drawing/legend.js";
import { percent } from "../../../kit/numbers/format.js";
import { html } from "../../../vendor/lit.js";
import { ask } from "./ask.js";
import { card, cards, cardWidth } from "./card.js";
import { stirredBeside } from "./compared_reach.js";
import { labelledMatrix, NAMES } from "./labelled_matrix.js";

/** @type {{ shape: Shape, title: string, line: string }[]} */
const SHAPES = [
  { shape: "decoder", title: "Decoder-only", line: "States before the word do not change." },
  { shape: "writer", title: "Encoder-decoder", line: "Its encoder reads in both directions." },
  { shape: "encoder", title: "Encoder-only", line: "Every token reads the new word in the first block." },
];
const CELL = { least: 3, most: 48 };
const ROW = { least: 4, most: 14 };
/** Pixels that the rows may take together. */
const HEIGHT = 168;
/** A movement of less is not written out. */
const SMALL = 0.001;

/** @type {View<WordReach, Kept>} */
export function reach(data, ctx) {
  return html`
    ${words(data, ctx)}
    <div class="bar">
      ${ask(ctx, "by", { value: data.by, button: "Replace" })}
      ${legend([
        ["moved", "change of a state, 0 to 100 % of its length"],
        ["changed", "the changed word"],
      ])}
    </div>
    <p class="readout">${said(data, ctx)}</p>
    ${cards(
      ctx.width,
      SHAPES.map(({ shape, title, line }) =>
        card({
          title,
          model: data[shape].title,
          line: html`<b>${stirred(data[shape])}</b> other tokens changed. ${line} ${stirredBeside(data, shape, ctx)}`,
          content: html`<div class="map" data-shape=${shape}>${movement(data, ctx, { shape, title })}</div>`,
        }),
      ),
    )}`;
}

/**
 * The movement of every state.
 * @param {WordReach} data
 * @returns {Row[]}
 */
export function rows(data) {
  return SHAPES.flatMap(({ shape }) => {
    const { moved, tokens, title } = data[shape];
    return Array.from(moved.a, (share, at) => ({
      model: title,
      blocks_passed: Math.floor(at / tokens.length),
      position: at % tokens.length,
      token: tokens[at % tokens.length],
      moved: share < 0 ? null : share,
    }));
  });
}

/**
 * @param {WordReach} data
 * @param {ViewContext} ctx
 */
function words(data, ctx) {
  return html`
    <div class="words" role="group" aria-label="Word to change" data-rove @keydown=${rove}>
      ${data.words.map((word, at) => {
        const on = at === data.word;
        return html`
          <button class="tok word" type="button" tabindex=${on ? 0 : -1} aria-pressed=${on}
            @click=${() => ctx.control("word", at)}>${on ? `${word} → ${data.by}` : word}</button>`;
      })}
    </div>`;
}

/** @param {ShapeReach} model */
const stirred = ({ stirred, before, after }) => `${stirred} of ${before + after}`;

/**
 * Up: through the blocks. The last row of cells is what goes in.
 * @param {WordReach} data
 * @param {ViewContext<Kept>} ctx
 * @param {{ shape: Shape, title: string }} which
 */
function movement(data, ctx, { shape, title }) {
  const model = data[shape];
  const [depths, count] = model.moved.shape;
  const [still, moving, changed] = [rgb("sunken"), ramp("prob", "sunken"), rgb("ink")];
  const place = keptPlace(data, ctx);
  const at = (/** @type {number} */ row, /** @type {number} */ column) =>
    model.moved.a[(depths - 1 - row) * count + column];
  const room = Math.floor((cardWidth(ctx.width) - NAMES) / count);
  return labelledMatrix({
    rows: Array.from({ length: depths }, (_, row) => ends(depths - 1 - row, depths)),
    columns: model.tokens,
    column: model.moved.a.findIndex((share) => share < 0) % count,
    cell: {
      width: Math.max(CELL.least, Math.min(CELL.most, room)),
      height: Math.max(ROW.least, Math.min(ROW.most, Math.floor(HEIGHT / depths))),
    },
    label: `${title}: ${stirred(model)} other tokens changed`,
    colour: (row, column) => {
      const share = at(row, column);
      if (share < 0) return changed;
      return share === 0 ? still : moving(Math.min(1, share));
    },
    of: [model],
    told: (row, column) => ({
      title: model.tokens[column],
      details: [[depth(depths - 1 - row, depths), short(at(row, column))]],
    }),
    selected: place?.shape === shape ? place : null,
    select: (cell) => ctx.keep({ of: data, place: { ...cell, shape } }),
  });
}

/**
 * @param {WordReach} data
 * @param {ViewContext<Kept>} ctx
 */
const keptPlace = (data, { kept }) => (kept.of === data ? (kept.place ?? null) : null);

/**
 * @param {WordReach} data
 * @param {ViewContext<Kept>} ctx
 */
function said(data, ctx) {
  const place = keptPlace(data, ctx);
  if (!place) return "Each cell is one token’s state at one depth; the first block is at the bottom.";
  const { moved: all, tokens, title } = data[place.shape];
  const [depths, count] = all.shape;
  const passed = depths - 1 - place.row;
  const share = all.a[passed * count + place.column];
  return html`${title}, <b>${tokens[place.column]}</b> ${depth(passed, depths)}: ${moved(share)}.`;
}

/**
 * The blocks that a state has passed, but for what goes in and comes out.
 * @param {number} passed
 * @param {number} depths
 */
const ends = (passed, depths) => (passed === 0 ? "in" : passed === depths - 1 ? "out" : String(passed));

/**
 * @param {number} passed blocks
 * @param {number} depths
 */
const depth = (passed, depths) => (passed ? `after ${passed} of ${depths - 1} blocks` : "before the first block");

/** @param {number} share below 0 for the changed word's own state */
function short(share) {
  if (share < 0) return "the changed word";
  if (share === 0) return "unchanged";
  return `changed by ${share < SMALL ? "less than 0.1 %" : percent(share, 1)}`;
}

/** @param {number} share */
const moved = (share) => (share > 0 ? `${short(share)} of its length` : short(share));
