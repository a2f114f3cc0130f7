// @ts-check
/**
 * What a prompt and an answer cost with a cache and without one, by formula.
 *
 * @import { CacheExample } from "../../../types/inference"
 * @import { GenerationWork } from "../../../types/systems"
 * @import { Row, View } from "../../../kit/view"
 */
import { control } from "../../../kit/controls/declared.js";
import { whole } from "../../../kit/numbers/format.js";
import { figures, memory, operations } from "../../../kit/numbers/magnitude.js";
import { table } from "../../../kit/numbers/table.js";
import { html } from "../../../vendor/lit.js";

/** @type {[name: string, of: (work: GenerationWork) => number, written: (value: number) => string, told: string][]} */
const LINES = [
  ["Passes of the model", (work) => work.passes, whole, "one for each new token, both ways"],
  ["Token passes", (work) => work.token_passes, whole, "tokens that go through the blocks, each counted every time"],
  ["Matrices", (work) => work.matrix_flops, operations, "2 · token passes · weights, and the unembedding"],
  ["Attention", (work) => work.attention_flops, operations, "4 · queries · keys · blocks · heads · d_head"],
  ["Weights read", (work) => work.weight_bytes, memory, "every pass reads all of them"],
  ["Cache read and written", (work) => work.cache_bytes, memory, "without a cache, keys and values live for one pass"],
];

/** @type {View<CacheExample>} */
export function example(data, ctx) {
  const { prompt, new: answer, cached, uncached } = data;
  return html`
    <div class="amounts">${control(ctx, "prompt")} ${control(ctx, "answer")}</div>
    <p class="readout">
      The answer takes <b>${whole(cached.token_passes)}</b> token passes with a cache and
      <b>${whole(uncached.token_passes)}</b> without one,
      <b>${figures(uncached.token_passes / cached.token_passes)}</b> times as many. The cache holds
      <b>${memory(data.cache_bytes)}</b> at the end, in 32-bit numbers.
    </p>
    ${table({
      label: "What is computed and read, with a cache and without",
      rows: LINES,
      columns: [
        { name: "In total", cell: ([name, , , told]) => html`<span title=${told}>${name}</span>` },
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
      Token passes with a cache: ${whole(prompt)} + ${whole(answer)} − 1, because no pass reads the last token. Without:
      ${whole(prompt)} + ${whole(prompt + 1)} + … + ${whole(prompt + answer - 1)}.
      ${
        prompt + answer > data.n_ctx
          ? `This model reads at most ${whole(data.n_ctx)} positions, so no run of it can be this long.`
          : ""
      }
    </p>`;
}

/** @param {CacheExample} data @returns {Row[]} */
export function rows({ prompt, new: answer, cached, uncached }) {
  return LINES.map(([quantity, of]) => ({ prompt, answer, quantity, cached: of(cached), uncached: of(uncached) }));
}
