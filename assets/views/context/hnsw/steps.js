// @ts-check
/**
 * Every distance of a walk, in the order in which it was computed.
 *
 * @import { HnswWalk } from "../../../types/context"
 */
import { dot, line, rule } from "../../../kit/drawing/marks.js";
import { picture, sweep } from "../../../kit/drawing/picture.js";
import { decimal } from "../../../kit/numbers/format.js";
import { range } from "../../../vendor/d3.js";

/** @param {{ data: HnswWalk, at: number, width: number, choose: (at: number) => void }} options */
export function steps({ data, at, width, choose }) {
  const { far_of: far, level, begin, end, entered, titles, true: right } = data;
  const shown = range(at + 1);
  const place = { x: (/** @type {number} */ step) => step + 1, y: (/** @type {number} */ step) => far[step] };
  const changes = range(1, far.length).filter((step) => level.a[step] !== level.a[step - 1]);
  const hits = shown.filter((step) => right.includes(end.a[step]));
  const lowest = shown.map((step, index) => ({ step, least: Math.min(...far.slice(0, index + 1)) }));
  return picture({
    label: `Distances to the question, step by step: ${far.length}; left and right go along the walk`,
    width,
    height: 280,
    margin: { left: 50, right: 16, top: 22, bottom: 44 },
    x: [0, far.length + 1],
    y: [Math.max(0, Math.min(...far) - 0.05), Math.max(...far) + 0.02],
    left: { format: (value) => decimal(value), title: "1 − cosine" },
    bottom: { title: "distances computed" },
    walk: { at, count: far.length, choose, page: 10 },
    marks: [
      changes.map((step) =>
        rule({ x: step + 0.5, color: "line", label: [`level ${level.a[step]}`, `${level.a[step]}`] }),
      ),
      line({ data: lowest, x: ({ step }) => step + 1, y: ({ least }) => least, color: "prob" }),
      dot({ data: shown, ...place, r: 2.4, color: (step) => (entered.a[step] ? "prob" : "ink3") }),
      dot({ data: hits, ...place, r: 5, color: "river-deep", hollow: true }),
      at >= 0 && dot({ x: at + 1, y: far[at], r: 4.5, color: entered.a[at] ? "prob" : "ink3" }),
      sweep({
        at: (value) => Math.max(0, Math.min(far.length - 1, Math.round(value) - 1)),
        told: (step) => ({
          title: titles[end.a[step]],
          lines: [
            ["distance to the question", decimal(far[step], 3)],
            ["from the list of", titles[begin.a[step]]],
            ["level", String(level.a[step])],
          ],
        }),
        press: choose,
      }),
    ],
  });
}
