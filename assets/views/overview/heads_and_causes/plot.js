// @ts-check
/**
 * The scatter: a head's direct share of the logit across, what its removal does to that logit upward.
 *
 * @import { HeadsAndCauses } from "../../../types/overview"
 * @import { ScaleLinear } from "../../../vendor/d3.js"
 * @import { Context } from "./causes.js"
 */

import { ramp } from "../../../kit/colour/ramp.js";
import { axisName, movedName } from "../../../kit/controls/over.js";
import { pressing, rove } from "../../../kit/controls/roving.js";
import { bottomAxis, leftAxis } from "../../../kit/drawing/axis.js";
import { signed } from "../../../kit/numbers/format.js";
import { tooltip } from "../../../kit/tooltip.js";
import { extent, scaleLinear, scaleSqrt, tickStep } from "../../../vendor/d3.js";
import { nothing, styleMap, svg } from "../../../vendor/lit.js";
import { byChange, details, isKnown, nameOf, selectedOf, shadeOf, shadeRange } from "./causes.js";
import { labelled, names } from "./labels.js";
import { choose, leave, near, point, RADIUS } from "./plot_pointer.js";
import { tails } from "./tails.js";

/** Pixels around the plot, its height for its width, a dot's radius, and how near a dot the pointer must be. */
const MARGIN = { left: 48, right: 16, top: 30, bottom: 46 };
const HEIGHT = { least: 350, most: 520, share: 0.78 };
/** What is left free at both ends of the data, and the least that an axis spans. */
const ROOM = 0.06;
const LEAST = 0.02;
const TICKS = 5;

/**
 * @typedef {object} Dot
 * @property {number} head its number
 * @property {string} name
 * @property {number} x
 * @property {number} y
 * @property {number} radius
 */

/** @typedef {ReturnType<typeof placed>} Place */

/**
 * @param {HeadsAndCauses} data
 * @param {Context} ctx
 * @param {number} width
 */
export function plot(data, ctx, width) {
  const place = placed(data, width);
  const { x, y, height, dots } = place;
  const selected = selectedOf(data, ctx);
  const told = labelled(dots, selected, width - MARGIN.right);
  const bottom = height - MARGIN.bottom;
  const across = { scale: x, y: bottom, grid: bottom - MARGIN.top, title: `direct share, ${axisName(data.measured)}` };
  const up = {
    scale: y,
    x: MARGIN.left,
    grid: width - MARGIN.left - MARGIN.right,
    title: `change of ${movedName(data.measured)} when removed`,
  };
  const axes = `direct share against the change of ${movedName(data.measured)} when removed`;
  return svg`
    <svg class="fig plot" viewBox="0 0 ${width} ${height}" height=${height} role="group"
      aria-label="Scatter of ${dots.length} heads: ${axes}; arrow keys walk the heads by KL"
      @pointermove=${(/** @type {PointerEvent} */ event) => point(event, data, ctx, dots)}
      @pointerleave=${() => leave(ctx)}
      @click=${(/** @type {MouseEvent} */ event) => choose(near(event, dots), data, ctx)}>
      ${bottomAxis({ ...across, count: TICKS, format: tickName(x) })}
      ${leftAxis({ ...up, count: TICKS, format: tickName(y) })}
      ${diagonal(place)}
      ${data.base ? tails(data.base, { ...place, told, right: width - MARGIN.right, left: MARGIN.left }) : nothing}
      <g data-rove @keydown=${rove}>
        ${dots.map((dot, at) => mark(dot, data, ctx, dot.head === selected || (!isKnown(data, selected) && at === 0)))}
      </g>
      ${again(dots, selected, ctx)}
      ${names(told, selected)}
    </svg>`;
}

/**
 * Where everything lies: the largest dots first, so that small ones stay on top.
 * @param {HeadsAndCauses} data
 * @param {number} width
 */
function placed(data, width) {
  const height = Math.round(Math.min(HEIGHT.most, Math.max(HEIGHT.least, width * HEIGHT.share)));
  const before = data.base?.moved.map((head) => data.base?.direct.a[head] ?? 0) ?? [];
  const x = scaleLinear(domain([...data.direct.a, ...before]), [MARGIN.left, width - MARGIN.right]);
  const effects = [...data.effect.a, ...(data.base?.effect.a ?? [])].filter(Number.isFinite);
  const y = scaleLinear(domain(effects), [height - MARGIN.bottom, MARGIN.top]);
  const order = byChange(data);
  const radius = scaleSqrt([0, Math.max(data.kl.a[order[0]] ?? 0, 1e-9)], [RADIUS.least, RADIUS.most]);
  const dots = order.map((head) => ({
    head,
    name: nameOf(data, head),
    x: x(data.direct.a[head]),
    y: y(data.effect.a[head]),
    radius: radius(data.kl.a[head]),
  }));
  return { height, x, y, dots };
}

/**
 * The range of some values and nought, with room at both ends.
 * @param {number[]} values
 * @returns {[number, number]}
 */
function domain(values) {
  const [low, high] = /** @type {[number, number]} */ (extent([0, ...values]));
  const room = ROOM * Math.max(high - low, LEAST);
  return [low - room, high + room];
}

/**
 * How the ticks of a scale are called: with their sign, and as many digits as tell them apart.
 * @param {ScaleLinear<number, number>} scale
 */
function tickName(scale) {
  const [low, high] = scale.domain();
  const step = tickStep(low, high, TICKS);
  const digits = step >= 1 ? 0 : step >= 0.1 ? 1 : 2;
  return (/** @type {number} */ value) => (Math.abs(value) < step / 1000 ? "0" : signed(value, digits));
}

/**
 * Removing a head that worked only directly would take exactly its share.
 * @param {Place} place
 */
function diagonal({ x, y }) {
  const [[left, right], [low, high]] = [x.domain(), y.domain()];
  const [from, to] = [Math.max(left, -high), Math.min(right, -low)];
  if (to <= from) return nothing;
  return svg`<line class="diagonal" x1=${x(from)} y1=${y(-from)} x2=${x(to)} y2=${y(-to)} stroke-dasharray="3 4" />`;
}

/**
 * @param {Dot} dot
 * @param {HeadsAndCauses} data
 * @param {Context} ctx
 * @param {boolean} reached by Tab
 */
function mark(dot, data, ctx, reached) {
  const { key } = shadeOf(ctx);
  const lines = details(data, ctx, dot.head);
  const tips = tooltip(dot.name, lines);
  const press = () => choose(dot, data, ctx);
  const colour = key === "none" ? {} : { fill: shaded(data, key, dot.head) };
  return svg`
    <circle class="dot ${key === "none" ? "" : "shaded"} ${dot.head === ctx.kept.pointed ? "pointed" : ""}"
      style=${styleMap(colour)} data-head=${dot.name} cx=${dot.x} cy=${dot.y} r=${dot.radius} role="button"
      tabindex=${reached ? 0 : -1}
      aria-label="${dot.name}: ${lines.map((line) => line.slice(0, 2).join(" ")).join(", ")}"
      @focus=${tips.beside} @blur=${tips.hide} @keydown=${pressing(press)} />`;
}

/**
 * @param {HeadsAndCauses} data
 * @param {import("./causes.js").Kind} kind
 * @param {number} head
 */
function shaded(data, kind, head) {
  const value = data.scores[kind].a[head];
  const share = scaleLinear(shadeRange(data, kind), [0.06, 0.94])(Number.isFinite(value) ? value : 0);
  return `rgb(${ramp("ink", "sunken")(share)})`;
}

/**
 * The selected head once more, on top of the others.
 * @param {Dot[]} dots
 * @param {number} selected
 * @param {Context} ctx
 */
function again(dots, selected, ctx) {
  const dot = dots.find(({ head }) => head === selected);
  if (!dot) return nothing;
  const pointed = dot.head === ctx.kept.pointed ? "pointed" : "";
  return svg`<circle class="dot selected ${pointed}" cx=${dot.x} cy=${dot.y} r=${dot.radius} />`;
}
