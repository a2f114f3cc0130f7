// @ts-check
/**
 * What a prompt and an answer cost with a cache and without one, by formula.
 *
 * @import { CacheExample, GenerationWork } from "../../../types"
 * @import { Row, View, ViewContext } from "../../../kit/view"
 */
import { number } from "../../../kit/controls.js";
import { whole } from "../../../kit/format.js";
import { figures, memory, operations } from "../../../kit/magnitude.js";
import { table } from "../../../kit/table.js";
import { html } from "../../../vendor/lit.js";

const MOST = 4096;

/** @type {[name: string, of: (work: GenerationWork) => number, written: (value: number) => string, told: string][]} */
const LINES = [
  ["Passes of the model", (work) => work.passes, whole, "one a new token, either way"],
  ["Token passes", (work) => work.token_passes, whole, "tokens that go through the blocks, each as often as it does"],
  ["Matrices", (work) => work.matrix_flops, operations, "2 · token passes · weights, and the unembedding"],
  ["Attention", (work) => work.attention_flops, operations, "4 · queries · keys · blocks · heads · d_head"],
  ["Weights read", (work) => work.weight_bytes, memory, "all of them in each pass"],
  ["Cache read and written", (work) => work.cache_bytes, memory, "without a cache, keys and values live within a pass"],
];

/** @type {View<CacheExample>} */
export function example(data, ctx) {
  const { prompt, new: answer, cached, uncached } = data;
  return html`
    <div class="amounts">
      ${amount(ctx, "prompt", "Prompt, tokens", prompt)} ${amount(ctx, "answer", "Answer, tokens", answer)}
    </div>
    <p class="readout">
      With a cache <b>${whole(cached.token_passes)}</b> token passes, without one
      <b>${whole(uncached.token_passes)}</b>:
      <b>${figures(uncached.token_passes / cached.token_passes)}</b> times as many. The price is
      <b>${memory(data.cache_bytes)}</b> of cache at the end, in 32-bit numbers.
    </p>
    ${table({
      label: "What is computed and read, with a cache and without",
      rows: LINES,
      columns: [
        { name: "In all", cell: ([name, , , told]) => html`<span title=${told}>${name}</span>` },
        { name: "With a cache", cell: ([, of, written]) => written(of(cached)), number: true },
        { name: "Without", cell: ([, of, written]) => written(of(uncached)), number: true },
        {
          name: "Times as much",
          cell: ([, of]) => (of(cached) && of(uncached) ? figures(of(uncached) / of(cached)) : "–"),
          number: true,
        },
      ],
    })}
    <p class="hint">
      With: ${whole(prompt)} + ${whole(answer)} − 1, since the last token is not fed. Without: ${whole(prompt)} +
      ${whole(prompt + 1)} + … + ${whole(prompt + answer - 1)}.
      ${
        prompt + answer > data.n_ctx
          ? `This model was made for ${whole(data.n_ctx)} positions: the sums are its sizes’, not a run’s.`
          : ""
      }
    </p>`;
}

/** @param {CacheExample} data @returns {Row[]} */
export function rows({ prompt, new: answer, cached, uncached }) {
  return LINES.map(([quantity, of]) => ({ prompt, answer, quantity, cached: of(cached), uncached: of(uncached) }));
}

/**
 * @param {ViewContext} ctx
 * @param {string} name
 * @param {string} label
 * @param {number} value
 */
const amount = (ctx, name, label, value) =>
  number({ label, value, least: 1, most: MOST, choose: (chosen) => ctx.control(name, chosen) });
