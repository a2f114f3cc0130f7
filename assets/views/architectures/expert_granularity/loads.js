// @ts-check
/**
 * Shares of each block's routed experts as bars beside the even share.
 *
 * @import { Floats } from "../../../types/shared"
 */

import { row } from "../../../kit/cells/tensor.js";
import { percent } from "../../../kit/numbers/format.js";
import { max, range } from "../../../vendor/d3.js";
import { svg } from "../../../vendor/lit.js";

const NAMES = 58;
const ROW = 64;
const TALL = 46;
/** Times the even share that the tallest bar has at least. */
const LEAST = 2;

/** @param {Floats} load layer, expert @param {number} width */
export function loads(load, width) {
  const [layers, experts] = load.shape;
  const even = 1 / experts;
  const each = (width - NAMES) / experts;
  const tall = (/** @type {number} */ share) => (TALL * share) / Math.max(LEAST * even, max(load.a) ?? 0);
  const room = each > 4 ? 2 : 1;
  return svg`
    <svg class="fig loads" width=${width} height=${layers * ROW} viewBox="0 0 ${width} ${layers * ROW}" role="img"
      aria-label=${`Each expert’s share of the held-out bytes’ choices; even: ${percent(even, 1)}. ${said(load)}`}>
      ${range(layers).map((layer) => {
        const ground = layer * ROW + TALL + 4;
        return svg`
          <text class="dim" x="0" y=${ground - 4}>Block ${layer}</text>
          ${Array.from(
            row(load, layer),
            (share, e) => svg`
              <rect class="share" x=${NAMES + e * each} y=${ground - tall(share)} width=${each - room}
                height=${tall(share)}>
                <title>e${e}: ${percent(share, 1)}</title>
              </rect>`,
          )}
          <line class="even" x1=${NAMES} x2=${width} y1=${ground - tall(even)} y2=${ground - tall(even)} />
          <text class="dim" x=${width} y=${ground + 12}
            text-anchor="end">${spread(row(load, layer))}; line: even share, ${percent(even, 1)}</text>`;
      })}
    </svg>`;
}

/** @param {ArrayLike<number>} shares */
const spread = (shares) =>
  `${percent(Math.min(...Array.from(shares)), 1)} to ${percent(Math.max(...Array.from(shares)), 1)}`;

/** @param {Floats} load */
const said = (load) =>
  range(load.shape[0])
    .map((layer) => `Block ${layer}: ${spread(row(load, layer))}`)
    .join(". ");
