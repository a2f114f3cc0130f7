// @ts-check
/**
 * Where heads stood in the other run: by direct share and removal, or flat where only the share is known.
 *
 * @import { HeadsBefore } from "../../../types/overview"
 * @import { ScaleLinear } from "../../../vendor/d3.js"
 * @import { Dot } from "./plot.js"
 * @import { Name } from "./labels.js"
 */
import { nothing, svg } from "../../../vendor/lit.js";
import { effectBefore } from "./causes.js";

/** Pixels: a shorter tail is not drawn, a longer one is named where its head has no name of its own. */
const SEEN = 2;
const FAR = 30;
const CHARACTER = 7;
const GAP = 6;

/**
 * @param {HeadsBefore} base
 * @param {{ x: ScaleLinear<number, number>, y: ScaleLinear<number, number>, dots: Dot[], told: Name[], left: number,
 *   right: number }} place
 */
export function tails(base, { x, y, dots, told, left, right }) {
  const named = new Set(told.map(({ dot }) => dot.head));
  const shown = dots.filter(({ head }) => named.has(head) || base.moved.includes(head));
  return shown.map((dot) => {
    const effect = effectBefore(base, dot.head);
    const from = { x: x(base.direct.a[dot.head]), y: Number.isFinite(effect) ? y(effect) : dot.y };
    const length = Math.hypot(from.x - dot.x, from.y - dot.y);
    if (from.x < left - 1 || from.x > right + 1 || length < SEEN) return nothing;
    return svg`
      <g class="tail" data-tail=${dot.name} data-before=${base.direct.a[dot.head]} data-effect=${effect}>
        <line x1=${from.x} x2=${dot.x} y1=${from.y} y2=${dot.y} stroke-dasharray="3 2" />
        <line x1=${from.x} x2=${from.x} y1=${from.y - 4} y2=${from.y + 4} />
        ${!named.has(dot.head) && length > FAR ? name(dot, from, left, right) : nothing}
      </g>`;
  });
}

/**
 * A head that went far is named where it stood.
 * @param {Dot} dot
 * @param {{ x: number, y: number }} from
 * @param {number} left
 * @param {number} right
 */
function name(dot, from, left, right) {
  const out = from.x > dot.x ? 1 : -1;
  const width = CHARACTER * dot.name.length;
  const fits = out > 0 ? from.x + GAP + width < right : from.x - GAP - width > left;
  const anchor = fits === out > 0 ? "start" : "end";
  return svg`
    <text paint-order="stroke" class="name" x=${fits ? from.x + GAP * out : from.x} y=${from.y + (fits ? 4 : -8)}
      text-anchor=${anchor}>
      ${dot.name}
    </text>`;
}
