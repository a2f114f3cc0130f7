// @ts-check
/**
 * Shares of each block's experts as cells with their numbers.
 *
 * @import { Floats } from "../../../types/shared"
 */

import { row } from "../../../kit/cells/tensor.js";
import { percent } from "../../../kit/numbers/format.js";
import { max, range } from "../../../vendor/d3.js";
import { svg } from "../../../vendor/lit.js";

const NAMES = 58;
const HEAD = 20;
const ROW = 24;

/** @param {Floats} load layer, expert @param {number} width */
export function loads(load, width) {
  const [layers, experts] = load.shape;
  const each = Math.min(72, (width - NAMES) / experts);
  const most = max(load.a) || 1;
  return svg`
    <svg class="fig loads" width=${width} height=${HEAD + layers * ROW} viewBox="0 0 ${width} ${HEAD + layers * ROW}"
      role="img"
      aria-label=${`Each expert’s share of the held-out tokens’ choices; even: ${percent(1 / experts)}. ${said(load)}`}>
      ${range(experts).map(
        (e) => svg`<text class="dim" x=${NAMES + (e + 0.5) * each} y="13" text-anchor="middle">e${e}</text>`,
      )}
      ${range(layers).map((layer) => {
        const y = HEAD + layer * ROW;
        return svg`
          <text class="dim" x="0" y=${y + 15}>Block ${layer}</text>
          ${Array.from(row(load, layer), (share, e) => {
            const x = NAMES + e * each;
            return svg`
              <rect class="ground" x=${x + 1} y=${y + 1} width=${each - 2} height=${ROW - 2} rx="3" />
              <rect class="share" x=${x + 1} y=${y + ROW - 5} width=${((each - 2) * share) / most} height="4" rx="1" />
              <text x=${x + each / 2} y=${y + 14} text-anchor="middle">${percent(share)}</text>`;
          })}`;
      })}
    </svg>`;
}

/** @param {Floats} load */
const said = (load) =>
  range(load.shape[0])
    .map((layer) => `Block ${layer}: ${Array.from(row(load, layer), percent).join(", ")}`)
    .join(". ");
