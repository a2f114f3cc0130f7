// @ts-check
/**
 * The same way of sharing in the other run: bytes, operations and waiting, against this run's.
 *
 * @import { RankTotals, RingRecording, RingSteps } from "../../../types/systems"
 * @import { Row, ViewContext } from "../../../kit/view"
 *
 * @typedef {ViewContext<any, RingSteps>} Context
 */
import { counted, decimal, headName, whole } from "../../../kit/numbers/format.js";
import { memory, operations } from "../../../kit/numbers/magnitude.js";
import { max, sum } from "../../../vendor/d3.js";
import { html, nothing } from "../../../vendor/lit.js";
import { layoutName, needed, sameWay } from "./ways.js";

/**
 * Whether both texts are shared alike, so that only chance tells the two apart.
 * @param {RingSteps} here
 * @param {RingSteps} there
 */
const alike = (here, there) =>
  here.length === there.length && here.d_head === there.d_head && here.window === there.window;

/** @param {RingSteps} data @param {RingRecording} recording @param {Context} ctx */
export const wayThere = (data, recording, { there }) =>
  there && !alike(data, there) ? there.recordings.find((each) => sameWay(each, recording)) : undefined;

/** @param {RankTotals[]} all */
const bytes = (all) => sum(all, ({ sent }) => sent);

/** @param {RankTotals[]} all */
const flops = (all) => sum(all, (each) => each.flops);

/** @param {RankTotals[]} all */
const waits = (all) => max(all, ({ wait }) => wait) ?? 0;

/** Each rank of both runs over both passes. @param {RingSteps} data @param {Context} ctx @returns {Row[]} */
export function totalRows({ recordings }, { there, beside }) {
  if (!there) return [];
  const of = (/** @type {string} */ run, /** @type {RingSteps["recordings"]} */ ways) =>
    ways.flatMap(({ ranks, kind, causal, totals }) =>
      totals.map(({ sent, flops, computed, skipped, compute, wait, send }, rank) => ({
        ...{ ranks, layout: layoutName(kind), causal, rank, pass: "both", does: "in all", bytes: sent, run },
        ...{ flops, tiles: computed, tiles_skipped: skipped, compute_ms: compute, wait_ms: wait, send_ms: send },
      })),
    );
  return [...of("this run", recordings), ...of(beside.name, there.recordings)];
}

/** @param {RingSteps} data @param {RingRecording} recording @param {Context} ctx */
export function compared(data, recording, ctx) {
  const { there: run, beside } = ctx;
  const { length, d_head } = data;
  if (!run) return nothing;
  if (alike(data, run))
    return html`<p class="readout basenote">${beside.The} has the same number of tokens and the same head width: the
      same bytes go round, and its times differ by chance.</p>`;
  const size = html`${beside.start} ${headName(run.layer, run.head)} has ${counted(run.length, "token")} of ${whole(
    run.d_head,
  )} numbers, here ${whole(length)} of ${whole(d_head)}`;
  const its = wayThere(data, recording, ctx);
  if (!its)
    return html`<p class="readout basenote">${size}. ${recording.ranks} ranks in the ${layoutName(recording.kind)}
        layout need ${whole(needed(recording))} tokens, so its text is too short.</p>`;
  const [here, there] = [recording.totals, its.totals];
  return html`<p class="readout basenote">${size}. There the ranks send <b data-bytes=${bytes(there)}>${memory(
    bytes(there),
  )}</b> in all, ${decimal(bytes(there) / bytes(here))} times as much as here, and compute
    ${operations(flops(there))}, ${decimal(flops(there) / flops(here))} times as much. The longest wait of a rank is
    ${decimal(waits(there), 1)} ms there and ${decimal(waits(here), 1)} ms here. Each ran once, so the times give no
    verdict.</p>`;
}
