// @ts-check
/**
 * Where exchanging the whole state carries the answer over, and how few learned directions do, beside three controls.
 *
 * @import { Interchange, InterchangeShare } from "../../../types/inside"
 * @import { Row, View } from "../../../kit/view"
 */
import { control } from "../../../kit/controls/declared.js";
import { intervals } from "../../../kit/drawing/intervals.js";
import { percent, whole } from "../../../kit/numbers/format.js";
import { table } from "../../../kit/numbers/table.js";
import { html, nothing } from "../../../vendor/lit.js";

/** @type {Record<string, string>} */
const COLOURS = {
  learned: "prob",
  "shuffled answers": "ink3",
  "random weights": "neg",
  "random directions": "river-deep",
};

/** @type {View<Interchange>} */
export function carried(data, ctx) {
  const { shares, whole: all, places, layer, position, trained } = data;
  return html`
    <div class="settings-row ruled">${control(ctx, "pairs")} ${control(ctx, "layer")} ${control(ctx, "position")}
      ${control(ctx, "steps")} ${control(ctx, "seed")}</div>
    <p class="readout lead">Asked 47+25=, the model answers 12+60: its first digit is the carry, right in
      ${percent(data.right, 1)} of all ${whole(data.sums)} sums. ${lead(data)}</p>
    <h3 class="sub3">The whole state exchanged <small>pairs that then say the source’s digit, by place</small></h3>
    ${table({
      label: "Share of pairs carried over by the whole state, by block and position",
      rows: Array.from({ length: data.n_layers }, (_, at) => at),
      columns: [
        { name: "Into block", cell: (at) => at },
        ...places.map((name, place) => ({
          name: place < 2 ? `${name} 1` : place === 3 || place === 4 ? `${name} 2` : name,
          number: true,
          cell: (/** @type {number} */ at) =>
            chosen(percent(all[at * places.length + place], 0), at === layer && place === position),
        })),
      ],
    })}
    <h3 class="sub3">Few directions exchanged <small>into block ${layer}, with 95 % intervals over pairs that were
      not learned from</small></h3>
    ${
      shares.length
        ? intervals({
            label: "Share of held-out pairs carried over, by rank and kind",
            rows: shares.map((each) => ({
              name: `${each.rank} ${each.rank === 1 ? "direction" : "directions"}, ${each.kind}`,
              value: each.share,
              ...{ low: each.low, high: each.high },
              words: `${percent(each.share, 0)} of ${each.of}`,
              color: COLOURS[each.kind],
              hollow: each.kind !== "learned",
            })),
            width: ctx.width,
            domain: [0, 1],
            format: (value) => percent(value, 0),
            title: "pairs that say the source’s digit",
          })
        : nothing
    }
    <p class="hint">Learned from ${trained} pairs. Shuffled answers: in half of the pairs the two answers are exchanged,
      so that what remains to be learned means nothing. Random weights: the same search in the same model before any
      training, on pairs whose base it happens to answer rightly. Before anything is exchanged no pair says the
      source’s digit. With pairs that share nothing, the carry hangs on both numbers, and no single place can have it
      before the model has put both together.</p>`;
}

/** @param {string} words @param {boolean} is */
const chosen = (words, is) => (is ? html`<b>${words}</b>` : words);

/** @param {Interchange} data */
function lead({ shares, ranks }) {
  const of = (/** @type {string} */ kind) => shares.find((each) => each.kind === kind && each.rank === ranks[0]);
  const [own, others] = [of("learned"), ["shuffled answers", "random weights", "random directions"].map(of)];
  const known = others.filter((each) => each !== undefined);
  if (!own || known.length < 3) return html`The directions are being learned.`;
  const best = known.reduce((most, each) => (each.high > most.high ? each : most));
  return own.low > best.high
    ? html`One learned direction carries it over in <b>${percent(own.share, 0)}</b> of the held-out pairs, the best
        control (${best.kind}) in <b>${percent(best.share, 0)}</b>; the intervals do not meet.`
    : html`<b>No clear difference</b>: one learned direction carries it over in ${percent(own.share, 0)}, the best
        control (${best.kind}) in ${percent(best.share, 0)}, and the intervals meet.`;
}

/** @type {(data: Interchange) => Row[]} */
export const rows = (data) => [
  ...data.whole.map((share, at) => ({
    block: Math.floor(at / data.places.length),
    position: at % data.places.length,
    ...{ directions: "all", kind: "whole state", share, low: null, high: null },
  })),
  ...data.shares.map((/** @type {InterchangeShare} */ { kind, rank, share, low, high }) => ({
    ...{ block: data.layer, position: data.position, directions: rank, kind, share, low, high },
  })),
];
