// @ts-check
/**
 * Both layouts against each other, in words: what was timed, and what it can show.
 *
 * @import { RingBalance } from "../../../types/systems"
 */
import { counted, decimal } from "../../../kit/numbers/format.js";
import { range, verdict } from "../../../kit/numbers/timing.js";
import { html, nothing } from "../../../vendor/lit.js";

/**
 * @param {Pick<RingBalance, "ratios" | "rounds" | "of_rounds" | "cores">} data
 * @param {{ ranks: number, causal: boolean }} way
 */
export function layouts(data, { ranks, causal }) {
  const ratio = data.ratios.find((each) => each.ranks === ranks && each.causal === causal);
  if (data.rounds < data.of_rounds || !ratio?.busiest || !ratio.wall) {
    return `Round ${data.rounds} of ${data.of_rounds} is done.`;
  }
  const { busiest, wall } = ratio;
  const most = verdict(
    busiest,
    (times) => html`The busiest rank of the contiguous layout computes <b>${decimal(times.median)} times</b> as long as
      the busiest rank of the zig-zag layout (${range(times)}, processor time).`,
    "the busiest rank’s processor time",
  );
  const all = verdict(
    wall,
    (times) => html`From start to end the contiguous layout took <b>${decimal(times.median)} times</b> as long as the
      zig-zag layout (${range(times)})${times.median < 1 ? ": zig-zag was slower here" : ""}.`,
    "the time from start to end",
  );
  return html`${most} ${all}${why(causal, ranks, data.cores)}`;
}

/**
 * What the times of this machine can show: where ranks share processors, the whole time cannot show the balance.
 * @param {boolean} causal
 * @param {number} ranks
 * @param {number} cores
 */
function why(causal, ranks, cores) {
  if (!causal) return " Without a mask every query sees every key, so there is nothing to balance.";
  if (ranks <= cores) return nothing;
  return (
    ` Here ${ranks} ranks share ${counted(cores, "processor")}. A waiting rank leaves its processor to the others, ` +
    "so the time from start to end does not show the balance; the column “busy, one processor each” calculates " +
    "it for machines with a processor for each rank."
  );
}
