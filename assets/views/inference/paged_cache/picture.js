// @ts-check
/**
 * Tables and pool after one action. The pointer, or the keyboard's focus, on a block lights it in all of them.
 *
 * @import { PagedStory, PoolFrame } from "../../../types/inference"
 *
 * @typedef {Pick<PagedStory, "n_blocks" | "block_size" | "block_bytes" | "most" | "frames">} Pooled what two views draw
 *
 * @typedef {object} Scene
 * @property {Pooled} data
 * @property {PoolFrame} frame
 * @property {number} width in pixels
 * @property {number} blocks of the model
 * @property {Record<string, string>} who what a request is, in a few words
 * @property {ReturnType<typeof layoutOf>} layout
 */
import { stepping } from "../../../kit/controls/roving.js";
import { ref, svg } from "../../../vendor/lit.js";
import { running } from "./frames.js";
import { pool, poolLayout } from "./pool.js";
import { tableLayout, tables } from "./tables.js";

/** From so many pixels on, a request's name stands beside its table. */
const WIDE = 720;
const GAP = 2;

/**
 * @param {Pooled} data
 * @param {{ at: number, choose: (at: number) => void, width: number, blocks: number, who: Record<string, string> }}
 *   options
 */
export function picture(data, { at, choose, width, blocks, who }) {
  const frame = data.frames[at];
  const layout = layoutOf(data, width);
  const scene = { data, frame, width, blocks, layout, who };
  const height = layout.top + layout.pool.height;
  const names = `${running(frame).length} block tables and a pool of ${data.n_blocks} blocks`;
  return svg`
    <svg class="fig cache" width=${width} height=${height} viewBox="0 0 ${width} ${height}" role="application"
      tabindex="0" aria-label="${names}; left and right arrows step through the actions"
      @keydown=${stepping({ at, count: data.frames.length, choose })}
      @pointerover=${lightBlock} @pointerleave=${lightNone} @focusin=${lightBlock} @focusout=${lightNone}>
      ${tables(scene)}
      ${pool(scene)}
      <g ${ref((drawn) => drawn && relight(/** @type {SVGGElement} */ (drawn).ownerSVGElement))}></g>
    </svg>`;
}

/**
 * @param {Pooled} data
 * @param {number} width
 */
function layoutOf(data, width) {
  const wide = width >= WIDE;
  const table = tableLayout(width, wide, Math.ceil(data.most / data.block_size));
  return { wide, tables: table, top: table.height + GAP, pool: poolLayout(data, width, wide) };
}

/** @param {Event} event */
function lightBlock(event) {
  const block = /** @type {Element} */ (event.target).closest("[data-block]");
  light(/** @type {SVGElement} */ (event.currentTarget), block?.getAttribute("data-block"));
}

/** @param {Event} event */
const lightNone = (event) => light(/** @type {SVGElement} */ (event.currentTarget), undefined);

/**
 * @param {SVGElement} picture
 * @param {string | null | undefined} block
 */
function light(picture, block) {
  if (block) picture.dataset.lit = block;
  else delete picture.dataset.lit;
  relight(picture);
}

/**
 * After the next action as well, when all is drawn: an entry may then be another block's.
 * @param {SVGElement | null} picture
 */
function relight(picture) {
  const lit = picture?.dataset.lit;
  for (const each of picture?.querySelectorAll("[data-block]") ?? []) {
    each.classList.toggle("lit", each.getAttribute("data-block") === lit);
  }
}
