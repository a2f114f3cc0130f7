// @ts-check

/**
 * The stretch of so many items that holds a chosen one, as near to its middle as the ends allow.
 * @param {number} count of all items
 * @param {number} room how many can be shown
 * @param {number} chosen its index
 * @returns {{ first: number, shown: number }}
 */
export function nearby(count, room, chosen) {
  const shown = Math.max(1, Math.min(count, room));
  return { first: Math.min(Math.max(0, chosen - (shown >> 1)), count - shown), shown };
}
