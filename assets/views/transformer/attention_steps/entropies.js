// @ts-check
/**
 * The entropy of every query's softmax, without the scale and with it; a press selects the query.
 *
 * @import { Head } from "./head.js"
 */
import { leftAxis } from "../../../kit/axis.js";
import { decimal } from "../../../kit/format.js";
import { pressing, rove } from "../../../kit/roving.js";
import { tooltip } from "../../../kit/tooltip.js";
import { line, range, scaleLinear } from "../../../vendor/d3.js";
import { nothing, svg } from "../../../vendor/lit.js";
import { scaleSigns } from "./head.js";

const HEIGHT = 250;
const MARGIN = { left: 34, right: 8, top: 34, bottom: 30 };
/** Pixels from the ends within which the selected position's number would touch theirs. */
const CLEAR = { left: 70, right: 40 };

/**
 * @param {Head} head
 * @param {number} width in pixels
 * @param {(position: number) => void} select
 */
export function entropies(head, width, select) {
  const { data, count, selected } = head;
  const top = Math.max(0.5, Math.log2(count));
  const bottom = HEIGHT - MARGIN.bottom;
  const x = scaleLinear([-0.5, count - 0.5], [MARGIN.left, width - MARGIN.right]);
  const y = scaleLinear([0, top], [bottom, MARGIN.top]);
  const last = data.first + count - 1;
  const inside = x(selected) > MARGIN.left + CLEAR.left && x(selected) < width - MARGIN.right - CLEAR.right;
  return svg`
    <svg class="fig entropies" viewBox="0 0 ${width} ${HEIGHT}" height=${HEIGHT} role="group" data-rove @keydown=${rove}
      aria-label="Entropy of each query's softmax without and with the scale; a press selects the query">
      ${key(scaleSigns(data))}
      ${leftAxis({
        scale: y,
        x: MARGIN.left,
        grid: width - MARGIN.right - MARGIN.left,
        values: range(0, top + 1e-9, top > 4 ? 2 : 1),
        format: String,
      })}
      ${data.first ? nothing : evenKeys(head, x, y)}
      ${range(count).map((at) => query(head, at, { x, y, select: () => select(data.first + at) }))}
      <text class="dim" x=${MARGIN.left} y=${HEIGHT - 8}>position ${data.first}</text>
      <text class="dim" x=${width - MARGIN.right} y=${HEIGHT - 8} text-anchor="end">${last}</text>
      ${
        inside
          ? svg`<text class="b here" x=${x(selected)} y=${HEIGHT - 8} text-anchor="middle">${data.position}</text>`
          : nothing
      }
    </svg>`;
}

/** @param {string} scaled */
const key = (scaled) => svg`
  <g class="query">
    <circle class="bare" cx=${MARGIN.left + 6} cy="9" r="3" /><text x=${MARGIN.left + 14} y="13">not scaled</text>
    <circle class="own" cx=${MARGIN.left + 86} cy="9" r="3.4" /><text x=${MARGIN.left + 94} y="13">${scaled}</text>
  </g>`;

/**
 * What the entropy would be if all keys weighed alike.
 * @param {Head} head
 * @param {(at: number) => number} x
 * @param {(bits: number) => number} y
 */
function evenKeys({ count }, x, y) {
  const keys = range(1, count + 1);
  return svg`
    <path class="even" d=${line(
      (/** @type {number} */ _, at) => x(at),
      (/** @type {number} */ seen) => y(Math.log2(seen)),
    )(keys)} />
    <text class="dim" x=${x(count - 0.5)} y=${y(Math.log2(count)) - 7}
      text-anchor="end">equal weights: log₂ of the keys seen</text>`;
}

/**
 * @param {Head} head
 * @param {number} at
 * @param {{ x: (at: number) => number, y: (bits: number) => number, select: () => void }} place
 */
function query({ data, count, selected, quoted }, at, { x, y, select }) {
  const [bare, own] = [data.entropy.a[at], data.entropy.a[count + at]];
  const tip = tooltip(quoted(at), [
    ["not scaled", `${decimal(bare)} bits`],
    [scaleSigns(data), `${decimal(own)} bits`],
  ]);
  const width = x(1) - x(0);
  return svg`
    <g class="query ${at === selected ? "selected" : ""}" role="button" tabindex=${at === selected ? 0 : -1}
      aria-label="${quoted(at)}: ${decimal(bare)} bits not scaled, ${decimal(own)} bits scaled"
      aria-pressed=${at === selected}
      @click=${select} @keydown=${pressing(select)} @pointermove=${tip.show} @pointerleave=${tip.hide}>
      <rect class="hit" x=${x(at) - width / 2} y=${MARGIN.top - 12} width=${width}
        height=${HEIGHT - MARGIN.bottom - MARGIN.top + 24} />
      <line x1=${x(at)} x2=${x(at)} y1=${y(bare)} y2=${y(own)} />
      <circle class="bare" cx=${x(at)} cy=${y(bare)} r="3" />
      <circle class="own" cx=${x(at)} cy=${y(own)} r="3.4" />
    </g>`;
}
