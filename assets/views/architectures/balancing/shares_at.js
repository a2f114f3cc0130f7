// @ts-check
/**
 * At one step: how many of the pairs each expert gets, f, the probability that the router gives it, P, and their
 * product.
 *
 * @import { BalancingTraining, TrainingBands } from "../../../types/architectures"
 * @import { Scene } from "./bands.js"
 *
 * @typedef {{ f: number, P: number, share: number, product: number }} Shares of an expert
 * @typedef {ReturnType<typeof geometry>} Geometry
 */

import { pressing, rove } from "../../../kit/controls/roving.js";
import { decimal } from "../../../kit/numbers/format.js";
import { max, range, scaleLinear, sum } from "../../../vendor/d3.js";
import { nothing, svg } from "../../../vendor/lit.js";
import { share as written } from "./sides.js";

const NAMES = 30;
const TOP = 24;
const FOOT = 28;
const BAR = 10;
/** Below this width numbers stand closer, and rows are as tall as a finger needs. */
const SLIM = 340;
const MANY = 16;
/** The scale reaches at least so many even shares. */
const REACH = 1.6;

/**
 * @param {TrainingBands} run
 * @param {string} title
 * @param {Scene} scene
 */
export function sharesAt(run, title, scene) {
  const { data, width, step } = scene;
  const shares = sharesOf(run, data, step);
  const place = geometry(scene);
  return svg`
    <svg class="fig shares-at" viewBox="0 0 ${width} ${place.height}" width=${width} height=${place.height} role="group"
      aria-label="${title}: f and P at step ${step + 1}" data-rove @keydown=${rove}>
      ${["f", "P", "n f P"].map(
        (name, at) =>
          svg`<text aria-hidden="true" class="dim" x=${place.ends[at]} y="12" text-anchor="end">${name}</text>`,
      )}
      <text aria-hidden="true" class="dim" x=${NAMES}
        y="12">${width < 420 ? "bar f/k, dot P" : "bar: share of the choices, f/k; dot: P"}</text>
      ${shares.map((each, expert) => row(each, expert, scene, place))}
      <line class="zero" x1=${NAMES} x2=${NAMES} y1=${TOP - 3} y2=${place.bottom} />
      <line class="even over" x1=${place.x(1 / data.experts)} x2=${place.x(1 / data.experts)} y1=${TOP - 3}
        y2=${place.bottom} />
      <line class="zero" x1="0" x2=${width} y1=${place.bottom + 3.5} y2=${place.bottom + 3.5} />
      <text aria-hidden="true" class="ink b" x="2"
        y=${place.bottom + 20}>${width < SLIM ? "Sum" : `Sum at step ${step + 1}`}</text>
      ${numbers(
        [sum(shares, ({ f }) => f), sum(shares, ({ P }) => P), run.balance.a[step]],
        place,
        place.bottom + 20,
        "ink b",
      )}
    </svg>`;
}

/**
 * What the bars of all trainings reach at a step: one scale for what stands side by side.
 * @param {TrainingBands[]} runs
 * @param {BalancingTraining} data
 * @param {number} step
 */
export function sharesReach(runs, data, step) {
  const all = runs.flatMap((run) => sharesOf(run, data, step)).map(({ share, P }) => Math.max(share, P));
  return Math.max(max(all) ?? 0, REACH / data.experts);
}

/**
 * @param {TrainingBands} run
 * @param {BalancingTraining} data
 * @param {number} step
 * @returns {Shares[]}
 */
function sharesOf(run, data, step) {
  const at = (/** @type {number} */ expert) => step * data.experts + expert;
  const pairs = sum(range(data.experts), (expert) => run.f.a[at(expert)]) || 1;
  return range(data.experts).map((expert) => {
    const [f, P] = [run.f.a[at(expert)], run.P.a[at(expert)]];
    return { f, P, share: f / pairs, product: data.experts * f * P };
  });
}

/** @param {Scene} scene */
function geometry({ data, width, most }) {
  const count = data.experts;
  const slim = width < SLIM;
  const columns = slim ? [46, 46, 50] : [58, 58, 58];
  const row = count > MANY ? 17 : slim && count <= 8 ? 32 : 20;
  const bottom = TOP + count * row;
  return {
    width,
    row,
    bottom,
    height: bottom + FOOT,
    x: scaleLinear([0, most], [NAMES, width - sum(columns) - 12]),
    ends: [width - columns[1] - columns[2], width - columns[2], width],
  };
}

/** @param {Shares} shares @param {number} expert @param {Scene} scene @param {Geometry} place */
function row({ f, P, share, product }, expert, scene, place) {
  const selected = expert === scene.expert;
  const y = TOP + expert * place.row;
  const middle = y + place.row / 2;
  const press = () => scene.choose(expert);
  const className = selected ? "ink b" : "";
  return svg`
    <g class="expert ${selected ? "selected" : ""}" data-expert=${expert} role="button" tabindex=${selected ? 0 : -1}
      aria-pressed=${selected}
      aria-label="e${expert} ${[f, P, product]
        .map((value) => decimal(value, 3))
        .join(" ")}: expert ${expert}, ${written(share)} of the choices, then f, P and n f P"
      @click=${press} @keydown=${pressing(press)}>
      <rect class="hit" x="0" y=${y} width=${place.width} height=${place.row} />
      <text aria-hidden="true" class=${className} x="2" y=${middle + 4}>e${expert}</text>
      ${
        share > 0
          ? svg`<rect class="share" x=${NAMES} y=${middle - BAR / 2} width=${Math.max(0.8, place.x(share) - NAMES)}
            height=${BAR} rx="1" />`
          : nothing
      }
      <circle class="probability" cx=${place.x(P)} cy=${middle} r="3.5" />
      ${numbers([f, P, product], place, middle + 4, className)}
    </g>`;
}

/** @param {number[]} values @param {Geometry} place @param {number} y @param {string} className */
const numbers = (values, { ends }, y, className) =>
  values.map(
    (value, at) =>
      svg`<text aria-hidden="true" class="num ${className}" x=${ends[at]} y=${y}
        text-anchor="end">${decimal(value, 3)}</text> `,
  );
