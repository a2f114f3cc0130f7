// @ts-check

/**
 * Where things lie in a picture whose time runs to the right, or downward where there is little room: `along` is time,
 * `across` the other way, both in pixels.
 * @param {boolean} down
 */
export function turned(down) {
  return {
    /**
     * @param {number} along
     * @param {number} across
     */
    point: (along, across) => (down ? { x: across, y: along } : { x: along, y: across }),
    /**
     * @param {[number, number]} along
     * @param {[number, number]} across
     */
    box(along, across) {
      const [xs, ys] = down ? [across, along] : [along, across];
      const length = (/** @type {[number, number]} */ [from, to]) => Math.abs(to - from);
      return { x: Math.min(...xs), y: Math.min(...ys), width: length(xs), height: length(ys) };
    },
  };
}
