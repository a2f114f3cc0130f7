// @ts-check
/**
 * A row for each number of key-value heads: which query heads would share them, the weights, the cache.
 *
 * @import { GroupedCost } from "../../../types"
 *
 * @typedef {object} Choice one row
 * @property {GroupedCost} data
 * @property {number} at
 * @property {number} heads key-value heads
 * @property {boolean} own this model's
 * @property {number[]} cache bytes a token, of every row
 * @property {number} [other] the other run's model's
 */
import { counted } from "../../../kit/format.js";
import { memory, parameters } from "../../../kit/magnitude.js";
import { rove } from "../../../kit/roving.js";
import { tooltip } from "../../../kit/tooltip.js";
import { max, range, scaleLinear } from "../../../vendor/d3.js";
import { nothing, svg } from "../../../vendor/lit.js";
import { change, details, filled, kindOf, weightsOf } from "./choice_words.js";

const WIDE = { from: 720, row: 78, top: 34 };
const NARROW = { row: 128, top: 8 };
const NAME = 130;
const FIGURE = { most: 250, share: 0.22, gap: 36 };
const GAP = 40;
/** Pixels behind the longest bar for its number. */
const NUMBER = { wide: 124, narrow: 150 };
const BAR = 16;

/** @typedef {{ wide: boolean, figure: number, weights: number, cache: number, width: number }} Columns in pixels */

/**
 * @param {GroupedCost} data
 * @param {number[]} cache bytes a token
 * @param {number} width in pixels
 * @param {number} [other] bytes a token of the other run's model
 */
export function choices(data, cache, width, other) {
  const columns = columnsOf(width);
  const { row, top } = columns.wide ? WIDE : NARROW;
  const height = top + data.groups.length * row;
  return svg`
    <svg class="fig choices" viewBox="0 0 ${width} ${height}" height=${height} role="group" data-rove @keydown=${rove}
      aria-label="Weights and cache for ${data.groups.join(", ")} key-value heads; this model has ${data.n_kv_heads}">
      ${columns.wide ? headings(data, columns) : nothing}
      ${data.groups.map((heads, at) =>
        choice(
          { data, at, heads, own: heads === data.n_kv_heads, cache, other },
          { columns, y: top + at * row, width, row },
        ),
      )}
    </svg>`;
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
 * @param {GroupedCost} data
 * @param {Columns} columns
 */
function headings({ n_heads }, { weights, cache }) {
  /** @type {[number, string][]} */
  const names = [
    [0, "Key-value heads"],
    [NAME, `${counted(n_heads, "query head")}`],
    [weights, "Attention weights"],
    [cache, "Cache for each token"],
  ];
  return names.map(([x, name]) => svg`<text class="h" x=${x} y="14">${name}</text>`);
}

/**
 * @param {Choice} choice
 * @param {{ columns: Columns, y: number, width: number, row: number }} place
 */
function choice(choice, { columns, y, width, row }) {
  const { data, at, heads, own } = choice;
  const tip = tooltip(`${counted(heads, "key-value head")}`, details(choice));
  const kind = kindOf(heads, data.n_heads);
  return svg`
    <g class="choice ${own ? "own" : ""}" role="img" tabindex=${at === 0 ? 0 : -1}
      aria-label="${counted(heads, "key-value head")}, ${kind}${own ? ", this model" : ""}: ${details(choice)
        .map((line) => line.join(" "))
        .join(", ")}"
      @pointermove=${tip.show} @pointerleave=${tip.hide}>
      <rect class="hit" x="-8" y=${y - 3} width=${width + 16} height=${row - 2} rx="3" />
      ${at ? svg`<line class="hair" x1="0" x2=${width} y1=${y - 4} y2=${y - 4} />` : nothing}
      <text class="h count" x="0" y=${y + 22}>${heads}</text>
      <text x="26" y=${y + 22}>${kind}</text>
      ${own ? svg`<text class="b" x="26" y=${y + 38}>this model</text>` : nothing}
      ${sharing(choice, y, columns.figure)}
      ${weights(choice, columns, columns.wide ? y + 14 : y + 64)}
      ${cached(choice, columns, columns.wide ? y + 14 : y + 90)}
    </g>`;
}

/**
 * The query heads, and below them what they share.
 * @param {Choice} choice
 * @param {number} y
 * @param {number} width
 */
function sharing({ data, heads }, y, width) {
  const step = width / data.n_heads;
  const radius = Math.min(5, step * 0.36);
  const query = (/** @type {number} */ head) => NAME + (head + 0.5) * step;
  const group = data.n_heads / heads;
  const shared = (/** @type {number} */ at) => (query(at * group) + query((at + 1) * group - 1)) / 2;
  const box = { width: Math.min(12, radius * 2.6), height: 10 };
  return svg`
    ${range(data.n_heads).map(
      (head) => svg`
        <line x1=${query(head)} y1=${y + 14} x2=${shared(Math.floor(head / group))} y2=${y + 42} />
        <circle cx=${query(head)} cy=${y + 12} r=${radius} />`,
    )}
    ${range(heads).map(
      (at) =>
        svg`<rect class="shared-head" x=${shared(at) - box.width / 2} y=${y + 38} width=${box.width}
          height=${box.height} rx="2" />`,
    )}`;
}

/**
 * @param {Choice} choice
 * @param {Columns} columns
 * @param {number} y
 */
function weights(choice, { wide, weights: x, width }, y) {
  const { data, at } = choice;
  const most = max(data.groups, (_, each) => weightsOf(data, each)) ?? 1;
  const length = scaleLinear([0, most], [0, width - (wide ? NUMBER.wide : NUMBER.narrow)]);
  const [shared, keyValue] = [length(data.shared[at]), length(data.key_value[at])];
  return svg`
    <rect class="shared" x=${x + 0.5} y=${y} width=${Math.max(1, shared - 1)} height=${BAR} rx="1" />
    <rect class="key-value" x=${x + shared} y=${y} width=${keyValue} height=${BAR} rx="1" />
    <text class="ink b" x=${x + shared + keyValue + 7}
      y=${y + 12}>${parameters(weightsOf(data, at))}${wide ? "" : " weights"}</text>
    ${
      wide
        ? svg`<text class="dim" x=${x}
          y=${y + 32}>of them ${parameters(data.key_value[at])} for keys and values${change(choice)}</text>`
        : nothing
    }`;
}

/**
 * @param {Choice} choice
 * @param {Columns} columns
 * @param {number} y
 */
function cached({ data, at, cache, other }, { wide, cache: x, width }, y) {
  const length = scaleLinear(
    [0, Math.max(other ?? 0, max(cache) ?? 1)],
    [0, width - (wide ? NUMBER.wide : NUMBER.narrow)],
  );
  return svg`
    <rect class="cache" x=${x} y=${y} width=${Math.max(1, length(cache[at]))} height=${BAR} rx="1" />
    <text class="ink b" x=${x + length(cache[at]) + 7} y=${y + 12}>${memory(cache[at])}${wide ? "" : " a token"}</text>
    ${
      other === undefined
        ? nothing
        : svg`<line class="there" x1=${x + length(other)} x2=${x + length(other)} y1=${y - 4} y2=${y + BAR + 4} />`
    }
    ${wide ? svg`<text class="dim" x=${x} y=${y + 32}>${filled(data, cache[at])}</text>` : nothing}`;
}
