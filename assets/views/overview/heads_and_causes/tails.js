// @ts-check
/**
 * Where heads stood without the interventions. Only the direct share has a place in both runs: a tail lies flat.
 *
 * @import { HeadsBefore } from "../../../types"
 * @import { ScaleLinear } from "../../../vendor/d3.js"
 * @import { Dot } from "./plot.js"
 * @import { Name } from "./labels.js"
 */
import { nothing, svg } from "../../../vendor/lit.js";

/** Pixels: a shorter tail is not drawn, a longer one is named where its head has no name of its own. */
const SEEN = 2;
const FAR = 30;
const CHARACTER = 7;
const GAP = 6;

/**
 * @param {HeadsBefore} base
 * @param {{ x: ScaleLinear<number, number>, dots: Dot[], told: Name[], left: number, right: number }} place
 */
export function tails({ direct, moved }, { x, dots, told, left, right }) {
  const named = new Set(told.map(({ dot }) => dot.head));
  const shown = dots.filter(({ head }) => named.has(head) || moved.includes(head));
  return shown.map((dot) => {
    const from = x(direct.a[dot.head]);
    const length = Math.abs(from - dot.x);
    if (from < left - 1 || from > right + 1 || length < SEEN) return nothing;
    return svg`
      <g class="tail" data-tail=${dot.name} data-before=${direct.a[dot.head]}>
        <line x1=${from} x2=${dot.x} y1=${dot.y} y2=${dot.y} stroke-dasharray="3 2" />
        <line x1=${from} x2=${from} y1=${dot.y - 4} y2=${dot.y + 4} />
        ${!named.has(dot.head) && length > FAR ? name(dot, from, left, right) : nothing}
      </g>`;
  });
}

/**
 * A head that went far is named where it stood.
 * @param {Dot} dot
 * @param {number} from
 * @param {number} left
 * @param {number} right
 */
function name(dot, from, left, right) {
  const out = from > dot.x ? 1 : -1;
  const width = CHARACTER * dot.name.length;
  const fits = out > 0 ? from + GAP + width < right : from - GAP - width > left;
  const anchor = fits === out > 0 ? "start" : "end";
  return svg`
    <text paint-order="stroke" class="name" x=${fits ? from + GAP * out : from} y=${fits ? dot.y + 4 : dot.y - 8} text-anchor=${anchor}>
      ${dot.name}
    </text>`;
}
