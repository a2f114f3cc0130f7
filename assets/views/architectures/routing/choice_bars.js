// @ts-check
/**
 * The bars of a row: its score, its shares, and the unchanged run's around them.
 *
 * @import { RoutingDecision } from "../../../types/architectures"
 *
 * @typedef {object} Layout
 * @property {boolean} slim
 * @property {number} width
 * @property {number} column its width
 * @property {(step: number) => number} left of a step's column
 * @property {(logit: number) => number} score
 * @property {(share: number) => number} length one scale for all shares
 * @property {number} row its height
 * @property {number} bottom
 */

import { contrast, rgb, rgbs } from "../../../kit/colour/theme.js";
import { decimal } from "../../../kit/numbers/format.js";
import { nothing, svg } from "../../../vendor/lit.js";

export const [SCORE, SHARE, CUT, WEIGHT] = [0, 1, 2, 3];
const BAR = 14;
/** Pixels of a share's number. */
const NUMBER = 34;
/** Bars that differ from the unchanged run's by fewer pixels are drawn as the same. */
const SAME = 2;

/**
 * Where a row's bars begin.
 * @param {Layout} layout
 * @param {number} y
 */
const barTop = ({ row }, y) => y + (row - 2 - BAR) / 2;

/**
 * @param {Layout} layout
 * @param {number} y
 */
export const baseline = (layout, y) => barTop(layout, y) + 11;

/**
 * @param {RoutingDecision} data
 * @param {Layout} layout
 * @param {{ expert: number, y: number }} place
 */
export function scoreBar(data, layout, { expert, y }) {
  const logit = data.logits.a[expert];
  const shut = Boolean(data.shut.a[expert]);
  const [from, to] = [layout.score(0), layout.score(logit)];
  const number = svg`<text class="num" x=${layout.left(SCORE) + layout.column} y=${baseline(layout, y)}
    text-anchor="end">
    ${shut ? "−∞" : decimal(logit)}</text>`;
  return svg`
    <rect class=${shut ? "cut" : "value"} x=${Math.min(from, to)} y=${barTop(layout, y)}
      width=${Math.max(0.8, Math.abs(to - from))} height=${BAR} rx="1" />
    ${layout.slim ? nothing : number}`;
}

/**
 * @param {Layout} layout
 * @param {{ step: number, y: number, value: number, kind: "value" | "kept" | "rest" }} bar
 */
export function shareBar(layout, { step, y, value, kind }) {
  const [x, length] = [layout.left(step), layout.length(value)];
  const inside = length > layout.column - NUMBER;
  const fill = { value: "river-deep", kept: "ink", rest: "river" }[kind];
  const bar = svg`<rect class=${kind} x=${x} y=${barTop(layout, y)} width=${Math.max(0.8, length)} height=${BAR}
    rx="1" />`;
  return svg`
    ${value > 0 ? bar : nothing}
    <text class="num" x=${x + (inside ? length - 5 : length + 5)} y=${baseline(layout, y)}
      text-anchor=${inside ? "end" : "start"}
      style=${inside ? `fill:${readOn(fill)}` : nothing}>${value > 0 ? decimal(value, 3) : "0"}</text>`;
}

/** An ink that can be read on a bar. @param {string} fill */
function readOn(fill) {
  const [ground, ink, surface] = [fill, "ink", "surface"].map(rgb);
  return rgbs(contrast(ground, surface) > contrast(ground, ink) ? surface : ink);
}

/**
 * A share that is not kept.
 * @param {Layout} layout
 * @param {{ y: number, value: number }} bar
 */
export function cutBar(layout, { y, value }) {
  if (!(value > 0)) return nothing;
  const width = Math.max(0.8, layout.length(value) - 1);
  return svg`<rect class="cut" x=${layout.left(CUT) + 0.5} y=${barTop(layout, y) + 0.5} width=${width} height=${BAR - 1}
    rx="1" />`;
}

/**
 * Around the bars: the other run's.
 * @param {RoutingDecision} data
 * @param {RoutingDecision | null} base
 * @param {Layout} layout
 * @param {{ expert: number, y: number }} place
 */
export function outlines({ logits, probs, weights }, base, layout, { expert, y }) {
  if (!base) return nothing;
  const outline = (/** @type {number} */ from, /** @type {number} */ to) => svg`
    <rect class="outline" x=${Math.min(from, to) - 1} y=${barTop(layout, y) - 2}
      width=${Math.max(2, Math.abs(to - from) + 2)} height=${BAR + 4} rx="2" />`;
  const score = Math.abs(layout.score(base.logits.a[expert]) - layout.score(logits.a[expert])) > SAME;
  const differs = (/** @type {number} */ one, /** @type {number} */ other) =>
    Math.abs(layout.length(one - other)) > SAME;
  const share = (/** @type {number} */ step, /** @type {number} */ value) =>
    outline(layout.left(step), layout.left(step) + layout.length(value));
  const weight = base.weights.a[expert];
  return svg`
    ${score ? outline(layout.score(0), layout.score(base.logits.a[expert])) : nothing}
    ${differs(base.probs.a[expert], probs.a[expert]) ? share(SHARE, base.probs.a[expert]) : nothing}
    ${weight > 0 && differs(weight, weights.a[expert]) ? share(WEIGHT, weight) : nothing}`;
}
