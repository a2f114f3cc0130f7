// @ts-check
/**
 * Under the columns of the cache: their tokens, and the bytes that are held after each.
 *
 * @import { CacheBlocks } from "../../../types/inference"
 * @import { ViewContext } from "../../../kit/view"
 * @import { Line } from "../../../kit/tooltip"
 * @import { Layout } from "./map"
 * @import { Standing } from "./standing"
 */
import { whole } from "../../../kit/numbers/format.js";
import { svgToken } from "../../../kit/text/tokens.js";
import { tooltip } from "../../../kit/tooltip.js";
import { scaleLinear } from "../../../vendor/d3.js";
import { svg } from "../../../vendor/lit.js";
import { holders } from "./held.js";
import { namedPositions } from "./names.js";

const NAMES = 62;
const BARS = 46;
/** Pixels between two tokens. */
const TOKEN = 12;

/**
 * @param {CacheBlocks} data
 * @param {Standing} cache
 * @param {Layout} layout
 * @param {ViewContext} ctx
 */
export function grown(data, cache, layout, ctx) {
  const { here, positions, written } = cache;
  const { left, width, along } = layout;
  const y = scaleLinear([0, data.bytes[data.bytes.length - 1]], [NAMES + BARS, NAMES]);
  const named = new Set(namedPositions(positions, here, Math.ceil(TOKEN / along)));
  const base = NAMES + BARS;
  return svg`
    <svg class="fig grown" width=${width} height=${base + 4} viewBox="0 0 ${width} ${base + 4}" aria-hidden="true">
      ${Array.from({ length: positions }, (_, at) => {
        const x = left + at * along;
        const bar = Math.max(1, along - 1);
        const tip = tooltip(`After position ${at}`, told(data, cache, at));
        return svg`
          <g class="column ${at === here ? "now" : at >= written ? "future" : ""}"
            @click=${() => ctx.select({ position: at })} @pointermove=${tip.show} @pointerleave=${tip.hide}>
            <rect class="hit" x=${x} y="0" width=${along} height=${base} />
            ${named.has(at) ? turnedToken(ctx.run.ids[at], x + along / 2, isGone(data, cache, at)) : ""}
            <rect class="full" x=${x} y=${y(at < written ? data.formula[at] : 0) - 1} width=${bar}
                  height=${base + 1 - y(at < written ? data.formula[at] : 0)} />
            ${
              at < written
                ? svg`<rect class="held" x=${x} y=${y(cache.bytesAfter(at))} width=${bar}
                  height=${base - y(cache.bytesAfter(at))} />`
                : ""
            }
          </g>`;
      })}
      <text class="ink b" x=${left - 8} y=${base - 14} text-anchor="end">bytes held</text>
      <text class="dim" x=${left - 8} y=${base} text-anchor="end">pale: full</text>
    </svg>`;
}

/**
 * @param {number} id
 * @param {number} x
 * @param {boolean} gone
 */
const turnedToken = (id, x, gone) => svg`
  <g transform="translate(${x - 4} 3) rotate(90)">
    ${svgToken(id, { x: 0, y: 0, most: 8, className: `m ${gone ? "gone" : ""}` })}
  </g>`;

/**
 * @param {CacheBlocks} data
 * @param {Standing} cache
 * @param {number} at
 */
const isGone = (data, { written, holds }, at) => at < written && holders(data, holds, at) === 0;

/**
 * @param {CacheBlocks} data
 * @param {Standing} cache
 * @param {number} at
 * @returns {Line[]}
 */
function told(data, { bytesAfter, written }, at) {
  if (at >= written) return [["state", "not written yet"]];
  return [
    ["held", `${whole(bytesAfter(at))} bytes`],
    ["full, by formula", `${whole(data.formula[at])} bytes`],
  ];
}
