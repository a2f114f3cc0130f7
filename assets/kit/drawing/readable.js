// @ts-check

/**
 * Which of many rows or columns have room for a name: evenly spaced ones, and the chosen one with room around it.
 * @param {number} count
 * @param {number} size of a row or a column, in pixels
 * @param {number} [chosen]
 * @param {number} [room] that a name takes
 */
export function readable(count, size, chosen = -1, room = 11) {
  const every = Math.max(1, Math.ceil(room / size));
  const all = Array.from({ length: count }, (_, at) => at);
  return all.filter((at) => at === chosen || (at % every === 0 && (chosen < 0 || Math.abs(at - chosen) >= every)));
}
