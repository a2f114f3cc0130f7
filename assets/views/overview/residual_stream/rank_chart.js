// @ts-check
/**
 * The target and its likeliest rivals as lines over the depth, by rank or by probability.
 *
 * @import { ResidualRank } from "../../../types/overview"
 * @import { Line } from "../../../kit/tooltip.js"
 *
 * @typedef {"rank" | "prob"} Axis
 * @typedef {{ data: ResidualRank, there: ResidualRank | null, axis: Axis, width: number, beside: string,
 *   select: (block: number) => void }} Options
 * @typedef {ReturnType<typeof frame>} Frame
 */
import { apart } from "../../../kit/drawing/apart.js";
import { leftAxis } from "../../../kit/drawing/axis.js";
import { reading } from "../../../kit/drawing/reading.js";
import { percent, whole } from "../../../kit/numbers/format.js";
import { svgToken, tokenText } from "../../../kit/text/tokens.js";
import { line, range, scaleLinear, scaleLog } from "../../../vendor/d3.js";
import { nothing, svg } from "../../../vendor/lit.js";
import { depthAxis, depthName, depthScale } from "./depths.js";

const HEIGHT = 280;
const [LEFT, TOP, BOTTOM] = [50, 26, HEIGHT - 40];
const NARROW = 500;
const RANKS = [1, 10, 100, 1e3, 1e4, 1e5];
const SHARES = [0, 0.25, 0.5, 0.75, 1];
const DASHES = ["none", "6 3", "2 3"];
/** Between two names at the ends of the lines. */
const GAP = 15;
const CHARACTER = 6.8;

/** @param {Options} options */
export function rankChart(options) {
  const { data, there, axis, width, select } = options;
  const place = frame(options);
  const { x, y, right } = place;
  const others = range(data.ids.length - 1, 0, -1);
  return svg`
    <svg class="fig" viewBox="0 0 ${width} ${HEIGHT}" height=${HEIGHT} role="group" aria-label=${label(data, axis)}>
      ${leftAxis({
        scale: y,
        x: LEFT,
        grid: right - LEFT,
        values: axis === "rank" ? RANKS.filter((rank) => rank <= data.vocab) : SHARES,
        format: axis === "rank" ? whole : (share) => `${100 * share} %`,
        title: axis === "rank" ? "rank" : "probability",
      })}
      ${depthAxis({ scale: x, y: BOTTOM })}
      ${others.map(
        (at) => svg`<path class="other" d=${place.path(at)} stroke-dasharray=${DASHES[(at - 1) % DASHES.length]} />`,
      )}
      ${there ? baseline(there, place) : nothing}
      <path class="target" d=${place.path(0)} />
      ${range(data.depths).map(
        (depth) => svg`
          <circle class="target-dot" cx=${x(depth)} cy=${y(place.value(0, depth))}
            r=${data.ranks.a[depth] === 1 ? 3.6 : 2} />`,
      )}
      ${lead(options, place)} ${ends(options, place)}
      ${reading({
        count: data.depths,
        x,
        y: [TOP, BOTTOM],
        label: "Ranks and probabilities by depth; arrow keys walk the depths, Enter selects the block",
        told: (depth) => ({ title: depthName(depth), details: told(data, depth, options) }),
        select: (depth) => depth > 0 && select(depth - 1),
      })}
    </svg>`;
}

/** @param {Options} options */
function frame({ data, there, axis, width }) {
  const right = width - (width < NARROW ? 108 : 142);
  const last = data.depths - 1;
  const x = depthScale(last, [LEFT, right]);
  const y =
    axis === "rank" ? scaleLog([1, Math.max(10, data.vocab)], [TOP, BOTTOM]) : scaleLinear([0, 1], [BOTTOM, TOP]);
  const values = axis === "rank" ? data.ranks.a : data.probs.a;
  const before = there && (axis === "rank" ? there.ranks.a : there.probs.a);
  const value = (/** @type {number} */ at, /** @type {number} */ depth) => values[at * data.depths + depth];
  const drawn = (/** @type {(depth: number) => number} */ of) =>
    line(
      (/** @type {number} */ depth) => x(depth),
      (depth) => y(of(depth)),
    )(range(data.depths)) ?? "";
  return {
    x,
    y,
    right,
    last,
    value,
    path: (/** @type {number} */ at) => drawn((depth) => value(at, depth)),
    before: (/** @type {number} */ depth) => before?.[depth] ?? 0,
    pathBefore: () => drawn((depth) => before?.[depth] ?? 0),
    written: axis === "rank" ? whole : (/** @type {number} */ share) => percent(share, 1),
  };
}

/**
 * The target in the other run: under its own line, over the others.
 * @param {ResidualRank} there
 * @param {Frame} frame
 */
function baseline({ ranks, probs }, { last, pathBefore }) {
  return svg`<path class="baseline" d=${pathBefore()} stroke-dasharray="3 2.5" data-rank=${ranks.a[last]}
    data-p=${probs.a[last]} />`;
}

/**
 * Where the target first leads: said at the end of the axis that the lines leave free.
 * @param {Options} options
 * @param {Frame} frame
 */
function lead({ data: { first }, axis }, { x, y, value }) {
  if (!first) return nothing;
  const [at, own] = [x(first), y(value(0, first))];
  const early = at - LEFT < 130;
  const [from, to, baseline] =
    axis === "rank" ? [own + 8, BOTTOM, BOTTOM - 6] : [TOP, Math.max(TOP, own - 8), TOP + 10];
  return svg`
    <line class="lead" x1=${at} x2=${at} y1=${from} y2=${to} stroke-dasharray="2 3" />
    <text class="halo b target-name" x=${early ? at + 6 : at - 6} y=${baseline} text-anchor=${early ? "start" : "end"}
      data-first=${first - 1}>rank 1 after block ${first - 1}</text>`;
}

/**
 * The tokens' names at the ends of their lines.
 * @param {Options} options
 * @param {Frame} frame
 */
function ends({ data, there, width, beside }, { y, right, last, value, before, written }) {
  const most = width < NARROW ? 7 : 10;
  const names = [
    { at: 0, place: y(value(0, last)) },
    ...(there ? [{ at: null, place: y(before(last)) }] : []),
    ...range(1, data.ids.length).map((at) => ({ at, place: y(value(at, last)) })),
  ];
  const places = apart(
    names.map(({ place }) => place),
    GAP,
    [TOP, BOTTOM],
  );
  return names.map(({ at }, index) => {
    const [x, baseline] = [right + 12, places[index] + 4];
    if (at === null) {
      const number = width < NARROW ? "" : ` ${written(before(last))}`;
      return svg`<text class="baselabel" x=${x} y=${baseline}>${beside}${number}</text>`;
    }
    const id = data.ids[at];
    const characters = Math.min(most, [...tokenText(id)].length);
    return svg`
      ${svgToken(id, { x, y: baseline, most, className: at === 0 ? "m b target-name" : "m" })}
      <text class="dim" x=${x + characters * CHARACTER + 9} y=${baseline}>${written(value(at, last))}</text>`;
  });
}

/**
 * @param {ResidualRank} data
 * @param {number} depth
 * @param {Options} options
 * @returns {Line[]}
 */
function told({ ids, depths, ranks, probs }, depth, { there, beside }) {
  const both = (/** @type {number} */ rank, /** @type {number} */ p) => `rank ${whole(rank)}, ${percent(p)}`;
  /** @type {Line[]} */
  const lines = ids.map((id, at) => [
    tokenText(id),
    both(ranks.a[at * depths + depth], probs.a[at * depths + depth]),
    true,
  ]);
  if (there) lines.push([`${tokenText(ids[0])}, ${beside}`, both(there.ranks.a[depth], there.probs.a[depth]), true]);
  return lines;
}

/**
 * @param {ResidualRank} data
 * @param {Axis} axis
 */
const label = (data, axis) =>
  `${axis === "rank" ? "Rank" : "Probability"} of ${tokenText(data.ids[0])} and the likeliest tokens over depth at ` +
  `position ${data.position}`;
