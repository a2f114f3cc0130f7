// @ts-check
/**
 * The steps from the stream to what the head writes into it: their matrices, the signs between them, and what is said.
 *
 * @import { TemplateResult } from "lit-html"
 * @import { Cells } from "./cells.js"
 * @import { Head } from "./head.js"
 *
 * @typedef {object} Step
 * @property {string} key
 * @property {string} tab
 * @property {Cells | null} icon
 * @property {Cells[]} cells
 * @property {string[]} signs between them
 * @property {TemplateResult} says
 */
import { decimal } from "../../../kit/format.js";
import { html, nothing } from "../../../vendor/lit.js";
import { length, pairsOf, vectors } from "./cells.js";
import { hiddenBy, mask, products, scale, softmax } from "./story_scores.js";

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
