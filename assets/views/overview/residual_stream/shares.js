// @ts-check
/**
 * The writes into the stream as parts of a logit, in an order, each beginning where the one before it ends.
 *
 * @import { ResidualWaterfall } from "../../../types/overview"
 * @import { First } from "../../../kit/runs/writers.js"
 *
 * @typedef {object} Share in logits
 * @property {string} name
 * @property {string} short
 * @property {"embedding" | First | "written" | "rest"} kind
 * @property {number} value
 * @property {number | null} before in the unchanged run, where it can be compared
 * @property {number | null} block
 *
 * @typedef {Share & { from: number, to: number, was: { from: number, to: number } | null }} Step `was`: of the
 *   unchanged run
 *
 * @typedef {"order" | "size" | "value"} Order
 */
import { cumsum, max, min, range, sum } from "../../../vendor/d3.js";

/** What a block's first writer is called beside its bar. @type {Record<First, string>} */
const LETTER = { attention: "A", mixer: "M" };

/** Whether the share is its block's first: the block's number stands below it. @param {Share} share */
export const leadsBlock = ({ kind }) => kind === "attention" || kind === "mixer";

/**
 * @param {ResidualWaterfall} data
 * @param {ResidualWaterfall | null} base of the other run
 * @param {{ first: First, second: string | null }} writers of each block
 * @returns {Share[]} in the order of the stream
 */
export function sharesOf(data, base, { first, second }) {
  const before = (/** @type {(of: ResidualWaterfall) => number} */ read) => (base ? read(base) : null);
  /** @type {Share[]} */
  const shares = [
    {
      name: "embedding",
      short: "E",
      kind: "embedding",
      value: data.embed,
      before: before((b) => b.embed),
      block: null,
    },
  ];
  if (data.constant !== 0 || base?.constant) {
    const value = { value: data.constant, before: before((b) => b.constant) };
    shares.push({ name: "constant terms (biases)", short: "b", kind: "written", block: null, ...value });
  }
  for (const block of range(data.attn.a.length)) {
    const one = { value: data.attn.a[block], before: before((b) => b.attn.a[block]) };
    shares.push({ name: `${first} ${block}`, short: `${LETTER[first]}${block}`, kind: first, block, ...one });
    if (second === null) continue;
    const other = { value: data.mlp.a[block], before: before((b) => b.mlp.a[block]) };
    shares.push({ name: `${second} ${block}`, short: `M${block}`, kind: "written", block, ...other });
  }
  for (const { layer: block, share: value } of data.edits) {
    const name = `interventions after block ${block}`;
    shares.push({ name, short: `I${block}`, kind: "written", value, before: before(() => 0), block });
  }
  return shares;
}

/** So few bars have room for their names in the stream's order as well. */
const FEW = 14;

/** Whether each bar has its own name and number. @param {Order} order @param {unknown[]} steps */
export const namesEach = (order, steps) => order !== "order" || steps.length <= FEW;

/**
 * By size or sign, small ones fold into one where there are more than `most`: names stay legible.
 * @param {Share[]} shares
 * @param {Order} order
 * @param {number} most
 */
export function ordered(shares, order, most) {
  if (order === "order") return stacked(shares);
  const bySize = order === "size";
  const sorted = shares.toSorted((one, other) =>
    bySize ? Math.abs(other.value) - Math.abs(one.value) : other.value - one.value,
  );
  if (sorted.length <= most) return stacked(sorted);
  const head = sorted.slice(0, bySize ? most : most / 2);
  const tail = bySize ? [] : sorted.slice(-most / 2);
  return stacked([...head, folded(sorted.slice(head.length, sorted.length - tail.length)), ...tail]);
}

/**
 * @param {Share[]} shares
 * @returns {Share}
 */
function folded(shares) {
  const name = `${shares.length} smaller`;
  const value = sum(shares, (share) => share.value);
  const before = shares[0].before === null ? null : sum(shares, (share) => share.before ?? 0);
  return { name, short: name, kind: "rest", value, before, block: null };
}

/**
 * @param {Share[]} shares
 * @returns {Step[]}
 */
function stacked(shares) {
  const [ends, endsBefore] = [cumsum(shares, ({ value }) => value), cumsum(shares, ({ before }) => before ?? 0)];
  return shares.map((share, at) => {
    const was = share.before === null ? null : { from: endsBefore[at] - share.before, to: endsBefore[at] };
    return { ...share, from: ends[at] - share.value, to: ends[at], was };
  });
}

/**
 * Where the unchanged run's bar lies: on its own running total in the stream's order, else from where the bar begins.
 * @param {Step} step
 * @param {Order} order
 */
export function ghostOf(step, order) {
  if (step.before === null) return null;
  return order === "order" ? step.was : { from: step.from, to: step.from + step.before };
}

/**
 * The least and the largest that a picture of these steps must reach.
 * @param {Step[]} steps
 * @param {{ data: ResidualWaterfall, there: ResidualWaterfall | null, order: Order }} options
 * @returns {[number, number]}
 */
export function extentOf(steps, { data, there, order }) {
  const ends = steps.flatMap((step) => [step.to, (order === "order" && step.was?.to) || 0]);
  const lead = data.measured.lead;
  const least = min([0, lead, ...ends]) ?? 0;
  const most = max([0, lead, there?.measured.lead ?? 0, ...ends]) ?? 0;
  return most - least < 1e-6 ? [least, least + 1] : [least, most];
}
