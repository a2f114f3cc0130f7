// @ts-check
/**
 * Lengths over the depth, on a log scale: the selected position in front of all others, and its two writes in each
 * block.
 *
 * @import { ResidualNorms } from "../../../types/overview"
 * @import { First } from "../../../kit/runs/writers.js"
 * @import { Line } from "../../../kit/tooltip.js"
 *
 * @typedef {object} Options
 * @property {ResidualNorms} data
 * @property {number} position
 * @property {ReturnType<typeof lengthsAt> | null} before of the other run
 * @property {number} width
 * @property {{ first: First, second: string | null }} writers of each block
 * @property {string[]} tokens
 * @property {string} beside how the other run is called
 * @property {(block: number) => void} select
 *
 * @typedef {ReturnType<typeof frame>} Frame
 * @typedef {{ name: string, read: "first" | "second", look: string }} Write
 */
import { apart } from "../../../kit/drawing/apart.js";
import { leftAxis } from "../../../kit/drawing/axis.js";
import { reading } from "../../../kit/drawing/reading.js";
import { decimal, whole } from "../../../kit/numbers/format.js";
import { figures } from "../../../kit/numbers/magnitude.js";
import { cut } from "../../../kit/text/tokens.js";
import { line, range, scaleLog } from "../../../vendor/d3.js";
import { nothing, svg } from "../../../vendor/lit.js";
import { depthAxis, depthName, depthScale } from "./depths.js";
import { extentOf, lengthsAt, longestOf } from "./norms_lengths.js";

const HEIGHT = 312;
const [LEFT, TOP, BOTTOM] = [50, 26, HEIGHT - 40];
const NARROW = 500;
const GAP = 14;
/** Of so many positions the faint lines are fainter. */
const MANY = 100;

/** @param {Options} options */
export function normsChart(options) {
  const { position, width, writers, tokens, select } = options;
  const place = frame(options);
  const { x, y, right, last, here, before } = place;
  const writes = written(writers);
  return svg`
    <svg class="fig" viewBox="0 0 ${width} ${HEIGHT}" height=${HEIGHT} role="group"
      aria-label="Norm of the residual stream through depth, position ${position} in front">
      ${leftAxis({
        scale: y,
        x: LEFT,
        grid: right - LEFT,
        values: place.powers,
        format: tick,
        title: "length of the vector",
      })}
      ${depthAxis({ scale: x, y: BOTTOM })}
      <path class="others ${place.count > MANY ? "many" : ""}" d=${place.others()} />
      ${before ? writes.map(({ read }) => baseline(place.blocks(before[read]))) : nothing}
      ${writes.map(({ read }) => svg`<path class="write" d=${place.blocks(here[read])} />`)}
      ${range(1, last + 1).map((depth) =>
        writes.map(({ read, look }) => svg`<circle class=${look} cx=${x(depth)} cy=${y(here[read](depth))} r="3" />`),
      )}
      <path class="stream" d=${place.depths(here.stream)} />
      ${before ? baseline(place.depths(before.stream), before.stream(last)) : nothing}
      ${ends(place, writes, options.beside)} ${longest(options, place)}
      ${reading({
        count: last + 1,
        x,
        y: [TOP, BOTTOM],
        label: "Lengths by depth; arrow keys walk the depths, Enter selects the block",
        told: (depth) => ({
          title: `${tokens[position]} at ${position}, ${depthName(depth)}`,
          details: told(depth, place, writes, options.beside),
        }),
        select: (depth) => depth > 0 && select(depth - 1),
      })}
    </svg>`;
}

/** @param {Options} options */
function frame({ data, position, width, before }) {
  const [depthCount, count] = data.stream.shape;
  const last = depthCount - 1;
  const right = width - (width < NARROW ? 100 : 118);
  const [low, high] = extentOf(data, position, before).map(Math.log10);
  const [least, most] = [Math.floor(2 * low) / 2, Math.ceil(2 * high) / 2]; // half powers of ten
  const x = depthScale(last, [LEFT, right]);
  const y = scaleLog([10 ** least, 10 ** most], [BOTTOM, TOP]).clamp(true);
  const drawn = (/** @type {number[]} */ depths, /** @type {(depth: number) => number} */ length) =>
    line(
      (/** @type {number} */ depth) => x(depth),
      (depth) => y(length(depth)),
    )(depths) ?? "";
  const depths = (/** @type {(depth: number) => number} */ length) => drawn(range(last + 1), length);
  return {
    x,
    y,
    right,
    last,
    count,
    depths,
    blocks: (/** @type {(depth: number) => number} */ length) => drawn(range(1, last + 1), length),
    others: () =>
      range(count)
        .filter((other) => other !== position)
        .map((other) => depths(lengthsAt(data, other).stream))
        .join(""),
    powers: range(Math.ceil(least), most + 1e-9).map((power) => 10 ** power),
    here: lengthsAt(data, position),
    before,
  };
}

/** @param {number} value */
const tick = (value) => (value < 1 ? String(value) : whole(value));

/**
 * What is drawn of each block: its writers, from the first.
 * @param {Options["writers"]} writers
 * @returns {Write[]}
 */
function written({ first, second }) {
  if (second === null) return [{ name: first, read: "first", look: "write-dot" }];
  return [
    { name: first, read: "first", look: "write-dot hollow" },
    { name: second, read: "second", look: "write-dot" },
  ];
}

/**
 * @param {string} path
 * @param {number} [end] length of the stream at its end
 */
const baseline = (path, end) =>
  svg`<path class="baseline" d=${path} stroke-dasharray="3 2.5" data-stream=${end ?? nothing} />`;

/**
 * The lines' names at their ends.
 * @param {Frame} place
 * @param {Write[]} writes
 * @param {string} beside
 */
function ends({ y, right, last, here, before }, writes, beside) {
  const stream = here.stream(last);
  const parted = before && Math.abs(y(before.stream(last)) - y(stream)) > 4;
  /** @type {[name: string, length: number, className: string][]} */
  const names = [
    ["stream", stream, "ink b"],
    ...(parted ? /** @type {[string, number, string][]} */ ([[beside, before.stream(last), "baselabel"]]) : []),
    ...writes.map(({ name, read }) => /** @type {[string, number, string]} */ ([name, here[read](last), ""])),
  ];
  const places = apart(
    names.map(([, length]) => y(length)),
    GAP,
    [TOP, BOTTOM + 4],
  );
  return names.map(
    ([name, length, className], at) =>
      svg`<text class=${className} x=${right + 10} y=${places[at] + 4}>${name} ${figures(length)}</text>`,
  );
}

/**
 * The position whose stream grows longest, named where it is not the selected one.
 * @param {Options} options
 * @param {Frame} place
 */
function longest({ data, position, tokens }, { x, y, last, count }) {
  const { position: other, length } = longestOf(data);
  if (count < 2 || other === position) return nothing;
  const { stream } = lengthsAt(data, other);
  const middle = Math.round(0.45 * last);
  const highest = Math.max(...[middle, Math.max(0, middle - 2), Math.min(last, middle + 2)].map(stream));
  return svg`
    <text class="halo m" x=${x(middle)} y=${Math.max(TOP - 4, y(highest) - 7)} text-anchor="middle">
      ${cut(tokens[other], 10)} at ${other}, up to ${figures(length)}
    </text>`;
}

/**
 * @param {number} depth
 * @param {Frame} place
 * @param {Write[]} writes
 * @param {string} beside
 * @returns {Line[]}
 */
function told(depth, { here, before }, writes, beside) {
  /** @type {(read: "stream" | "first" | "second", write: (length: number) => string) => string} */
  const both = (read, write) =>
    `${write(here[read](depth))}${before ? `, ${beside} ${write(before[read](depth))}` : ""}`;
  /** @type {Line[]} */
  const stream = [["stream", both("stream", figures)]];
  if (depth === 0) return stream;
  return [...stream, ...writes.map(({ name, read }) => /** @type {Line} */ ([`${name} wrote`, both(read, decimal)]))];
}
