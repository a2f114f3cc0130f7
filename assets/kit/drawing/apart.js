// @ts-check

/**
 * Where labels stand that must not overlap: each as near to its place as the others allow, in the same order, and all
 * within the bounds if they fit.
 * @param {number[]} places in pixels
 * @param {number} gap the least between two
 * @param {[least: number, most: number]} [bounds]
 * @returns {number[]}
 */
export function apart(places, gap, [least, most] = [-Infinity, Infinity]) {
  const order = places.map((_, at) => at).sort((a, b) => places[a] - places[b]);
  /** Labels that touch: a stretch with one middle. @type {{ members: number[], middle: number }[]} */
  const stretches = [];
  for (const at of order) {
    let stretch = placed([at]);
    for (let last = stretches.at(-1); last && low(stretch) < high(last) + gap; last = stretches.at(-1)) {
      stretches.pop();
      stretch = placed([...last.members, ...stretch.members]);
    }
    stretches.push(stretch);
  }
  const found = places.slice();
  for (const stretch of stretches) {
    stretch.members.forEach((member, index) => {
      found[member] = low(stretch) + index * gap;
    });
  }
  return found;

  /** @param {{ members: number[], middle: number }} stretch */
  function half({ members }) {
    return ((members.length - 1) * gap) / 2;
  }
  /** @param {{ members: number[], middle: number }} stretch */
  function low(stretch) {
    return stretch.middle - half(stretch);
  }
  /** @param {{ members: number[], middle: number }} stretch */
  function high(stretch) {
    return stretch.middle + half(stretch);
  }
  /** @param {number[]} members */
  function placed(members) {
    const mean = members.reduce((sum, member) => sum + places[member], 0) / members.length;
    const room = half({ members, middle: 0 });
    return { members, middle: Math.max(least + room, Math.min(most - room, mean)) };
  }
}
