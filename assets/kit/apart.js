// @ts-check

/**
 * Places moved as little as it takes that neighbours lie at least so far apart, and none beyond the room there is.
 * @param {number[]} places
 * @param {number} least distance
 * @param {number} room from 0 on
 */
export function apart(places, least, room) {
  const order = places.map((_, at) => at).sort((one, other) => places[one] - places[other]);
  const moved = [...places];
  let free = Number.NEGATIVE_INFINITY;
  for (const at of order) {
    moved[at] = Math.max(places[at], free);
    free = moved[at] + least;
  }
  free = room;
  for (const at of order.toReversed()) {
    moved[at] = Math.min(moved[at], free);
    free = moved[at] - least;
  }
  return moved;
}
