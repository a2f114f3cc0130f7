// @ts-check
/**
 * The same long text in both layouts: how much each rank computes, counted and timed, and what comes of it.
 *
 * @import { RingBalance, RingWay } from "../../../types/systems"
 * @import { Row, View, ViewContext } from "../../../kit/view"
 */
import { control } from "../../../kit/controls/declared.js";
import { counted, percent, whole } from "../../../kit/numbers/format.js";
import { timed } from "../../../kit/numbers/magnitude.js";
import { table } from "../../../kit/numbers/table.js";
import { html } from "../../../vendor/lit.js";
import { layouts } from "./layouts.js";
import { chosenWay, KINDS, layoutName } from "./ways.js";
import { work } from "./work.js";

/** @type {View<RingBalance>} */
export function balance(data, ctx) {
  const { ranks, causal } = chosenWay(ctx);
  const ways = data.ways.filter((each) => each.ranks === ranks && each.causal === causal);
  return html`
    <div class="cluster controls">
      ${control(ctx, "ranks")} ${control(ctx, "mask")} ${control(ctx, "length", { format: whole })}
    </div>
    <p class="readout">${layouts(data, chosenWay(ctx))}</p>
    ${work(ways, ctx.width)}
    ${compared(ways)}
    <p class="hint">${honest(data)}</p>`;
}

/**
 * @param {RingBalance} data
 * @returns {Row[]}
 */
export function rows({ ways, length }) {
  return ways.flatMap(({ ranks, kind, causal, work: all }) =>
    all.map(({ flops, cpu, compute, wait, send }, rank) => ({
      ...{ tokens: length, ranks, layout: layoutName(kind), causal, rank, flops },
      ...{ processor_ms: cpu?.ms, processor_low_ms: cpu?.low, processor_high_ms: cpu?.high },
      ...{ computing_ms: compute?.ms, waiting_ms: wait?.ms, handing_over_ms: send?.ms },
    })),
  );
}

/** @param {RingWay[]} ways */
function compared(ways) {
  return table({
    label: "Both layouts in numbers",
    columns: [
      {
        name: "Layout",
        cell: (/** @type {RingWay} */ { kind }) => KINDS.find((each) => each.kind === kind)?.name,
      },
      {
        name: "busiest rank’s share of the work",
        title: "share of all counted FLOPs",
        cell: ({ work: all }) => percent(Math.max(...all.map(({ flops }) => flops)) / total(all)),
        number: true,
      },
      {
        name: "busy, one processor each",
        title: "FORMULA: every step lasts as long as its slowest rank computes, and sending takes no time",
        cell: ({ busy }) => percent(busy),
        number: true,
      },
      {
        name: "longest wait of a rank",
        cell: ({ work: all }) => longest(all.map(({ wait }) => wait?.ms)),
        number: true,
      },
      { name: "from start to end", cell: ({ wall }) => (wall ? spread(wall) : ""), number: true },
    ],
    rows: ways,
    className: "keeps-names",
  });
}

/** @param {RingWay["work"]} all */
const total = (all) => all.reduce((sum, { flops }) => sum + flops, 0);

/** @param {(number | undefined)[]} all */
const longest = (all) => timed(Math.max(...all.map((each) => each ?? 0)));

/** @param {{ ms: number, low: number, high: number }} time */
const spread = ({ ms, low, high }) => `${timed(ms)} (${timed(low)} to ${timed(high)})`;

/** @param {RingBalance} data */
function honest({ tokens, length, rounds, cores }) {
  return (
    `The ${whole(length)} tokens repeat the rows of this run’s ${counted(tokens, "token")}, without window or soft ` +
    "cap. The times do not depend on the values. A round is one forward and one backward pass; the ways take turns. " +
    `Times are medians and middle halves of ${counted(rounds, "round")} on ${counted(cores, "processor")}. FLOPs are ` +
    "counted in tiles of 128 × 128 and include masked pairs inside a tile. “Busy, one processor each” is a FORMULA " +
    "of the counted FLOPs, step by step."
  );
}
