// @ts-check
/**
 * The load of the run beside this one, served by its model: in words, and its lines for the table and the export.
 *
 * @import { BatchingContest } from "../../../types/inference"
 * @import { Row, ViewContext } from "../../../kit/view"
 */
import { decimal, percent } from "../../../kit/numbers/format.js";
import { timed } from "../../../kit/numbers/magnitude.js";
import { asLong, clause } from "../../../kit/numbers/timing.js";
import { html, nothing } from "../../../vendor/lit.js";
import { KINDS, seconds, WAYS } from "./ways.js";

/** @param {BatchingContest} data @param {ViewContext} ctx */
export function besideWords({ base, rounds, of_rounds, step, ratio, continuous }, { beside }) {
  if (!base) return nothing;
  const part = rounds < of_rounds ? ` Round ${rounds} of ${of_rounds} so far.` : "";
  const gain = (/** @type {BatchingContest["ratio"]} */ times) =>
    times ? clause(times, ({ median }) => `${decimal(median)} times as long`) : "still being measured";
  return html`<p class="readout basenote">${beside.start} ${base.model} decodes a token of one request in
    ${seconds(base.step)}, here in ${seconds(step)}; arrivals are as many steps apart. Continuous batching answers all
    requests there after <b data-continuous=${base.continuous_ms.ms}>${timed(base.continuous_ms.ms)}</b>,
    ${asLong(base.continuous_times)}, and static batches after <b>${timed(base.static_ms.ms)}</b>,
    ${asLong(base.static_times)}. Static batches against continuous batching take ${gain(base.ratio)} there and
    ${gain(ratio)} here. In continuous batching ${percent(base.continuous.useful, 0)} of the slots’ time is useful
    there, ${percent(continuous.useful, 0)} here.${part}</p>`;
}

/** Rows that were computed for it. @param {BatchingContest} data @param {ViewContext} ctx @returns {Row[]} */
export function rowsThere({ base }, { beside }) {
  if (!base) return [];
  return WAYS.flatMap(({ way }) =>
    base[way].cells.map(([request, pass, kind, , read]) => ({
      ...{ run: beside.name, way, request: request + 1, pass: pass + 1, row: KINDS[kind], tokens_read: read },
      from_s: base[way].passes[pass][0],
      to_s: base[way].passes[pass][1],
      latency_s: base[way].latency[request],
    })),
  );
}
