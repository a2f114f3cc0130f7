// @ts-check
/**
 * A pipeline in time: a row for each rank, below it how many micro-batches it keeps.
 *
 * @import { PipelineBar, PipelineChart, PipelineRank } from "../../../types/systems"
 * @import { Mark } from "../../../kit/drawing/mark"
 */
import { legend } from "../../../kit/drawing/legend.js";
import { bar, line, rule, text } from "../../../kit/drawing/marks.js";
import { items, picture } from "../../../kit/drawing/picture.js";

/** What each letter is called, and its colour. @type {Record<string, [name: string, colour: string]>} */
export const OPS = {
  F: ["forward", "river"],
  B: ["backward", "river-deep"],
  I: ["gradient of the input", "river-deep"],
  W: ["gradients of the weights", "pos"],
};
const ROW = 30;
const KEPT = 16;
const GAP = 10;
const TOP = 4;
/** A micro-batch's number is written in a block so wide. */
const WRITTEN = 13;

/**
 * @typedef {object} Options
 * @property {PipelineChart} chart
 * @property {number} width
 * @property {string} label what the picture shows, to a screen reader
 * @property {(time: number) => string} format with its unit
 * @property {number} most time at the right end
 * @property {number} follow the micro-batch that is marked
 * @property {number} [shown] so many actions of each rank; all if none is said
 * @property {(microbatch: number) => void} choose
 */

/** @param {Options} options */
export function gantt({ chart, width, label, format, most, follow, shown = 0, choose }) {
  const { ranks } = chart;
  const each = ROW + KEPT + GAP;
  const names = 62;
  const busiest = Math.max(1, ...ranks.map(({ most: kept }) => kept));
  const scale = (width - names - 12) / most;
  const seen = (/** @type {PipelineRank} */ rank) => (shown ? rank.bars.filter((_, at) => at < shown) : rank.bars);
  const flat = ranks.flatMap((rank, at) => seen(rank).map((one) => ({ one, top: TOP + at * each })));
  return picture({
    label,
    width,
    height: TOP + ranks.length * each + 28,
    margin: { left: names, right: 12, top: TOP, bottom: 28 },
    x: [0, most],
    bottom: { format, count: width < 500 ? 4 : 8 },
    marks: [
      ranks.map((rank, at) => backdrop(rank, at, TOP + at * each, chart.step)),
      items({
        data: flat,
        told: ({ one }) => told(one, format),
        press: ({ one }) => choose(one.microbatch),
        chosen: ({ one }) => one.microbatch === follow,
        key: ({ one }) => one.text,
        marks: ({ one, top }) => block(one, top, one.microbatch === follow, (one.end - one.start) * scale),
      }),
      ranks.map((rank, at) => keeps(rank, TOP + at * each + ROW + KEPT, busiest)),
    ],
  });
}

/** @param {PipelineRank} rank @param {number} at @param {number} top @param {number} step @returns {Mark} */
const backdrop = (rank, at, top, step) => [
  bar({ x: [0, step], y: [top, top + ROW], color: "sunken", rx: 2 }),
  text({ x: 0, y: top + ROW / 2, dx: -8, anchor: "end", text: `Rank ${at}` }),
  text({ x: 0, y: top + ROW + KEPT / 2 + 1, dx: -8, anchor: "end", text: `keeps ${rank.most}`, className: "dim" }),
];

/** @param {PipelineBar} one @param {number} top @param {boolean} followed @param {number} wide @returns {Mark} */
function block(one, top, followed, wide) {
  const half = ROW / 2;
  const from = one.half === 2 ? top + half : top;
  const to = one.half === 1 ? top + half - 1 : top + ROW;
  const color = followed ? "prob" : OPS[one.op][1];
  const busy = one.processor === null ? one.end : one.start + Math.min(one.processor, one.end - one.start);
  return [
    one.processor !== null &&
      bar({ x: [one.start, one.end], y: [from, to], color, hollow: true, stroke: 1, gap: 0.5, rx: 1.5 }),
    bar({ x: [one.start, busy], y: [from, to], color, gap: 0.5, rx: 1.5, least: 1 }),
    wide > WRITTEN &&
      text({
        x: (one.start + one.end) / 2,
        y: (from + to) / 2,
        anchor: "middle",
        text: one.microbatch,
        className: one.processor !== null ? "haloed" : followed ? "on-prob" : one.op === "F" ? "on-light" : "on-dark",
      }),
  ];
}

/**
 * The line of what is kept, in steps.
 * @param {PipelineRank} rank @param {number} foot @param {number} most @returns {Mark}
 */
function keeps({ times, keeps: counts }, foot, most) {
  const points = [...times.a].flatMap((time, at) => [
    { x: time, y: at ? counts.a[at - 1] : 0 },
    { x: time, y: counts.a[at] },
  ]);
  const high = KEPT - 3;
  return [
    rule({ y: foot, color: "line2" }),
    line({ data: points, x: ({ x }) => x, y: ({ y }) => foot - (y / most) * high, color: "neg", stroke: 1.5 }),
  ];
}

/** @param {PipelineBar} one @param {(time: number) => string} format */
const told = (one, format) => ({
  title: `${one.text}: ${OPS[one.op][0]} of micro-batch ${one.microbatch} on stage ${one.stage}`,
  lines: /** @type {[string, string][]} */ ([
    ["from", format(one.start)],
    ["takes", format(one.end - one.start)],
    ...(one.processor === null ? [] : [["of it with a core", format(one.processor)]]),
  ]),
});

/** @param {readonly string[]} letters @param {boolean} measured */
export const signs = (letters, measured) =>
  legend([
    ...letters.map(
      (letter) => /** @type {[{ color: string }, string]} */ ([{ color: OPS[letter][1] }, OPS[letter][0]]),
    ),
    [{ color: "sunken" }, "waits for its neighbour"],
    measured && [{ color: "river-deep", hollow: true }, "may run, has no core"],
    [{ color: "neg", shape: "line" }, "micro-batches kept"],
  ]);

/** Letters that a chart has. @param {PipelineChart} chart */
export const letters = (chart) =>
  Object.keys(OPS).filter((letter) => chart.ranks.some(({ bars }) => bars.some(({ op }) => op === letter)));
