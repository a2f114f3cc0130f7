// @ts-check
/**
 * The same way of sharing in the run beside this one: bytes, operations and waiting, against this run's.
 *
 * @import { RankTotals, RingRecording, RingSteps } from "../../../types/systems"
 * @import { Row, ViewContext } from "../../../kit/view"
 */
import { counted, decimal, headName, whole } from "../../../kit/numbers/format.js";
import { memory, operations } from "../../../kit/numbers/magnitude.js";
import { max, sum } from "../../../vendor/d3.js";
import { html, nothing } from "../../../vendor/lit.js";
import { layoutName, needed, sameWay } from "./ways.js";

/** @param {RingSteps} data @param {RingRecording} recording */
export const wayBeside = ({ base }, recording) => base?.ways.find((each) => sameWay(each, recording));

/** @param {RankTotals[]} all */
const bytes = (all) => sum(all, ({ sent }) => sent);

/** @param {RankTotals[]} all */
const flops = (all) => sum(all, (each) => each.flops);

/** @param {RankTotals[]} all */
const waits = (all) => max(all, ({ wait }) => wait) ?? 0;

/** Each rank of both runs over both passes. @param {RingSteps} data @param {ViewContext} ctx @returns {Row[]} */
export function totalRows({ base, recordings }, { beside }) {
  if (!base) return [];
  const of = (/** @type {string} */ run, /** @type {RingSteps["recordings"] | typeof base.ways} */ ways) =>
    ways.flatMap(({ ranks, kind, causal, totals }) =>
      totals.map(({ sent, flops, computed, skipped, compute, wait, send }, rank) => ({
        ...{ ranks, layout: layoutName(kind), causal, rank, pass: "both", does: "in all", bytes: sent, run },
        ...{ flops, tiles: computed, tiles_skipped: skipped, compute_ms: compute, wait_ms: wait, send_ms: send },
      })),
    );
  return [...of("this run", recordings), ...of(beside.name, base.ways)];
}

/** @param {RingSteps} data @param {RingRecording} recording @param {ViewContext} ctx */
export function compared(data, recording, { beside }) {
  const { base, length, d_head } = data;
  if (!base) return nothing;
  const size = html`${beside.start} ${headName(base.layer, base.head)} has ${counted(base.length, "token")} of ${whole(
    base.d_head,
  )} numbers, here ${whole(length)} of ${whole(d_head)}`;
  const its = wayBeside(data, recording);
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
