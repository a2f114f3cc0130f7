// @ts-check
/**
 * The entropy of every query's softmax, without the scale and with it; a press selects the query.
 *
 * @import { Head } from "./head.js"
 */

import { legend } from "../../../kit/drawing/legend.js";
import { dot, line, rule, text } from "../../../kit/drawing/marks.js";
import { items, picture } from "../../../kit/drawing/picture.js";
import { decimal } from "../../../kit/numbers/format.js";
import { range } from "../../../vendor/d3.js";
import { html } from "../../../vendor/lit.js";
import { scaleSigns } from "./head.js";

/** Shares of the width from the ends within which the selected position's number would touch theirs. */
const CLEAR = { left: 0.16, right: 0.1 };

/**
 * @param {Head} head
 * @param {number} width in pixels
 */
export function entropies({ data, count, selected, quoted, select }, width) {
  const top = Math.max(0.5, Math.log2(count));
  const ends = [-0.5, count - 0.5];
  const last = data.first + count - 1;
  const share = (selected + 0.5) / count;
  const inside = share > CLEAR.left && share < 1 - CLEAR.right;
  const below = { y: 0, dy: 18, className: "dim" };
  const scaled = scaleSigns(data);
  return html`
    ${legend([
      [{ color: "ink3", shape: "dot", hollow: true }, "not scaled"],
      [{ color: "ink", shape: "dot" }, scaled],
    ])}
    ${picture({
      label: "Entropy of each query's softmax without and with the scale; a press selects the query",
      width,
      height: 236,
      margin: { left: 34, right: 8, top: 20, bottom: 30 },
      x: ends,
      y: [0, top],
      left: { values: range(0, top + 1e-9, top > 4 ? 2 : 1), format: String },
      marks: [
        !data.first && [
          line({ data: range(1, count + 1), x: (_, at) => at, y: Math.log2, color: "line2", dash: "3 3", stroke: 1 }),
          text({
            ...{ x: ends[1], y: Math.log2(count), dy: -11, anchor: "end", className: "dim" },
            text: "equal weights: log₂ of the keys seen",
          }),
        ],
        items({
          data: range(count),
          told(at) {
            const [bare, own] = [data.entropy.a[at], data.entropy.a[count + at]].map((bits) => decimal(bits));
            return {
              title: quoted(at),
              lines: [
                ["not scaled", `${bare} bits`],
                [scaled, `${own} bits`],
              ],
              name: `${quoted(at)}: ${bare} bits not scaled, ${own} bits scaled`,
            };
          },
          press: select,
          chosen: (at) => at === selected,
          hit: (at) => ({ x: [at - 0.5, at + 0.5] }),
          marks(x) {
            const [bare, own] = [data.entropy.a[x], data.entropy.a[count + x]];
            const on = x === selected;
            return [
              rule({ x, y: [bare, own], color: on ? "prob" : "line2", stroke: on ? 2 : 1.4 }),
              dot({ x, y: bare, r: 3, color: on ? "prob" : "ink3", hollow: true, stroke: 1.2 }),
              dot({ x, y: own, r: 3.4, color: on ? "prob" : "ink" }),
            ];
          },
        }),
        text({ ...below, x: ends[0], text: `position ${data.first}` }),
        text({ ...below, x: ends[1], anchor: "end", text: last }),
        inside && text({ ...below, x: selected, anchor: "middle", text: data.position, className: "b prob" }),
      ],
    })}`;
}
