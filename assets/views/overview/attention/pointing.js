// @ts-check
/**
 * The mouse and the keyboard on the wall: a tile's scores in the tooltip, its arcs in the strip of tokens.
 *
 * @import { AttentionReads, AttentionWall } from "../../../types/overview"
 * @import { ViewContext } from "../../../kit/view"
 * @import { Scores } from "./wall.js"
 */

import { rove } from "../../../kit/controls/roving.js";
import { decimal, headName, percent } from "../../../kit/numbers/format.js";
import { tip } from "../../../kit/tooltip.js";

/**
 * Handlers for all tiles at once.
 * @param {AttentionWall} data
 * @param {ViewContext<any>} ctx
 * @param {Scores} scores
 */
export function pointing(data, ctx, scores) {
  /** @param {number} at @param {number} x @param {number} y */
  const tell = (at, x, y) => tip.show(x, y, nameOf(at, data), told(at, data, scores));
  const leave = () => {
    tip.hide();
    ctx.arcs(null);
  };
  return {
    leave,
    /** The arcs change with the tile, the tooltip moves with the mouse. @param {Event} event */
    over(event) {
      const at = headAt(event.target);
      if (at === null) leave();
      else ctx.arcs(weightsOf(at, data, ctx));
    },
    /** @param {PointerEvent} event */
    move(event) {
      const at = headAt(event.target);
      if (at !== null) tell(at, event.clientX, event.clientY);
    },
    /** @param {FocusEvent} event */
    reach({ target }) {
      const tile = /** @type {Element} */ (target);
      const at = headAt(tile);
      if (at === null || !tile.matches(":focus-visible")) return;
      const box = tile.getBoundingClientRect();
      tell(at, box.right, box.bottom);
      ctx.arcs(weightsOf(at, data, ctx));
    },
    /** The arrow keys select what they reach. @param {KeyboardEvent} event */
    key(event) {
      if (!event.key.startsWith("Arrow")) return;
      rove(event);
      const at = headAt(document.activeElement);
      if (at !== null) ctx.select({ layer: Math.floor(at / data.n_heads), head: at % data.n_heads });
    },
  };
}

/** @param {EventTarget | null} target */
function headAt(target) {
  const tile = /** @type {HTMLElement | null | undefined} */ (/** @type {Element | null} */ (target)?.closest(".tile"));
  return tile ? Number(tile.dataset.head) : null;
}

/** @param {number} at @param {AttentionWall} data */
const nameOf = (at, { n_heads }) => headName(Math.floor(at / n_heads), at % n_heads);

/**
 * @param {number} at
 * @param {AttentionWall} data
 * @param {Scores} scores
 * @returns {[string, string][]}
 */
function told(at, { previous, sink, entropy, induction, base }, { ablation }) {
  /** @type {[string, string][]} */
  const lines = [
    ["previous token", score(previous.a[at], 3)],
    ["first-token sink", score(sink.a[at], 3)],
    ["entropy", score(entropy.a[at], 2, " bits")],
    ["induction", score(induction.a[at], 3)],
  ];
  if (base) lines.push(["weight on other tokens", percent(base.apart.a[at])]);
  return ablation ? [...lines, ["KL(with ‖ without it)", score(ablation[at], 3, " nats")]] : lines;
}

/**
 * A score, where there is one: a run of one token has none.
 * @param {number | null} value
 * @param {number} digits
 */
export function score(value, digits, unit = "") {
  return value !== null && Number.isFinite(value) ? decimal(value, digits) + unit : "–";
}

/** The largest byte of a map. */
const WHOLE = 255;

/**
 * A head's weights at the selected position: exact from `reads`, else from a map that is not pooled.
 * @param {number} at
 * @param {AttentionWall} data
 * @param {ViewContext<any>} ctx
 */
function weightsOf(at, { maps, cells, stride }, ctx) {
  const query = ctx.focus.position ?? 0;
  const reads = /** @type {AttentionReads | undefined} */ (ctx.payload("reads"));
  if (reads?.position === query) return part(reads.rows.a, at * (query + 1), query + 1);
  if (stride !== 1 || query >= cells) return null;
  return part(maps.a, (at * cells * (cells + 1)) / 2 + (query * (query + 1)) / 2, query + 1);
}

/** @param {ArrayLike<number>} bytes @param {number} from @param {number} count */
const part = (bytes, from, count) => Float32Array.from({ length: count }, (_, at) => bytes[from + at] / WHOLE);
