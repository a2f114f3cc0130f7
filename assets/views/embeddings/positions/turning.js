// @ts-check
/**
 * A query and a key as clock hands: what each turned pair of numbers adds to their score at any distance, and which
 * key, distance, shift and pair the picture is about.
 *
 * @import { PositionsRotation } from "../../../types/embeddings"
 * @import { Floats } from "../../../types/shared"
 * @import { ViewContext } from "../../../kit/view"
 *
 * @typedef {{ length: number, angle: number }} Hand
 *
 * @typedef {object} Turning
 * @property {Hand[]} query
 * @property {Hand[]} key
 * @property {(distance: number) => number[]} parts what each pair adds
 * @property {(distance: number) => number} score their sum, and what is not turned
 * @property {number[]} most what each pair adds when its hands point the same way
 *
 * @typedef {{ key?: number, distance?: number, shift?: number }} Held what a slider says while it is held
 *
 * @typedef {object} Chosen
 * @property {number} key its position
 * @property {number} at its row in the payload
 * @property {number} own distance of query and key in the text
 * @property {number} distance
 * @property {number} far the largest distance that is shown
 * @property {number} shift
 * @property {number | null} pair
 * @property {number} largest the pair with the longest hands
 */
import { maxIndex, range, sum } from "../../../vendor/d3.js";

const FAR = 256;

/** The pair that is told of: the chosen one, else the largest. @param {Chosen} chosen */
export const told = ({ pair, largest }) => pair ?? largest;

/**
 * Tokens for a full turn of a pair.
 * @param {PositionsRotation} data
 * @param {number} pair
 */
export const turnOf = (data, pair) => (2 * Math.PI) / data.inv_freq.a[pair];

/**
 * @param {PositionsRotation} data
 * @param {number} at row of the key
 * @returns {Turning}
 */
export function turning(data, at) {
  const query = hands(data.q, 0, data.inv_freq.a.length);
  const key = hands(data.k, at, data.inv_freq.a.length);
  const most = query.map((hand, pair) => hand.length * key[pair].length * data.square);
  const parts = (/** @type {number} */ distance) =>
    most.map((size, pair) => size * Math.cos(query[pair].angle - key[pair].angle + distance * data.inv_freq.a[pair]));
  return { query, key, most, parts, score: (distance) => sum(parts(distance)) + data.rest.a[at] };
}

/**
 * Half of the numbers are the horizontal parts of the hands, the other half the upright ones: Hugging Face's layout.
 * @param {Floats} vectors
 * @param {number} at
 * @param {number} count of pairs
 * @returns {Hand[]}
 */
function hands(vectors, at, count) {
  const numbers = vectors.a.subarray(2 * count * at, 2 * count * (at + 1));
  return range(count).map((pair) => {
    const [across, up] = [numbers[pair], numbers[pair + count]];
    return { length: Math.hypot(across, up), angle: Math.atan2(up, across) };
  });
}

/**
 * What the link, or a slider that is held, says; else the key that is most attended, at its own distance.
 * @param {PositionsRotation} data
 * @param {ViewContext<Held>} ctx
 * @returns {Chosen}
 */
export function chosen(data, { controls, kept }) {
  const asked = Number(kept.key ?? controls.key ?? Number.NaN);
  const key = asked >= data.first && asked <= data.position ? asked : data.first + strongest(data);
  const own = data.position - key;
  const far = Math.max(FAR, own);
  const distance = kept.distance ?? linkedDistance(data, key, controls.dist) ?? own;
  const pair = Number(controls.pair ?? Number.NaN);
  const { most } = turning(data, key - data.first);
  return {
    key,
    at: key - data.first,
    own,
    far,
    distance: Math.min(far, Math.max(0, distance)),
    shift: kept.shift ?? Number(controls.shift),
    pair: pair < most.length ? pair : null,
    largest: maxIndex(most),
  };
}

/**
 * A distance as the link holds it: it belongs to its query and key.
 * @param {PositionsRotation} data
 * @param {number} key
 * @param {number} distance
 */
export const linked = (data, key, distance) => `${data.position}-${key}-${distance}`;

/**
 * @param {PositionsRotation} data
 * @param {number} key
 * @param {string | number | undefined} link
 */
function linkedDistance(data, key, link) {
  const [position, itsKey, distance] = String(link ?? "")
    .split("-")
    .map(Number);
  return position === data.position && itsKey === key && Number.isInteger(distance) ? distance : null;
}

/** The key that is most attended, before the query's own, which says little. @param {PositionsRotation} data */
const strongest = ({ attention }) => Math.max(0, maxIndex(attention.a.subarray(0, -1)));
