// @ts-check
/**
 * The numbers behind one head's rows: weights, value-weighted shares, and the way from scores to weights.
 *
 * @import { AttentionHead } from "../../../types/overview"
 * @typedef {"weight" | "value" | "apart"} Shows what arcs and map show: "apart" the difference from the other run's
 *   weights
 *
 * @typedef {object} Scoring of one query
 * @property {(key: number) => number} score scaled, before the mask
 * @property {(key: number) => boolean} open whether the query may read the key
 * @property {number} most the largest open score
 * @property {number} sum of exp(score - most) over the open keys
 * @property {Float64Array} weights
 * @property {Float64Array} valued
 */
const WHOLE = 255;

/** Whether the model's own floats of a query are here. @param {AttentionHead} data @param {number} query */
export const hasRow = ({ row0, rows }, query) => query >= row0 && query < row0 + rows.shape[0];

/** @param {AttentionHead} data @param {number} query */
const inMap = ({ first, map }, query) => query >= first && query < first + map.shape[0];

/** Whether anything is known of a query. @param {AttentionHead} data @param {number} query */
export const isKnown = (data, query) => hasRow(data, query) || inMap(data, query);

/**
 * The row of a query by key: the model's own floats where they were sent, else the map's bytes.
 * @param {AttentionHead} data
 * @param {number} query
 * @param {number} count of tokens
 */
export function weightsOf(data, query, count) {
  const weights = new Float64Array(count);
  const { row0, rows, first, map } = data;
  if (hasRow(data, query)) {
    weights.set(rows.a.subarray((query - row0) * count, (query - row0) * count + query + 1));
  } else if (inMap(data, query)) {
    const from = (query - first) * map.shape[0];
    for (let key = first; key <= query; key++) weights[key] = map.a[from + key - first] / WHOLE;
  }
  return weights;
}

/**
 * The share of each key in what is moved: weight times the length of what the key would write.
 * @param {AttentionHead} data
 * @param {Float64Array} weights
 */
export function valueWeighted({ value_norms }, weights) {
  const moved = weights.map((weight, key) => weight * value_norms.a[key]);
  const sum = moved.reduce((total, each) => total + each, 0);
  return sum > 0 ? moved.map((each) => each / sum) : moved;
}

/**
 * @param {AttentionHead} data
 * @param {number} query
 * @param {number} count
 * @param {Shows} shows
 */
export function shownWeights(data, query, count, shows) {
  const weights = weightsOf(data, query, count);
  if (shows === "apart") return differences(data, weights, query);
  return shows === "value" ? valueWeighted(data, weights) : weights;
}

/**
 * What a query reads more of each key here than in the other run; nought where nothing is compared.
 * @param {AttentionHead} data
 * @param {Float64Array} weights
 * @param {number} query
 */
function differences({ beside, first, map, position }, weights, query) {
  if (!beside || query >= beside.n) return weights.map(() => 0);
  if (query === position) return weights.map((weight, key) => (key <= query ? weight - beside.row.a[key] : 0));
  const from = (query - first) * map.shape[0];
  const inside = (/** @type {number} */ key) => key >= first && key <= query && query >= first;
  return weights.map((_, key) =>
    inside(key) ? (map.a[from + key - first] - beside.map.a[from + key - first]) / WHOLE : 0,
  );
}

/**
 * @param {AttentionHead} data
 * @param {number} query one whose row was sent
 * @param {number} count
 * @returns {Scoring}
 */
export function scoring(data, query, count) {
  const weights = weightsOf(data, query, count);
  const from = (query - data.row0) * count;
  const score = (/** @type {number} */ key) => data.scores.a[from + key];
  const unread = new Set(query === data.position ? data.unread : []);
  const open = (/** @type {number} */ key) => key <= query && !(weights[key] === 0 && unread.has(key));
  let most = -Infinity;
  let sum = 0;
  for (let key = 0; key <= query; key++) if (open(key)) most = Math.max(most, score(key));
  for (let key = 0; key <= query; key++) if (open(key)) sum += Math.exp(score(key) - most);
  return { score, open, most, sum, weights, valued: valueWeighted(data, weights) };
}

/** q · k itself, from the scaled score. @param {AttentionHead} data @param {number} score */
export function dotProduct({ softcap, scaling }, score) {
  return (softcap ? softcap * Math.atanh(score / softcap) : score) / scaling;
}

/** How q · k is scaled, in words. @param {AttentionHead} data @param {boolean} brief */
export function scaleText({ scaling, d_head }, brief) {
  const root = Math.sqrt(d_head);
  if (Math.abs(scaling * root - 1) >= 1e-6) return `× ${Number(scaling.toPrecision(3))}`;
  return `÷ ${brief && Number.isInteger(root) ? root : `√${d_head}`}`;
}

/** The heaviest key of the selected query. @param {Float64Array} weights */
export const heaviest = (weights) => weights.indexOf(weights.reduce((most, each) => Math.max(most, each), 0));
