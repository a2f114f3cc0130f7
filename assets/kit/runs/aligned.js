// @ts-check
/**
 * Which position of the other run belongs to one of this run: blocks of positions, from where on here, from where on
 * there, how many.
 *
 * @typedef {readonly (readonly number[])[]} Places
 */

/** @param {Places} places @param {number} position @returns {number | null} */
export function aligned(places, position) {
  const block = places.find(([here, , count]) => position >= here && position < here + count);
  return block ? block[1] + position - block[0] : null;
}

/** The same the other way: each block is read from there. @param {Places} places */
export const turnedRound = (places) => places.map(([here, there, count]) => [there, here, count]);
