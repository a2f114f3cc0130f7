// @ts-check
/**
 * One small load served twice, in static batches and continuously, pass by pass.
 *
 * @import { BatchingContest } from "../../../types/inference"
 * @import { Row, View, ViewContext } from "../../../kit/view"
 */

import { legend } from "../../../kit/drawing/legend.js";
import { counted, decimal } from "../../../kit/numbers/format.js";
import { timed } from "../../../kit/numbers/magnitude.js";
import { range, verdict } from "../../../kit/numbers/timing.js";
import { tokenText } from "../../../kit/text/tokens.js";
import { mean } from "../../../vendor/d3.js";
import { html, nothing } from "../../../vendor/lit.js";
import { lanes } from "./lanes.js";
import { load } from "./load.js";
import { chosenRequest, compared } from "./served.js";
import { besideWords, rowsThere } from "./timeline_other.js";
import { answered, KINDS, seconds, WAYS } from "./ways.js";

/** @type {View<BatchingContest>} */
export function timeline(data, ctx) {
  const chosen = chosenOf(data, ctx);
  const choose = (/** @type {number} */ request) => ctx.control("request", request);
  return html`
    ${load(data, ctx)} ${besideWords(data, ctx)}
    <div class="bar">
      <p class="readout">${data.rounds ? said(data) : beginning(data)}</p>
      ${legend([
        ["arrives", "arrives"],
        ["waits", "waits"],
        ["prefill", "reads its prompt"],
        ["decode", "writes a token"],
        ["wasted", "thrown away"],
        data.continuous.preempted.length > 0 && ["preempted", "preempted"],
      ])}
    </div>
    <div class="figure">${lanes(data, { chosen, choose, width: ctx.width })}</div>
    ${data.rounds ? html`<div class="below">${compared(data, ctx)}${chosenRequest(data, chosen)}</div>` : nothing}`;
}

/**
 * Every row that was computed, for either run.
 * @param {BatchingContest} data
 * @param {ViewContext} ctx
 * @returns {Row[]}
 */
export function rows(data, ctx) {
  const here = WAYS.flatMap(({ way }) => {
    const { passes, cells, latency } = data[way];
    return cells.map(([request, pass, kind, token, read]) => ({
      ...(data.base ? { run: "this run" } : {}),
      way,
      request: request + 1,
      arrives_s: data.requests[request].arrives,
      pass: pass + 1,
      from_s: passes[pass][0],
      to_s: passes[pass][1],
      row: KINDS[kind],
      token: token === null ? null : tokenText(token),
      tokens_read: read,
      latency_s: latency[request],
    }));
  });
  return [...here, ...rowsThere(data, ctx)];
}

/**
 * @param {BatchingContest} data
 * @param {ViewContext} ctx
 */
function chosenOf({ requests }, ctx) {
  const wanted = Number(ctx.controls.request);
  return wanted < requests.length ? wanted : 0;
}

/** @param {BatchingContest} data */
function beginning(data) {
  const way = data.static.latency.includes(null) ? "static batches are" : "continuous batching is";
  return `Round 1 of ${data.of_rounds}: ${way} being served.`;
}

/** @param {BatchingContest} data */
function said(data) {
  const { continuous_ms, static_ms, continuous } = data;
  if (!continuous_ms || !static_ms) return nothing;
  const half = (/** @type {{ low: number, high: number }} */ { low, high }) => `${timed(low)} to ${timed(high)}`;
  const [alone, batched] = [mean(answered(continuous.latency)), mean(answered(data.static.latency))];
  const step = `A decode step of one request takes ${seconds(data.step)} with ${counted(data.threads, "thread")}.`;
  const drawn = `${seconds(continuous.seconds)} against ${seconds(data.static.seconds)}`;
  return html`Continuous batching answers all requests after <b>${timed(continuous_ms.ms)}</b> (median; middle half
    ${half(continuous_ms)}), static batches after <b>${timed(static_ms.ms)}</b> (median; middle half
    ${half(static_ms)}). ${faster(data)} The picture shows one round, the one with the median ratio: ${drawn}, mean
    latency <b>${seconds(alone ?? 0)}</b> against <b>${seconds(batched ?? 0)}</b>,
    ${counted(continuous.preempted.length, "preemption")}. ${step}`;
}

/**
 * Which way is faster, where the rounds agree.
 * @param {BatchingContest} data
 */
function faster({ ratio, rounds, of_rounds }) {
  if (rounds < of_rounds || !ratio) return `Round ${rounds} of ${of_rounds} so far.`;
  return verdict(
    ratio,
    (times) => html`Round by round static batches took <b>${decimal(times.median)} times</b> as long (median of
      ${rounds} rounds; middle half ${range(times)}).`,
  );
}
