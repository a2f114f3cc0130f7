// @ts-check
/**
 * A real generation, pass by pass: one that reads the prompt, and one for each token after it.
 *
 * @import { PhasesPicture } from "../../../types/inference"
 * @import { Milliseconds } from "../../../types/shared"
 * @import { Row, View, ViewContext } from "../../../kit/view"
 */

import { legend } from "../../../kit/drawing/legend.js";
import { counted } from "../../../kit/numbers/format.js";
import { figures, timed } from "../../../kit/numbers/magnitude.js";
import { range, verdict } from "../../../kit/numbers/timing.js";
import { tokenText } from "../../../kit/text/tokens.js";
import { html, nothing } from "../../../vendor/lit.js";
import { compared } from "./compared.js";
import { fedTokens, lastFed, median, passOf, prefillOf, stepsOf } from "./fed.js";
import { working } from "./passes.js";
import { besideWords, rowsBeside } from "./phases_beside.js";
import { timeline } from "./timeline.js";

const NOTES = {
  prefill:
    "All tokens of the prompt share one reading of the weights, and only the last one needs logits. The counts " +
    "include " +
    "masked pairs, which are computed too.",
  decode:
    "One token needs all weights: about one multiplication and one addition for each 4 bytes. The cache adds little " +
    "in a " +
    "text this short.",
};

/** @type {View<PhasesPicture>} */
export function phases(data, ctx) {
  return html`
    <div class="bar">
      <p class="readout">${said(data)}</p>
      ${legend([
        ["prefill", "prefill, a prompt token"],
        ["decode", "decode, a new token"],
        data.base && ["other", `both, ${ctx.beside.name}`],
      ])}
    </div>
    <p class="readout latency">${latency(data)}</p>
    ${data.base ? html`<p class="readout basenote">${besideWords(data, data.base, ctx.beside)}</p>` : nothing}
    <div class="figure">${timeline(data, ctx)}</div>
    <div class="below">
      ${compared(data, ctx.beside)}
      ${chosenPass(data, ctx)}
    </div>`;
}

/**
 * Each token that was read, and its pass.
 * @param {PhasesPicture} data
 * @returns {Row[]}
 */
export function rows(data) {
  const { base } = data;
  const own = fedTokens(data).map(({ id, position, pass, from, to }) => {
    const { phase, tokens, ms, low, high, flops, bytes, intensity } = data.passes[pass];
    const read = { position, token: tokenText(id), pass, phase, from_ms: from, to_ms: to };
    const times = { tokens, pass_ms: ms, low_ms: low, high_ms: high, flops, bytes, flops_a_byte: intensity };
    return { ...(base ? { run: "this" } : {}), ...read, ...times };
  });
  return base ? [...own, ...rowsBeside(base)] : own;
}

/** @param {PhasesPicture} data */
function said(data) {
  const prefill = prefillOf(data);
  const steps = stepsOf(data);
  const begins = html`Prefill takes <b>${timed(prefill.ms / prefill.tokens)}</b> a token`;
  const other = data.same ? "" : " The engine wrote other tokens than this run did.";
  if (!steps.length) return html`${begins}. The answer ended with its first token.${other}`;
  const so_far = data.rounds < data.of_rounds ? ` of ${data.of_rounds} so far` : "";
  const measured = `${counted(data.threads, "thread")}, float32, medians of ${counted(data.rounds, "round")}${so_far}.`;
  return html`${begins}, decode takes <b>${timed(median(steps))}</b>. ${longer(data)} ${measured}${other}`;
}

/** What a user waits for, in the words of serving. @param {PhasesPicture} data */
function latency({ ttft, tpot }) {
  const half = (/** @type {Milliseconds} */ { low, high }) => `(middle half ${timed(low)} to ${timed(high)})`;
  const first = html`Time to first token (TTFT) <b data-ttft=${ttft.ms}>${timed(ttft.ms)}</b> ${half(ttft)}`;
  if (!tpot) return html`${first}.`;
  return html`${first}; time per output token (TPOT), the mean of the tokens after it,
    <b data-tpot=${tpot.ms}>${timed(tpot.ms)}</b> ${half(tpot)}: ${figures(1000 / tpot.ms)} tokens a second. These are
    forward passes of one request: a queue and the choice of each token add to both times.`;
}

/**
 * Said only once all rounds are in, and only where they agree.
 * @param {PhasesPicture} data
 */
function longer({ ratio, rounds, of_rounds }) {
  if (rounds < of_rounds || !ratio) return nothing;
  return verdict(
    ratio,
    (times) => html`Round by round a decoded token takes <b>${figures(times.median)}</b> times as long as a token of the
      prompt (median, middle half ${range(times)}).`,
  );
}

/**
 * @param {PhasesPicture} data
 * @param {ViewContext} ctx
 */
function chosenPass(data, ctx) {
  const position = ctx.focus.position ?? 0;
  const at = passOf(data, position);
  const pass = data.passes[at];
  const prefill = `Prefill: ${counted(pass.tokens, "token")}, none before`;
  return html`
    <div>
      <h3 class="sub3">${at === 0 ? prefill : `Decode, pass ${at}: one token after ${pass.past}`}</h3>
      ${working(data, pass)}
      <p class="hint">${NOTES[pass.phase]}</p>
      ${
        position > lastFed(data)
          ? html`<p class="hint">No pass has read the selected token, the last one written. The last pass is shown.</p>`
          : nothing
      }
    </div>`;
}
