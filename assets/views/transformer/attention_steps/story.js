// @ts-check
/**
 * The steps from the stream to what the head writes into it: their matrices, the signs between them, and what is said.
 *
 * @import { Cells } from "./cells"
 * @import { Head } from "./head"
 * @import { TemplateResult } from "lit-html"
 *
 * @typedef {object} Step
 * @property {string} key
 * @property {string} tab
 * @property {Cells | null} icon
 * @property {Cells[]} cells
 * @property {string[]} signs between them
 * @property {TemplateResult} says
 */
import { decimal, percent } from "../../../kit/numbers/format.js";
import { max, mean, range, sum } from "../../../vendor/d3.js";
import { html, nothing } from "../../../vendor/lit.js";
import { length, pairsOf, transposed, vectors } from "./cells.js";
import { byRoot, highest, keysOf, scaleSigns } from "./head.js";

/**
 * @param {Head} head
 * @returns {Step[]}
 */
export function story(head) {
  const prime = head.data.rotary ? "′" : "";
  return [
    projections(head),
    ...(head.data.rotary ? [rotation(head)] : []),
    products(head, prime),
    scale(head),
    mask(head),
    softmax(head),
    values(head),
    output(head),
    addition(head),
  ];
}

/** @param {Head} head @returns {Step} */
function projections({ data }) {
  const shared = data.n_heads > 1 ? `k and v come from key-value head ${data.kv}.` : "";
  return {
    key: "qkv",
    tab: "q, k, v",
    icon: vectors("q", data.q),
    cells: [vectors("q", data.q), vectors("k", data.k), vectors("v", data.v)],
    signs: ["", ""],
    says: html`The normalized stream is multiplied by W_Q, W_K and W_V. Each token gets a query (what it looks for), a
      key (what others find it by) and a value (what it hands over): <b>${data.d_head} numbers each</b>. ${shared}`,
  };
}

/** @param {Head} head @returns {Step} */
function rotation({ data, selected, quoted }) {
  const [before, after] = [data.q, data.rot_q].map((each) => decimal(length(each, selected, data.d_head)));
  return {
    key: "rotate",
    tab: "rotate",
    icon: vectors("q′", data.rot_q),
    cells: [vectors("q", data.q), vectors("q′", data.rot_q), vectors("k", data.k), vectors("k′", data.rot_k)],
    signs: ["→", "", "→"],
    says: html`Each pair of numbers is rotated by an angle that grows with the position, so a score depends on how far
      apart the two tokens are. A rotation keeps the length: |q| at ${quoted(selected)} is <b>${before}</b> before and
      <b>${after}</b> after.`,
  };
}

/** @param {Head} head @returns {Step} */
function values(head) {
  const { data, selected, quoted } = head;
  return {
    key: "values",
    tab: "× v",
    icon: vectors("z", data.z),
    cells: [
      pairsOf("pattern", data.pattern, { kind: "weight", hidden: hiddenBy(head) }),
      vectors("v", data.v),
      vectors("z", data.z),
    ],
    signs: ["×", "="],
    says: html`Each query mixes the values: z is the mean of the rows of v, weighted by the query’s row of the pattern.
      The length |z| at ${quoted(selected)} is
      <b>${decimal(length(data.z, selected, data.d_head))}</b>${
        data.first ? ". Values before this window count too." : "."
      }`,
  };
}

/** @param {Head} head @returns {Step} */
function output({ data, selected, quoted }) {
  return {
    key: "output",
    tab: "× W_O",
    icon: vectors("out", data.out),
    cells: [
      vectors("z", data.z),
      {
        name: "W_O",
        rows: data.d_head,
        columns: data.d_model,
        down: "dimension",
        across: "stream",
        kind: "signed",
        value: () => Number.NaN,
        parameters: true,
        of: [],
      },
      { ...vectors("written", data.out), across: "stream" },
    ],
    signs: ["×", "="],
    says: html`The head’s own slice of W_O maps its ${data.d_head} numbers to the ${data.d_model} of the stream. At
      ${quoted(selected)} the head writes a vector of length
      <b>${decimal(length(data.out, selected, data.d_model))}</b>.`,
  };
}

/** @param {Head} head @returns {Step} */
function addition({ data, selected, quoted }) {
  return {
    key: "add",
    tab: "Σ heads",
    icon: { ...vectors("heads", data.heads), down: "head" },
    cells: [],
    signs: [],
    says: html`All ${data.n_heads} heads of the block write at once. Their sum${
      data.bias ? ", with the bias," : nothing
    } is added to the stream. At ${quoted(selected)} this head’s part has length
      <b>${decimal(length(data.heads, data.head, data.d_model))}</b> and the sum has length
      <b>${decimal(length(data.attn_out, 0, data.d_model))}</b>. Heads can cancel each other.`,
  };
}

// The steps from queries and keys to weights: products, scale, mask, softmax.

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
function mask(head) {
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
const hiddenBy =
  ({ seen }) =>
  (/** @type {number} */ query, /** @type {number} */ key) =>
    !seen(query, key);
