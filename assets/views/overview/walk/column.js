// @ts-check
/**
 * A block in the river: the column or row that is pointed at, with its two bars.
 *
 * @import { WalkRiver } from "../../../types/overview"
 * @import { Context, Standing } from "./blocks.js"
 */

import { pressing } from "../../../kit/controls/roving.js";
import { percent, signed } from "../../../kit/numbers/format.js";
import { writersOf } from "../../../kit/runs/writers.js";
import { tokenText } from "../../../kit/text/tokens.js";
import { spoken } from "../../../kit/tooltip.js";
import { nothing, svg } from "../../../vendor/lit.js";
import { blockAt, openBlock } from "./blocks.js";

/** A difference of fewer pixels from the unchanged run is not drawn. */
const SEEN = 0.75;

/**
 * @param {WalkRiver} data
 * @param {Context} ctx
 * @param {{ block: number, walk: Standing, hit: { x: number, y: number, width: number, height: number },
 *   marks: unknown, written: (string | false)[] }} what `written` on the marks, in their order
 */
export function column(data, ctx, { block, walk, hit, marks, written }) {
  const point = () => ctx.keep({ hovered: block });
  const leave = () => ctx.keep({ hovered: null });
  const open = () => openBlock(ctx, block);
  const selected = block === walk.selected;
  return svg`
    <g class="block ${selected ? "selected" : ""} ${block === walk.marked ? "marked" : ""}" role="button"
      data-block=${block} tabindex=${selected ? 0 : -1} aria-label=${called(data, ctx, block, written)}
      @pointerenter=${point} @pointerleave=${leave} @focus=${point} @blur=${leave} @click=${open}
      @keydown=${pressing(open)}>
      <rect class="band" x=${hit.x} y=${hit.y} width=${hit.width} height=${hit.height} rx="3" />
      ${marks}
    </g>`;
}

/**
 * @param {WalkRiver} data
 * @param {Context} ctx
 * @param {number} block
 * @param {(string | false)[]} written
 */
function called(data, ctx, block, written) {
  const { attention, mlp, lens } = blockAt(data, block);
  const { first, second } = writersOf(ctx);
  return spoken({
    written: [`Block ${block}`, ...written],
    lines: [
      [first, `${signed(attention)}${second === null ? " logits" : ""}`],
      ...(second === null ? [] : /** @type {[string, string][]} */ ([[second, `${signed(mlp)} logits`]])),
      ["lens reads", `${tokenText(lens.id)} at ${percent(lens.p)}`],
    ],
  });
}

/**
 * A bar from nought: filled this run, hollow the unchanged one.
 * @param {object} options
 * @param {(value: number) => number} options.scale
 * @param {boolean} options.upright
 * @param {number} options.across where it lies on the other axis
 * @param {number} options.thick
 * @param {number} options.value
 * @param {number | undefined} options.before
 * @param {boolean} [options.told] its number stands at its end
 * @param {"start" | "middle" | "end"} [options.anchor] of the number, where bars stand
 */
export function bar({ scale, upright, across, thick, value, before, told = false, anchor = "middle" }) {
  const rect = (/** @type {number} */ end) => {
    const [from, to] = [scale(0), scale(end)];
    const [start, length] = [Math.min(from, to), Math.max(0.8, Math.abs(to - from))];
    return upright
      ? { x: across, y: start, width: thick, height: length }
      : { x: start, y: across, width: length, height: thick };
  };
  const now = rect(value);
  const was = before !== undefined && Math.abs(scale(before) - scale(value)) > SEEN ? rect(before) : null;
  return svg`
    <rect class=${side(value)} x=${now.x} y=${now.y} width=${now.width} height=${now.height} rx="1" />
    ${
      was
        ? svg`<rect class="other-run" x=${was.x} y=${was.y} width=${was.width} height=${was.height}
          stroke-dasharray="2 1.5" />`
        : nothing
    }
    ${told ? number(now, value, upright && anchor) : nothing}`;
}

/**
 * @param {{ x: number, y: number, width: number, height: number }} rect
 * @param {number} value
 * @param {"start" | "middle" | "end" | false} upright
 */
function number(rect, value, upright) {
  const [x, y] = upright
    ? [
        rect.x + rect.width * { start: 0, middle: 0.5, end: 1 }[upright],
        value < 0 ? rect.y + rect.height + 12 : rect.y - 5,
      ]
    : [value < 0 ? rect.x - 4 : rect.x + rect.width + 4, rect.y + rect.height / 2 + 4];
  const anchor = upright || (value < 0 ? "end" : "start");
  return svg`<text paint-order="stroke" class="value ${side(value)}" x=${x} y=${y}
    text-anchor=${anchor}>${signed(value)}</text>`;
}

/** @param {number} value */
export const side = (value) => (value < 0 ? "negative" : "positive");

/**
 * The attentions (or mixers) and MLPs that the sentence names: their numbers stand at their bars.
 * @param {WalkRiver} data
 */
export function named({ why }) {
  const parts = [...why.named, ...(why.against ? [why.against] : [])];
  const keys = new Set(parts.map(({ kind, layer }) => `${kind === "mixer" ? "attention" : kind} ${layer}`));
  return (/** @type {string} */ kind, /** @type {number} */ block) => keys.has(`${kind} ${block}`);
}
