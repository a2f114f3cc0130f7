// @ts-check
/**
 * What is drawn of an attribution graph: the nodes that hold a share of the influence and lead somewhere, some of them
 * put together by hand, and the lines between them.
 *
 * @import { AttributionGraph } from "../../../types/inside"
 *
 * @typedef {object} Drawn a node, or several that a person has put together
 * @property {string} key
 * @property {number[]} nodes places among the data's
 * @property {number} group its number; -1 of a single node
 *
 * @typedef {object} Line
 * @property {number} source among the drawn @property {number} target
 * @property {number} effect of all its edges
 * @property {number} strength the influence that runs through it
 */
import { tokenText } from "../../../kit/text/vocabulary.js";

export const [FEATURE, ERROR, TOKEN, LOGIT] = [0, 1, 2, 3];

/** A node's name in links. @param {AttributionGraph} data @param {number} at */
export function keyOf({ kinds, layers, positions, numbers, first }, at) {
  const [layer, position, number] = [first + layers.a[at], positions.a[at], numbers.a[at]];
  return [`${layer}.${position}.${number}`, `e${layer}.${position}`, `t${position}`, `l${number}`][kinds.a[at]];
}

/** A node's name on the page. @param {AttributionGraph} data @param {number} at */
export function nameOf({ ids, kinds, layers, positions, numbers, first }, at) {
  const where = `“${tokenText(ids.a[positions.a[at]])}” (${positions.a[at]})`;
  switch (kinds.a[at]) {
    case FEATURE:
      return `MLP ${first + layers.a[at]} feature ${numbers.a[at]} at ${where}`;
    case ERROR:
      return `error of MLP ${first + layers.a[at]} at ${where}`;
    case TOKEN:
      return first ? `stream at ${where}` : `token ${where}`;
    default:
      return `logit of “${tokenText(numbers.a[at])}”`;
  }
}

/** The supernodes of a link: places of nodes that are there. @param {AttributionGraph} data @param {string} text */
export function groupsOf(data, text) {
  const place = new Map(Array.from(data.kinds.a, (_, at) => [keyOf(data, at), at]));
  const taken = new Set();
  return text.split(";").map((group) =>
    group.split(",").flatMap((key) => {
      const at = place.get(key.trim());
      if (at === undefined || taken.has(at) || data.kinds.a[at] > ERROR) return [];
      taken.add(at);
      return [at];
    }),
  );
}

/** @param {AttributionGraph} data @param {number[][]} groups */
export const written = (data, groups) =>
  groups
    .filter((group) => group.length)
    .map((group) => group.map((at) => keyOf(data, at)).join(","))
    .join(";");

/** The nodes that hold the share; then what leads nowhere is dropped until nothing changes.
 * @param {AttributionGraph} data @param {number} share @returns {Set<number>} */
export function pruned({ kinds, cumulative, sources, targets }, share) {
  const count = kinds.a.length;
  const keep = new Set();
  for (let at = 0; at < count; at++) if (kinds.a[at] >= TOKEN || cumulative.a[at] <= share) keep.add(at);
  for (let before = -1; before !== keep.size; ) {
    before = keep.size;
    const [reads, writes] = [new Set(), new Set()];
    for (let edge = 0; edge < sources.a.length; edge++) {
      const [source, target] = [sources.a[edge], targets.a[edge]];
      if (!keep.has(source) || !keep.has(target)) continue;
      writes.add(source);
      reads.add(target);
    }
    for (const at of keep) {
      if (kinds.a[at] < TOKEN && !writes.has(at)) keep.delete(at);
      if (kinds.a[at] === FEATURE && !reads.has(at)) keep.delete(at);
    }
  }
  return keep;
}

/** @param {AttributionGraph} data @param {number} share @param {number[][]} groups */
export function drawnGraph(data, share, groups) {
  const keep = pruned(data, share);
  /** @type {Drawn[]} */
  const drawn = [];
  const place = new Map();
  const add = (/** @type {number[]} */ nodes, /** @type {number} */ group) => {
    for (const at of nodes) place.set(at, drawn.length);
    drawn.push({ key: group < 0 ? keyOf(data, nodes[0]) : `s${group}`, nodes, group });
  };
  groups.forEach((group, number) => {
    const nodes = group.filter((at) => keep.has(at));
    if (nodes.length) add(nodes, number);
  });
  for (const at of [...keep].sort((one, other) => one - other)) if (!place.has(at)) add([at], -1);
  /** @type {Map<string, Line>} */
  const lines = new Map();
  data.sources.a.forEach((from, edge) => {
    const [source, target] = [place.get(from), place.get(data.targets.a[edge])];
    if (source === undefined || target === undefined || source === target) return;
    const line = lines.get(`${source}-${target}`) ?? { source, target, effect: 0, strength: 0 };
    const to = data.targets.a[edge];
    line.effect += data.effects.a[edge];
    line.strength += data.shares.a[edge] * (data.influence.a[to] + (data.kinds.a[to] === LOGIT ? data.acts.a[to] : 0));
    lines.set(`${source}-${target}`, line);
  });
  return { drawn, lines: [...lines.values()].sort((one, other) => other.strength - one.strength) };
}

/** The sum over a supernode's members. @param {ArrayLike<number>} of @param {Drawn} drawn */
export const sumOf = (of, { nodes }) => nodes.reduce((sum, at) => sum + of[at], 0);
