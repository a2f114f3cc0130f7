// @ts-check
/**
 * Bytes of a cache against the loss that it adds, a point a policy with its interval; arrow keys walk the points.
 *
 * @import { PolicyPerplexity } from "../../../types/inference"
 *
 * @typedef {PolicyPerplexity & { cx: number, cy: number }} Placed
 * @typedef {{ against: "full" | "half", chosen: string, choose: (name: string) => void, width: number }} Options
 */

import { pressing, rove } from "../../../kit/controls/roving.js";
import { bottomAxis, leftAxis } from "../../../kit/drawing/axis.js";
import { placeLabels } from "../../../kit/drawing/labels.js";
import { logAxis } from "../../../kit/drawing/log_axis.js";
import { textWidth } from "../../../kit/drawing/measure.js";
import { decimal, signed } from "../../../kit/numbers/format.js";
import { memory } from "../../../kit/numbers/magnitude.js";
import { tooltip } from "../../../kit/tooltip.js";
import { max, min, scaleLinear, scaleLog } from "../../../vendor/d3.js";
import { html, nothing, svg } from "../../../vendor/lit.js";

const HEIGHT = 340;
const MARGIN = { left: 56, right: 12, top: 16, bottom: 44 };
const RADIUS = 5;
const LABEL = 14;
const TICKS = 6;
/** Nats that the scale reaches at least. */
const LEAST = 0.01;

/**
 * @param {PolicyPerplexity[]} policies
 * @param {Options} options
 */
export function scatter(policies, { against, chosen, choose, width }) {
  const sizes = policies.map(({ bytes }) => bytes);
  const x = scaleLog([0.85 * Number(min(sizes)), 1.2 * Number(max(sizes))], [MARGIN.left, width - MARGIN.right]);
  const losses = policies.flatMap((each) => {
    const { mean, low, high } = each[against].over;
    return [mean, low ?? mean, high ?? mean];
  });
  const [low, high] = [Math.min(0, ...losses), Math.max(LEAST, ...losses)];
  const room = 0.06 * (high - low);
  const y = scaleLinear([low - room, high + room], [HEIGHT - MARGIN.bottom, MARGIN.top]);
  const points = policies
    .map((each) => ({ ...each, cx: x(each.bytes), cy: y(each[against].over.mean) }))
    .sort((one, other) => one.cx - other.cx);
  const focus = points.some(({ name }) => name === chosen) ? chosen : points[0]?.name;
  const [from, to] = x.domain();
  return html`
    <svg class="fig bytes-loss" viewBox="0 0 ${width} ${HEIGHT}" width=${width} height=${HEIGHT} role="group"
         aria-label="Policies by bytes of a text’s cache and loss added; arrow keys walk them" data-rove
         @keydown=${rove}>
      ${bottomAxis({
        scale: x,
        y: HEIGHT - MARGIN.bottom,
        values: logAxis(sizes).tickvals.filter((value) => value >= from && value <= to),
        format: memory,
        title: "a text’s cache",
      })}
      ${leftAxis({
        scale: y,
        x: MARGIN.left,
        grid: width - MARGIN.left - MARGIN.right,
        values: y.ticks(TICKS),
        format: y.tickFormat(TICKS),
        title: "nats added",
      })}
      <line class="none" x1=${MARGIN.left} x2=${width - MARGIN.right} y1=${y(0)} y2=${y(0)} />
      ${points.map((point) => whisker(point, y, against))}
      ${labels(points, width, chosen)}
      ${points.map((point) => mark(point, { against, on: point.name === chosen, focus: point.name === focus, choose }))}
    </svg>`;
}

/** @param {Placed} point @param {(value: number) => number} y @param {"full" | "half"} against */
function whisker(point, y, against) {
  const { over } = point[against];
  if (over.low === null || over.high === null) return nothing;
  return svg`<line class="whisker" x1=${point.cx} x2=${point.cx} y1=${y(over.low)} y2=${y(over.high)} />`;
}

/**
 * @param {Placed} point
 * @param {{ against: "full" | "half", on: boolean, focus: boolean, choose: (name: string) => void }} how
 */
function mark(point, { against, on, focus, choose }) {
  const { name, label, bytes, perplexity, cx, cy } = point;
  const { mean, low, high } = point[against].over;
  const pick = () => choose(name);
  const tip = tooltip(label, [
    ["a text’s cache", memory(bytes)],
    ["perplexity", decimal(perplexity)],
    ["loss added", signed(mean, 4)],
    .../** @type {[string, string][]} */ (
      low === null || high === null ? [] : [["interval", `${signed(low, 4)} to ${signed(high, 4)}`]]
    ),
  ]);
  return svg`
    <g class="point ${on ? "on" : ""}" role="button" tabindex=${focus ? 0 : -1} aria-pressed=${on}
       aria-label="${label}: ${memory(bytes)}, loss added ${signed(mean, 4)}"
       @pointermove=${tip.show} @pointerleave=${tip.hide} @focus=${tip.beside} @blur=${tip.hide} @click=${pick}
       @keydown=${pressing(pick)}>
      <circle cx=${cx} cy=${cy} r=${RADIUS} />
    </g>`;
}

/** @param {Placed[]} points @param {number} width @param {string} chosen */
function labels(points, width, chosen) {
  const named = points.toSorted((one, other) => Number(other.name === chosen) - Number(one.name === chosen));
  const places = placeLabels({
    labels: named.map(({ cx, cy, label }) => ({ x: cx, y: cy, r: RADIUS, width: textWidth(label) + 4, height: LABEL })),
    circles: points.map(({ cx, cy }) => ({ x: cx, y: cy, r: RADIUS })),
    bounds: { left: MARGIN.left, right: width, top: 0, bottom: HEIGHT - MARGIN.bottom },
  });
  return svg`${places.map((place, at) => {
    const { cx, cy, label, name } = named[at];
    if (!place) return nothing;
    return svg`
      ${place.away ? svg`<line class="lead" x1=${cx} y1=${cy} x2=${place.x} y2=${place.y} />` : nothing}
      <text class="name ${name === chosen ? "on" : ""}" x=${place.x} y=${place.y + 4}
        text-anchor="middle">${label}</text>`;
  })}`;
}
