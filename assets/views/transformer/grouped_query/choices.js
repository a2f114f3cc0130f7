// @ts-check
/**
 * A row for each number of key-value heads: which query heads would share them, the weights, the cache.
 *
 * @import { GroupedCost } from "../../../types/transformer"
 *
 * @typedef {object} Choice one row
 * @property {GroupedCost} data
 * @property {number} at
 * @property {number} heads key-value heads
 * @property {boolean} own this model's
 * @property {number[]} cache bytes a token, of every row
 * @property {number} [other] the other run's model's
 *
 * @typedef {{ wide: boolean, figure: number, weights: number, cache: number, width: number }} Columns in pixels
 */

import { bar, dot, rule, text } from "../../../kit/drawing/marks.js";
import { items, picture } from "../../../kit/drawing/picture.js";
import { counted } from "../../../kit/numbers/format.js";
import { memory, parameters } from "../../../kit/numbers/magnitude.js";
import { max, range } from "../../../vendor/d3.js";
import { change, details, filled, kindOf, weightsOf } from "./choice_words.js";

const WIDE = { from: 720, row: 78, top: 34 };
const NARROW = { row: 128, top: 8 };
const NAME = 130;
const FIGURE = { most: 250, share: 0.22, gap: 36 };
const GAP = 40;
/** Pixels behind the longest bar for its number. */
const NUMBER = { wide: 124, narrow: 150 };
const BAR = 16;

/**
 * @param {GroupedCost} data
 * @param {number[]} cache bytes a token
 * @param {number} width in pixels
 * @param {number} [other] bytes a token of the other run's model
 */
export function choices(data, cache, width, other) {
  const columns = columnsOf(width);
  const { row, top } = columns.wide ? WIDE : NARROW;
  const { n_heads } = data;
  /** @type {[number, string][]} */
  const headings = [
    [0, "Key-value heads"],
    [NAME, counted(n_heads, "query head")],
    [columns.weights, "Attention weights"],
    [columns.cache, "Cache for each token"],
  ];
  const choice = (/** @type {number} */ heads, /** @type {number} */ at) => ({
    ...{ data, at, heads, cache, other },
    own: heads === data.n_kv_heads,
  });
  return picture({
    label: `Weights and cache for ${data.groups.join(", ")} key-value heads; this model has ${data.n_kv_heads}`,
    width,
    height: top + data.groups.length * row,
    className: "choices",
    marks: [
      columns.wide && text({ data: headings, x: ([x]) => x, y: 10, text: ([, name]) => name, className: "h" }),
      items({
        data: data.groups,
        told(heads, at) {
          const lines = details(choice(heads, at));
          const title = counted(heads, "key-value head");
          const own = heads === data.n_kv_heads ? ", this model" : "";
          const said = lines.map((line) => line.join(" ")).join(", ");
          return { title, lines, name: `${title}, ${kindOf(heads, n_heads)}${own}: ${said}` };
        },
        hit: (_, at) => ({ x: [-8, width + 8], y: [top + at * row - 3, top + (at + 1) * row - 5] }),
        marks(heads, at) {
          const [y, here] = [top + at * row, choice(heads, at)];
          const color = here.own ? "prob" : undefined;
          const below = columns.wide ? [y + 14, y + 14] : [y + 64, y + 90];
          return [
            at > 0 && rule({ x: [0, width], y: y - 4, color: "line" }),
            text({ x: 0, y: y + 18, text: heads, className: "h", color }),
            text({ x: 26, y: y + 18, text: kindOf(heads, n_heads) }),
            here.own && text({ x: 26, y: y + 34, text: "this model", className: "b", color }),
            sharing(here, y, columns.figure),
            weights(here, columns, below[0]),
            cached(here, columns, below[1]),
          ];
        },
      }),
    ],
  });
}

/**
 * @param {number} width
 * @returns {Columns}
 */
function columnsOf(width) {
  if (width < WIDE.from) return { wide: false, figure: width - NAME, weights: 0, cache: 0, width };
  const figure = Math.min(FIGURE.most, width * FIGURE.share);
  const weights = NAME + figure + FIGURE.gap;
  const each = (width - weights - GAP) / 2;
  return { wide: true, figure, weights, cache: weights + each + GAP, width: each };
}

/**
 * The query heads, and below them what they share.
 * @param {Choice} choice
 * @param {number} y
 * @param {number} width
 */
function sharing({ data: { n_heads }, heads, own }, y, width) {
  const step = width / n_heads;
  const radius = Math.min(5, step * 0.36);
  const query = (/** @type {number} */ head) => NAME + (head + 0.5) * step;
  const group = n_heads / heads;
  const shared = (/** @type {number} */ at) => (query(at * group) + query((at + 1) * group - 1)) / 2;
  const half = Math.min(12, radius * 2.6) / 2;
  const all = range(n_heads);
  return [
    rule({
      ...{ data: all, color: own ? "prob" : "line2", y: [y + 14, y + 42] },
      x: (head) => [query(head), shared(Math.floor(head / group))],
    }),
    dot({ data: all, x: query, y: y + 12, r: radius, color: own ? "prob" : "ink2", hollow: true, stroke: 1.2 }),
    bar({
      ...{ data: range(heads), y: [y + 38, y + 48], rx: 2, color: own ? "prob" : "ink2" },
      x: (at) => [shared(at) - half, shared(at) + half],
    }),
  ];
}

/**
 * @param {Choice} choice
 * @param {Columns} columns
 * @param {number} y
 */
function weights({ data, at, ...choice }, { wide, weights: x, width }, y) {
  const most = max(data.groups, (_, each) => weightsOf(data, each)) ?? 1;
  const unit = (width - (wide ? NUMBER.wide : NUMBER.narrow)) / most;
  const [shared, end] = [x + unit * data.shared[at], x + unit * weightsOf(data, at)];
  const part = `of them ${parameters(data.key_value[at])} for keys and values${change({ data, at, ...choice })}`;
  return [
    bar({ x: [x, shared], y: [y, y + BAR], gap: 0.5, least: 1, color: "ink3", hollow: true }),
    bar({ x: [shared, end], y: [y, y + BAR], color: choice.own ? "prob" : "river-deep" }),
    text({
      ...{ x: end, y: y + 8, dx: 7, className: "ink b" },
      text: `${parameters(weightsOf(data, at))}${wide ? "" : " weights"}`,
    }),
    wide && text({ x, y: y + 28, text: part, className: "dim" }),
  ];
}

/**
 * @param {Choice} choice
 * @param {Columns} columns
 * @param {number} y
 */
function cached({ data, at, cache, other, own }, { wide, cache: x, width }, y) {
  const unit = (width - (wide ? NUMBER.wide : NUMBER.narrow)) / Math.max(other ?? 0, max(cache) ?? 1);
  const end = x + unit * cache[at];
  return [
    bar({ x: [x, end], y: [y, y + BAR], least: 1, color: own ? "prob" : "ink" }),
    text({
      ...{ x: end, y: y + 8, dx: 7, className: "ink b" },
      text: `${memory(cache[at])}${wide ? "" : " a token"}`,
    }),
    other !== undefined && rule({ x: x + unit * other, y: [y - 4, y + BAR + 4], color: "pos", stroke: 2 }),
    wide && text({ x, y: y + 28, text: filled(data, cache[at]), className: "dim" }),
  ];
}
