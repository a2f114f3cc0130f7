// @ts-check
/**
 * The pool: a card for each block with the tokens whose keys and values it holds, and who uses it.
 *
 * @import { PoolFrame } from "../../../types/inference"
 * @import { Line } from "../../../kit/tooltip"
 * @import { Pooled, Scene } from "./picture"
 */

import { rove } from "../../../kit/controls/roving.js";
import { whole } from "../../../kit/numbers/format.js";
import { svgToken } from "../../../kit/text/tokens.js";
import { tooltip } from "../../../kit/tooltip.js";
import { range } from "../../../vendor/d3.js";
import { nothing, svg } from "../../../vendor/lit.js";
import { blockName, eventsOf, filled, happened, isFresh, readable, touched, usersOf } from "./frames.js";

const GAP = 8;
const TITLE = 24;
const FOOT = 4;
/** Pixels of a card, about. */
const CARD = { wide: 124, narrow: 92 };
/** Pixels of a slot; less where a block has many. */
const SLOT = { few: 17, many: 15, from: 9 };
/** Pixels of a character in the fixed-width face. */
const CHARACTER = 6.9;

/**
 * @param {Pooled} data
 * @param {number} width
 * @param {boolean} wide
 */
export function poolLayout({ n_blocks, block_size }, width, wide) {
  const fit = Math.floor((width + GAP) / (wide ? CARD.wide : CARD.narrow));
  const columns = Math.max(1, Math.min(n_blocks, fit));
  const slot = block_size >= SLOT.from ? SLOT.many : SLOT.few;
  const card = { width: (width + GAP) / columns - GAP, height: TITLE + block_size * slot + FOOT };
  const height = TITLE + Math.ceil(n_blocks / columns) * (card.height + GAP);
  return { columns, slot, card, height };
}

/** @param {Scene} scene */
export function pool(scene) {
  const { data, layout, blocks, width } = scene;
  const bytes = whole(data.block_bytes);
  const each = layout.wide ? `a block is ${bytes} bytes, in all ${blocks} blocks of the model` : `${bytes} bytes each`;
  const y = layout.top + 12;
  return svg`
    <text class="h" x="0" y=${y}>The pool: ${data.n_blocks} blocks of ${data.block_size} tokens</text>
    <text class="dim" x=${width} y=${y} text-anchor="end">${each}</text>
    <g data-rove @keydown=${rove}>${range(data.n_blocks).map((block) => card(scene, block))}</g>
    ${eventsOf(scene.frame, "copy").map(({ source, block }) => arrow(scene, source ?? 0, block))}`;
}

/**
 * The upper left corner of a block's card.
 * @param {Scene} scene
 * @param {number} block
 */
function corner({ layout }, block) {
  const { columns, card } = layout.pool;
  return {
    x: (block % columns) * (card.width + GAP),
    y: layout.top + TITLE + Math.floor(block / columns) * (card.height + GAP),
  };
}

/**
 * @param {Scene} scene
 * @param {number} block
 */
function card(scene, block) {
  const { data, frame, layout } = scene;
  const { width, height } = layout.pool.card;
  const { x, y } = corner(scene, block);
  const users = usersOf(frame, block);
  const kind = users.length === 0 ? "free" : users.length > 1 ? "shared" : "";
  const title = `Block ${blockName(block)}`;
  const details = facts(data, frame, block);
  const tip = tooltip(title, details);
  return svg`
    <g class="card ${kind} ${touched(frame, block) ? "now" : ""}" data-block=${block} role="img"
      tabindex=${block ? -1 : 0} aria-label="${title}: ${details.map(([name, value]) => `${name} ${value}`).join("; ")}"
      @pointermove=${tip.show} @pointerleave=${tip.hide} @focus=${tip.beside} @blur=${tip.hide}>
      <rect class="box" x=${x + 0.5} y=${y + 0.5} width=${width - 1} height=${height - 1} rx="5" />
      <text class="m ink" x=${x + 8} y=${y + 16}>${blockName(block)}</text>
      <text class=${users.length ? "b ink" : "dim"} x=${x + width - 8} y=${y + 16} text-anchor="end">
        ${state(scene, block)}
      </text>
      ${range(data.block_size).map((slot) => slotOf(scene, { block, slot, x, y }))}
    </g>`;
}

/**
 * What a card says at its right: what happened, and who uses it.
 * @param {Scene} scene
 * @param {number} block
 */
function state({ frame, layout }, block) {
  const { width } = layout.pool.card;
  const users = usersOf(frame, block);
  const kind = happened(frame, block);
  if (users.length) return kind && width > 108 ? `${kind} · ${users.join(" ")}` : users.join(" ");
  if (kind) return kind;
  if (!frame.findable.includes(block)) return "free";
  return width > 100 ? "free, findable" : "findable";
}

/**
 * @param {Scene} scene
 * @param {{ block: number, slot: number, x: number, y: number }} place
 */
function slotOf({ data, frame, layout }, { block, slot, x, y }) {
  const { slot: height, card } = layout.pool;
  const size = data.block_size;
  const top = y + TITLE + slot * height;
  const free = !usersOf(frame, block).length;
  if (slot >= readable(frame, block, size) || frame.slots[block][slot] === undefined) {
    const middle = top + height / 2;
    return free
      ? nothing
      : svg`<line class="unfilled" x1=${x + 8} x2=${x + card.width - 8} y1=${middle} y2=${middle} />`;
  }
  const written = eventsOf(frame, "write").filter((event) => event.block === block);
  const fresh = isFresh(written, slot, size);
  return svg`
    <rect class="slot ${fresh ? "fresh" : ""}" x=${x + 4} y=${top + 1} width=${card.width - 8} height=${height - 2}
      rx="2" />
    ${svgToken(frame.slots[block][slot], {
      x: x + 9,
      y: top + height / 2 + 4,
      most: Math.max(3, Math.floor((card.width - 18) / CHARACTER)),
      className: `m ${fresh ? "fresh" : free ? "dim" : "ink"}`,
    })}`;
}

/**
 * From a shared block to its copy: over the cards of one row, else straight.
 * @param {Scene} scene
 * @param {number} source
 * @param {number} block
 */
function arrow(scene, source, block) {
  const { width, height } = scene.layout.pool.card;
  const [from, to] = [corner(scene, source), corner(scene, block)];
  const [start, end] = [from.x + width / 2, to.x + width / 2];
  const over = from.y - 10;
  const path =
    from.y === to.y
      ? `M${start} ${from.y}C${start} ${over} ${end} ${over} ${end} ${to.y}`
      : `M${start} ${from.y + height}L${end} ${to.y}`;
  return svg`<path class="copy" d=${path} /><circle class="copy-end" cx=${end} cy=${to.y} r="3" />`;
}

/**
 * @param {Pooled} data
 * @param {PoolFrame} frame
 * @param {number} block
 * @returns {Line[]}
 */
function facts({ block_size }, frame, block) {
  /** @type {Line[]} */
  const users = usersOf(frame, block).map((name) => {
    const at = frame.tables[name].indexOf(block);
    const first = at * block_size;
    return [`${name}, entry ${at}`, `tokens ${first} to ${first + filled(frame, name, at, block_size) - 1}`];
  });
  /** @type {Line} */
  const nobody = ["nobody uses it", frame.findable.includes(block) ? "findable" : "empty"];
  return [...(users.length ? users : [nobody]), ["references", String(frame.references[block])]];
}
