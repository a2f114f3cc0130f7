// @ts-check
/**
 * Where labels of marks stand so that they cover neither marks nor each other.
 *
 * @typedef {{ x: number, y: number, r: number }} Circle
 * @typedef {Circle & { width: number, height: number }} Labelled a mark, and the size of its label
 * @typedef {{ left: number, right: number, top: number, bottom: number }} Box
 * @typedef {{ x: number, y: number, away: boolean }} Place the label's middle; whether it stands so far from its mark
 *   that a line has to lead there
 */

/** Pixels between a mark and its label, the nearest first. */
const DISTANCES = [3, 10, 18, 28, 40, 54, 70];
const SLANT = Math.SQRT1_2;
const DIRECTIONS = [
  [1, 0],
  [-1, 0],
  [0, -1],
  [0, 1],
  [SLANT, -SLANT],
  [SLANT, SLANT],
  [-SLANT, -SLANT],
  [-SLANT, SLANT],
];
/** Where a leading line is looked at, from its mark to its label. */
const STOPS = Array.from({ length: 13 }, (_, at) => at / 12);
/** Pixels that are kept free between a label and what it must not cover. */
const AIR = 2;

/**
 * A place for each label in turn, so that the first ones get the best; null where there is no room.
 * @param {{ labels: Labelled[], circles: Circle[], bounds: Box }} options `circles` are the marks to keep free
 * @returns {(Place | null)[]}
 */
export function placeLabels({ labels, circles, bounds }) {
  /** @type {Candidate[]} */
  const taken = [];
  return labels.map((label) => {
    const free = candidates(label).find((each) => {
      const { box } = each;
      const inside = box.left >= bounds.left && box.right <= bounds.right;
      if (!inside || box.top < bounds.top || box.bottom > bounds.bottom) return false;
      return !taken.some((other) => disturb(each, other)) && !circles.some((circle) => covers(box, circle));
    });
    if (!free) return null;
    taken.push(free);
    return free.place;
  });
}

/**
 * @typedef {{ place: Place, box: Box, lead: { x: number, y: number }[] }} Candidate with points of the line that leads
 *   there
 * @param {Labelled} label
 * @returns {Candidate[]}
 */
function candidates({ x, y, r, width, height }) {
  return DISTANCES.flatMap((distance, step) =>
    DIRECTIONS.map(([across, down]) => {
      const place = {
        x: x + across * (r + distance + width / 2),
        y: y + down * (r + distance + height / 2),
        away: step > 0,
      };
      const lead = place.away
        ? STOPS.map((share) => ({ x: x + share * (place.x - x), y: y + share * (place.y - y) }))
        : [];
      return { place, box: boxAround(place, width, height), lead };
    }),
  );
}

/**
 * @param {{ x: number, y: number }} middle
 * @param {number} width
 * @param {number} height
 * @returns {Box}
 */
const boxAround = ({ x, y }, width, height) => ({
  left: x - width / 2,
  right: x + width / 2,
  top: y - height / 2,
  bottom: y + height / 2,
});

/**
 * Whether two labels overlap, or the line to one crosses the other.
 * @param {Candidate} one
 * @param {Candidate} other
 */
function disturb(one, other) {
  const crossed = (/** @type {Box} */ { left, right, top, bottom }, /** @type {Candidate} */ { lead }) =>
    lead.some(({ x, y }) => x > left && x < right && y > top && y < bottom);
  return overlap(one.box, other.box) || crossed(one.box, other) || crossed(other.box, one);
}

/**
 * @param {Box} one
 * @param {Box} other
 */
const overlap = (one, other) =>
  one.left < other.right + AIR && other.left < one.right + AIR && one.top < other.bottom && other.top < one.bottom;

/**
 * @param {Box} box
 * @param {Circle} circle
 */
function covers(box, { x, y, r }) {
  const nearestX = Math.max(box.left, Math.min(box.right, x));
  const nearestY = Math.max(box.top, Math.min(box.bottom, y));
  return (x - nearestX) ** 2 + (y - nearestY) ** 2 < (r + AIR) ** 2;
}
