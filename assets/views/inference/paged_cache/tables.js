// @ts-check
/**
 * The block tables of the running requests: an entry for each block, filled as far as the block is.
 *
 * @import { Scene } from "./picture"
 */

import { rove } from "../../../kit/controls/roving.js";
import { counted } from "../../../kit/numbers/format.js";
import { tooltip } from "../../../kit/tooltip.js";
import { nothing, svg } from "../../../vendor/lit.js";
import { blockName, filled, running } from "./frames.js";

const BOX = 22;
const GAP = 4;
/** Pixels of an entry, at most and at least. */
const ENTRY = { most: 44, least: 28 };
/** Requests for which room is kept, so that the pool stays where it is. */
const AT_ONCE = 3;
const TITLE = 24;

/**
 * Where entries lie, for the longest request in blocks.
 * @param {number} width
 * @param {boolean} wide names stand beside the entries, not above
 * @param {number} longest
 */
export function tableLayout(width, wide, longest) {
  const left = wide ? 196 : 0;
  const entry = Math.min(ENTRY.most, Math.max(ENTRY.least, (width - left) / longest - GAP));
  const inLine = Math.max(1, Math.floor((width - left + GAP) / (entry + GAP)));
  const lines = Math.ceil(longest / inLine);
  const row = (wide ? 12 : 32) + lines * BOX + (lines - 1) * GAP;
  return { left, entry, inLine, row, above: wide ? 0 : 20, height: TITLE + AT_ONCE * row };
}

/** @param {Scene} scene */
export function tables(scene) {
  const { frame, layout } = scene;
  const names = running(frame);
  return svg`
    <text class="h" x="0" y="12">Block tables</text>
    ${
      names.length
        ? nothing
        : svg`<text class="dim" x=${layout.tables.left} y=${TITLE + 15}>no request is running</text>`
    }
    <g data-rove @keydown=${rove}>
      ${names.map((name, at) => tableOf(scene, name, TITLE + at * layout.tables.row, at === 0))}
    </g>`;
}

/**
 * @param {Scene} scene
 * @param {string} name
 * @param {number} y
 * @param {boolean} first
 */
function tableOf(scene, name, y, first) {
  const { frame, who } = scene;
  return svg`
    <text class="h" x="0" y=${y + 15}>${name}</text>
    <text x="16" y=${y + 15}>${who[name] ? `${who[name]}, ` : ""}${counted(frame.lengths[name], "token")}</text>
    ${frame.tables[name].map((block, at) => entry(scene, { name, at, block, y, reached: first && at === 0 }))}`;
}

/**
 * @param {Scene} scene
 * @param {{ name: string, at: number, block: number, y: number, reached: boolean }} place
 */
function entry({ data, frame, layout }, { name, at, block, y, reached }) {
  const { left, entry: width, inLine, above } = layout.tables;
  const size = data.block_size;
  const x = left + (at % inLine) * (width + GAP);
  const top = y + above + Math.floor(at / inLine) * (BOX + GAP);
  const tokens = filled(frame, name, at, size);
  const shared = frame.references[block] > 1;
  const now = frame.events.some((each) => each.block === block && each.sequence === name && each.kind !== "free");
  const title = `${name}, entry ${at}: block ${blockName(block)}`;
  const which = `${at * size} to ${at * size + tokens - 1}`;
  const tip = tooltip(title, [
    ["tokens", which],
    ["references", String(frame.references[block])],
  ]);
  return svg`
    <g class="entry ${shared ? "shared" : ""} ${now ? "now" : ""}" data-block=${block} role="img"
      tabindex=${reached ? 0 : -1}
      aria-label="${title}, tokens ${which}, ${counted(frame.references[block], "reference")}"
      @pointermove=${tip.show} @pointerleave=${tip.hide} @focus=${tip.beside} @blur=${tip.hide}>
      <rect class="box" x=${x} y=${top} width=${width} height=${BOX} rx="3" />
      <rect class="level" x=${x + 1} y=${top + BOX - 3} width=${Math.max(0, ((width - 2) * tokens) / size)}
        height="2" />
      <text class="m ink" x=${x + width / 2} y=${top + 14} text-anchor="middle">${blockName(block)}</text>
    </g>`;
}
