// @ts-check
/**
 * All that a model stores as one bar, part by part; what a token does not use is hollow.
 *
 * @import { MoeRow } from "../../../types/architectures"
 *
 * @typedef {{ name: string, count: number, kind: "rest" | "used" | "idle" }} Part
 */

import { rove } from "../../../kit/controls/roving.js";
import { textWidth } from "../../../kit/drawing/measure.js";
import { percent, whole } from "../../../kit/numbers/format.js";
import { tooltip } from "../../../kit/tooltip.js";
import { cumsum, scaleLinear } from "../../../vendor/d3.js";
import { nothing, svg } from "../../../vendor/lit.js";

/** What every token passes, in the order that it is drawn. */
const PASSED = [
  ["embedding", "embedding and unembedding"],
  ["attention", "attention"],
  ["router", "routers"],
  ["norms", "norms"],
  ["dense", "dense feed-forward"],
  ["shared", "shared experts"],
];
const BAR = 26;
const HEIGHT = 48;

/**
 * @param {MoeRow} row
 * @param {number} width
 */
export function parts(row, width) {
  const shown = partsOf(row);
  const ends = cumsum(shown, ({ count }) => count);
  const x = scaleLinear([0, row.total], [0, width]);
  const places = shown.map((part, at) => ({ part, from: x(ends[at] - part.count), to: x(ends[at]) }));
  return svg`
    <svg class="fig parts" preserveAspectRatio="xMinYMin" viewBox="0 0 ${width} ${HEIGHT}" height=${HEIGHT} role="group"
         aria-label="${row.name} by part" data-rove @keydown=${rove}>
      ${places.map(({ part, from, to }, at) =>
        partOfBar(part, { from, to, first: at === 0, share: part.count / row.total }),
      )}
    </svg>`;
}

/**
 * @param {MoeRow} row
 * @returns {Part[]}
 */
function partsOf({ parts, k, n_experts }) {
  const [all, used] = parts.experts ?? [0, 0];
  const passed = PASSED.map(([key, name]) => ({ name, count: parts[key]?.[0] ?? 0, kind: "rest" }));
  const experts = [
    { name: `${k} of ${n_experts} experts`, count: used, kind: "used" },
    { name: "experts that a token does not use", count: all - used, kind: "idle" },
  ];
  return /** @type {Part[]} */ ([...passed, ...experts].filter(({ count }) => count > 0));
}

/**
 * @param {Part} part
 * @param {{ from: number, to: number, first: boolean, share: number }} place
 */
function partOfBar({ name, count, kind }, { from, to, first, share }) {
  const tip = tooltip(name, [
    ["parameters", whole(count)],
    ["share of all", percent(share)],
  ]);
  const fits = to - from > textWidth(name) + 4;
  return svg`
    <g class="part ${kind}" role="img" tabindex=${first ? 0 : -1}
      aria-label="${name}: ${whole(count)} parameters, ${percent(share)} of all"
      @pointermove=${tip.show} @pointerleave=${tip.hide} @focus=${tip.beside} @blur=${tip.hide}>
      <rect x=${from + 0.5} y="1" width=${Math.max(0.6, to - from - 1)} height=${BAR} rx="1" />
      ${fits ? svg`<text x=${from + 2} y=${BAR + 16}>${name}</text>` : nothing}
    </g>`;
}
