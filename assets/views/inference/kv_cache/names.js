// @ts-check
/**
 * What stands beside the cells: kv heads with their first and last block, and tokens.
 *
 * @import { ViewContext } from "../../../kit/view"
 * @import { Layout } from "./map"
 * @import { Standing } from "./standing"
 */
import { svgToken } from "../../../kit/text/tokens.js";
import { nothing, svg } from "../../../vendor/lit.js";

/** Pixels of a line of words. */
const LINE = 16;
/** Pixels between two tokens. */
const TOKEN = 13;

/**
 * Left of the cells, where positions run to the right.
 * @param {Standing} cache
 * @param {Layout} layout
 */
export function headNames({ heads, blocks }, { left, top, thick, apart, lines }) {
  const tall = blocks * thick;
  const [one, two, three] = [1, 2, 3].map((count) => tall >= count * LINE - 4);
  const named = one ? 1 : Math.ceil(LINE / (tall + apart * thick));
  return svg`
    <svg class="beside" width=${left} height=${top + lines * thick + LINE} aria-hidden="true">
      ${Array.from({ length: heads }, (_, head) => {
        const y = top + head * (blocks + apart) * thick;
        return head % named
          ? nothing
          : svg`
            <text class="h" x="0" y=${y + 11}>kv head ${head}</text>
            ${two ? svg`<text class="dim" x=${left - 8} y=${y + 26} text-anchor="end">block 0</text>` : nothing}
            ${
              three
                ? svg`<text class="dim" x=${left - 8} y=${y + tall} text-anchor="end">${blocks - 1}</text>`
                : nothing
            }`;
      })}
    </svg>`;
}

/**
 * Heads above the cells and tokens left of them, where positions run downward.
 * @param {Standing} cache
 * @param {Layout} layout
 * @param {ViewContext} ctx
 */
export function positionNames({ heads, blocks, here, positions }, { width, left, top, along, thick, apart }, ctx) {
  const wide = (blocks + apart) * thick;
  const named = namedPositions(positions, here, Math.ceil(TOKEN / along));
  return svg`
    <svg class="beside" width=${width} height=${top + positions * along} aria-hidden="true">
      ${Array.from({ length: heads }, (_, head) => {
        const x = left + head * wide;
        return svg`
          <text class="h" x=${x} y="11">${wide > 56 ? `kv head ${head}` : head}</text>
          ${wide > 76 ? svg`<text class="dim" x=${x} y="26">block 0 to ${blocks - 1}</text>` : nothing}`;
      })}
      ${named.map((at) =>
        svgToken(ctx.run.ids[at], {
          x: left - 6,
          y: top + (at + 0.5) * along + 4,
          anchor: "end",
          most: 8,
          className: `m ${at === here ? "now" : at > here ? "future" : ""}`,
        }),
      )}
    </svg>`;
}

/**
 * Positions whose tokens have room: every so many, and the selected one always.
 * @param {number} positions
 * @param {number} here
 * @param {number} every
 */
export function namedPositions(positions, here, every) {
  const all = Array.from({ length: positions }, (_, at) => at);
  return all.filter((at) => at === here || (at % every === 0 && Math.abs(at - here) >= every));
}
