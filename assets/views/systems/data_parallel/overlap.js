// @ts-check
/**
 * Data parallelism in time: a row of computing for each rank, its buckets' sums below, and steps by ranks and rows.
 *
 * @import { OverlapRank, OverlapScale, OverlapStep, OverlapSum } from "../../../types/systems"
 * @import { Row, View } from "../../../kit/view"
 * @import { Mark } from "../../../kit/drawing/mark"
 */
import { control } from "../../../kit/controls/declared.js";
import { legend } from "../../../kit/drawing/legend.js";
import { bar, rule, text } from "../../../kit/drawing/marks.js";
import { items, picture } from "../../../kit/drawing/picture.js";
import { counted, decimal, whole } from "../../../kit/numbers/format.js";
import { memory } from "../../../kit/numbers/magnitude.js";
import { table } from "../../../kit/numbers/table.js";
import { html } from "../../../vendor/lit.js";

const ROW = 20;
const LANE = 9;
const GAP = 12;
/** Sums that run at once lie in so many lanes. */
const LANES = 3;
const NAMES = 58;

/** @type {View<OverlapStep>} */
export function overlap(data, ctx) {
  const most = Math.max(...[...data.overlapped, ...data.after].map(({ finished }) => finished));
  return html`
    <div class="cluster parted">${["model", "ranks", "rows", "bucket"].map((name) => control(ctx, name))}</div>
    <p class="readout lead">${counted(data.ranks, "process", "processes")} share ${whole(data.rows)} rows of
      ${whole(data.length)} tokens. ${said(data)}</p>
    <h3 class="sub3">Sums begin as buckets fill <small>the median of several steps</small></h3>
    ${course(data.overlapped, most, ctx.width, "A step whose sums begin under the backward pass")}
    <h3 class="sub3">Sums wait for the end of the backward pass</h3>
    ${course(data.after, most, ctx.width, "A step whose sums wait for the end of the backward pass")}
    ${legend([
      [{ color: "river" }, "forward pass"],
      [{ color: "river-deep" }, "backward pass"],
      [{ color: "pos" }, "sum of a bucket, begun to done"],
      [{ color: "line2" }, "waits for sums"],
    ])}
    <h3 class="sub3">More ranks, more rows <small>forward, backward and sums</small></h3>
    ${scaling(data)}
    <p class="hint">Times are of this machine, all ranks by one clock. Ranks beyond the machine’s cores share them, and
      sums take processor time too.</p>`;
}

/** Every sum of every rank. @param {OverlapStep} data @returns {Row[]} */
export function rows({ overlapped, after }) {
  const of = (/** @type {string} */ way, /** @type {readonly OverlapRank[]} */ ranks) =>
    ranks.flatMap(({ ended, sums }, rank) =>
      sums.map(({ ready, start, done, bytes }, bucket) => ({ way, rank, bucket, bytes, ready, start, done, ended })),
    );
  return [...of("overlapped", overlapped), ...of("after", after)];
}

/** @param {OverlapStep} data */
function said({ overlapped, after, hidden }) {
  const length = (/** @type {readonly OverlapRank[]} */ all) => Math.max(...all.map(({ finished }) => finished));
  const [{ sums }] = overlapped;
  return `${decimal(100 * hidden, 0)} % of the time of its ${counted(sums.length, "sum")} lies under the backward
    pass: the step takes ${decimal(length(overlapped), 1)} ms, and ${decimal(length(after), 1)} ms where sums wait.`;
}

/** @param {readonly OverlapRank[]} ranks @param {number} most @param {number} width @param {string} label */
function course(ranks, most, width, label) {
  const each = ROW + LANES * LANE + GAP;
  const top = (/** @type {number} */ at) => at * each;
  const sums = ranks.flatMap(({ sums: all }, at) => all.map((one, number) => ({ one, at, number })));
  return picture({
    label,
    width,
    height: ranks.length * each + 30,
    margin: { left: NAMES, right: 12, top: 4, bottom: 26 },
    x: [0, most],
    bottom: { format: (ms) => `${decimal(ms, 0)} ms`, count: width < 500 ? 4 : 8 },
    marks: [
      ranks.map((rank, at) => computing(rank, at, top(at))),
      items({
        data: sums,
        told: ({ one, number }) => ({ title: `Bucket ${number + 1}`, lines: lines(one) }),
        key: ({ at, number }) => `${at} ${number}`,
        marks: ({ one, at, number }) => {
          const from = top(at) + ROW + 2 + (number % LANES) * LANE;
          return bar({ x: [one.start, one.done], y: [from, from + LANE - 2], color: "pos", rx: 1 });
        },
      }),
      ranks.map(({ ended }) => rule({ x: ended, color: "ink", dash: "2 3" })).slice(0, 1),
    ],
  });
}

/** @param {OverlapRank} rank @param {number} at @param {number} top @returns {Mark} */
const computing = ({ began, backward, ended, finished }, at, top) => [
  bar({ x: [began, backward], y: [top, top + ROW], color: "river", rx: 2 }),
  bar({ x: [backward, ended], y: [top, top + ROW], color: "river-deep", rx: 2 }),
  bar({ x: [ended, finished], y: [top + 6, top + ROW - 6], color: "line2", rx: 2 }),
  text({ x: 0, y: top + ROW / 2, dx: -8, anchor: "end", text: `Rank ${at}` }),
];

/** @param {OverlapSum} sum @returns {[string, string][]} */
const lines = ({ first, last, weights, bytes, ready, start, done }) => [
  ["gradients", weights > 1 ? `${whole(weights)}, ${first} to ${last}` : first],
  ["bytes", memory(bytes)],
  ["last gradient there", `${decimal(ready, 1)} ms`],
  ["sum begun", `${decimal(start, 1)} ms`],
  ["sum done", `${decimal(done, 1)} ms`],
];

/** @param {OverlapStep} data */
const scaling = ({ scaling: all }) =>
  table({
    label: "Steps by ranks and rows",
    columns: [
      { name: "ranks", number: true, cell: (/** @type {OverlapScale} */ each) => whole(each.ranks) },
      { name: "rows", number: true, cell: (each) => whole(each.rows) },
      { name: "a step", number: true, title: "MEASURED, median", cell: ({ ms }) => `${decimal(ms, 1)} ms` },
      { name: "rows a second", number: true, cell: (each) => whole((1e3 * each.rows) / each.ms) },
      { name: "times one rank’s speed", number: true, cell: ({ times }) => decimal(times, 2) },
    ],
    rows: all,
  });
