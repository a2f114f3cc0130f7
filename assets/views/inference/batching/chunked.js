// @ts-check
/**
 * A long prompt that comes in beside requests that decode: whole, and in chunks, on one clock.
 *
 * @import { ChunkedPrefill, PromptReading } from "../../../types/inference"
 * @import { Row, View, ViewContext } from "../../../kit/view"
 */
import { control } from "../../../kit/controls/declared.js";
import { legend } from "../../../kit/drawing/legend.js";
import { counted, decimal } from "../../../kit/numbers/format.js";
import { timed } from "../../../kit/numbers/magnitude.js";
import { verdict } from "../../../kit/numbers/timing.js";
import { html, nothing } from "../../../vendor/lit.js";
import { chosenChunk, reading, WHOLE } from "./chunk.js";
import { chart, numbers } from "./chunked_numbers.js";
import { besideWords, columnsThere } from "./chunked_other.js";
import { stalls } from "./stalls.js";

/** @type {View<ChunkedPrefill>} */
export function chunked(data, ctx) {
  const whole = data.ways.find(({ chunk }) => chunk === WHOLE);
  const chosen = chosenWay(data, ctx);
  const shown = [whole, chosen].filter((way) => way !== undefined);
  return html`
    ${settings(data, ctx)} ${besideWords(data, ctx, chosenChunk(data, ctx))}
    <div class="bar">
      <p class="readout">${said(data, whole, chosen)}</p>
      ${legend([
        ["token", "a token of a decoding request"],
        ["gap", "its longest pause"],
        ["prefill", "a part of the long prompt is read"],
        ["first", "the long prompt’s tokens"],
      ])}
    </div>
    <div class="figure">${stalls(shown, data, ctx.width)}</div>
    <div class="side-by-side">
      <div>
        <h3 class="sub3">Longest pause and time to first token <small>${rounds(data)}</small></h3>
        ${chart(data, ctx)}
      </div>
      <div>
        ${numbers(data, ctx)}
        <p class="hint">
          The picture shows each pass at its median over the rounds. A chunk is the number of tokens that a pass may
          read: decoding requests take theirs first, the prompt takes what is left (Sarathi-Serve). Here prefill and
          decode are two calls. A server that fuses them reads the weights once a pass, and small chunks cost it less.
        </p>
      </div>
    </div>`;
}

/** @param {ChunkedPrefill} data @param {ViewContext} ctx @returns {Row[]} */
export function rows(data, ctx) {
  return data.ways.map(({ chunk, longest_gap, first_token, gap_p50, passes, rounds }) => ({
    prompt_read: reading(chunk),
    longest_gap_ms: longest_gap.ms,
    longest_gap_low: longest_gap.low,
    longest_gap_high: longest_gap.high,
    gap_p50_ms: gap_p50,
    ttft_ms: first_token.ms,
    passes: passes.length,
    rounds,
    ...columnsThere(data, chunk, ctx),
  }));
}

/** @param {ChunkedPrefill} data @param {ViewContext} ctx */
function settings(data, ctx) {
  const choices = data.chunks.filter((chunk) => chunk !== WHOLE);
  return html`
    <div class="load">
      ${control(ctx, "long")} ${control(ctx, "decoding")}
      ${control(ctx, "chunk", { as: "segmented", choices, value: chosenChunk(data, ctx) })}
    </div>`;
}

/** @param {ChunkedPrefill} data @param {ViewContext} ctx */
function chosenWay(data, ctx) {
  const chunk = chosenChunk(data, ctx);
  return chunk === WHOLE ? undefined : data.ways.find((way) => way.chunk === chunk);
}

/**
 * @param {ChunkedPrefill} data
 * @param {PromptReading | undefined} whole
 * @param {PromptReading | undefined} chosen
 */
function said(data, whole, chosen) {
  if (!whole || !chosen) return "The ways of reading the prompt are measured one after the other.";
  return html`Decoding requests pause for <b>${timed(whole.longest_gap.ms)}</b> while the prompt of ${data.long} tokens
    is read <b>whole</b>, and for at most <b>${timed(chosen.longest_gap.ms)}</b> while it is read in chunks of
    ${chosen.chunk}. ${shorter(chosen)} The prompt’s own first token (TTFT) comes after
    <b>${timed(whole.first_token.ms)}</b> and <b>${timed(chosen.first_token.ms)}</b>.`;
}

/** Whether the rounds agree. @param {PromptReading} chosen */
function shorter({ whole_over }) {
  if (!whole_over) return nothing;
  const said = (/** @type {number} */ times) =>
    times > 1
      ? `Round by round the longest pause is ${decimal(times, 1)} times shorter.`
      : "Chunks shorten no pause of this model here.";
  return verdict(whole_over, ({ median }) => said(median));
}

/** @param {ChunkedPrefill} data */
function rounds({ rounds, of_rounds, threads }) {
  if (!rounds) return `ms, round 1 of ${of_rounds} is under way, ${counted(threads, "thread")}`;
  const made = rounds < of_rounds ? `${rounds} of ${of_rounds} rounds` : counted(rounds, "round");
  return `ms, medians of ${made}, ${counted(threads, "thread")}`;
}
