// @ts-check
/**
 * The steps from queries and keys to weights: products, scale, mask, softmax.
 *
 * @import { Head } from "./head.js"
 * @import { Step } from "./story.js"
 */
import { decimal, percent } from "../../../kit/format.js";
import { max, mean, range, sum } from "../../../vendor/d3.js";
import { html, nothing } from "../../../vendor/lit.js";
import { pairsOf, transposed, vectors } from "./cells.js";
import { byRoot, highest, keysOf, scaleSigns } from "./head.js";

/** @param {Head} head @param {string} prime @returns {Step} */
export function products(head, prime) {
  const { data, selected, quoted, count } = head;
  const key = highest(head, data.raw, selected);
  return {
    key: "scores",
    tab: `q${prime} · k${prime}ᵀ`,
    icon: pairsOf("q·k", data.raw),
    cells: [vectors(`q${prime}`, data.rot_q), transposed(`k${prime}ᵀ`, data.rot_k), pairsOf("scores", data.raw)],
    signs: ["×", "="],
    says: html`Each query is multiplied with each key: one score is the sum of <b>${data.d_head} products</b>. Among the
      keys that ${quoted(selected)} may see, ${quoted(key)} has the highest score:
      <b>${decimal(data.raw.a[selected * count + key], 1)}</b>.`,
  };
}

/** @param {Head} head @returns {Step} */
export function scale({ data, count }) {
  const root = Math.sqrt(data.d_head);
  const times = byRoot(data)
    ? `√${data.d_head} = ${decimal(root, Number.isInteger(root) ? 0 : 2)}`
    : decimal(1 / data.scaling, 1);
  const [bare, scaled] = [0, 1].map(
    (row) => mean(data.entropy.a.subarray(row * count, (row + 1) * count)) ?? Number.NaN,
  );
  return {
    key: "scale",
    tab: scaleSigns(data) + (data.softcap ? ", cap" : ""),
    icon: null,
    cells: [],
    signs: [],
    says: html`The standard deviation of a sum of ${data.d_head} products is about ${times} times that of one product.
      Dividing by
      that keeps softmax from choosing one key alone: over the queries shown, the mean entropy is
      <b>${decimal(scaled)} bits</b> with the scale and <b>${decimal(bare)} bits</b> without${
        data.softcap ? `. Then a cap keeps the scores within ±${data.softcap}.` : "."
      }`,
  };
}

/** @param {Head} head @returns {Step} */
export function mask(head) {
  const { data, selected, quoted, count } = head;
  const outside = range(selected + 1).filter((key) => !head.seen(selected, key)).length;
  const hidden = hiddenBy(head);
  return {
    key: "mask",
    tab: "mask",
    icon: pairsOf("masked", data.scores, { hidden }),
    cells: [
      pairsOf("scaled scores", data.scores),
      pairsOf("mask", data.scores, { kind: "mask", value: () => 0, hidden }),
      pairsOf("masked scores", data.scores, { hidden }),
    ],
    signs: ["+", "="],
    says: html`A query may not see later tokens: the mask adds −∞ to their scores (white). ${quoted(selected)} keeps
      <b>${selected + 1 - outside} of ${count}</b> keys${data.first ? " of this window" : nothing}${
        outside ? `; ${outside} more lie outside its sliding window` : nothing
      }.`,
  };
}

/** @param {Head} head @returns {Step} */
export function softmax(head) {
  const { data, selected, quoted, count } = head;
  const key = highest(head, data.pattern, selected);
  const score = (/** @type {number} */ at) => data.scores.a[selected * count + at];
  const seen = keysOf(head, selected);
  const most = max(seen, score) ?? 0;
  const total = sum(seen, (at) => Math.exp(score(at) - most));
  const share = `: exp ${decimal(Math.exp(score(key) - most), 3)} of a sum of ${decimal(total)}.`;
  const before = `; keys before this window get ${percent(data.outside.a[selected])}.`;
  const hidden = hiddenBy(head);
  return {
    key: "softmax",
    tab: "softmax",
    icon: pairsOf("pattern", data.pattern, { kind: "weight" }),
    cells: [
      pairsOf("masked scores", data.scores, { hidden }),
      pairsOf("pattern", data.pattern, { kind: "weight", hidden }),
    ],
    signs: ["softmax of each row →"],
    says: html`Softmax takes exp of each score and divides by the row’s sum: the shares add up to 1.
      ${quoted(selected)} gives ${quoted(key)}
      <b>${percent(data.pattern.a[selected * count + key])}</b>${data.first ? before : share}`,
  };
}

/** @param {Head} head */
export const hiddenBy =
  ({ seen }) =>
  (/** @type {number} */ query, /** @type {number} */ key) =>
    !seen(query, key);
