// @ts-check
/**
 * Bars side by side with their names and values, one row each; further values of a row are marks on the same scale.
 */

import { spoken } from "../tooltip.js";
import { bar, dot, rule, text } from "./marks.js";
import { items, picture } from "./picture.js";

/**
 * @typedef {object} Bar
 * @property {string} name what it is called beside the bar
 * @property {string} title what it is called in full, in the tooltip and to a screen reader: it ends with the name
 * @property {number} value
 * @property {number} [tick] a second value: an upright line
 * @property {number} [dot] a third: a ring
 * @property {number} [ghost] what the value was before: an outline
 * @property {[string, string][]} details lines of the tooltip
 * @property {boolean} [selected]
 * @property {() => void} select
 *
 * @typedef {object} Options
 * @property {Bar[]} bars
 * @property {number} width in pixels
 * @property {number} most the value at the right end of the scale
 * @property {(value: number) => string} format
 * @property {{value: number, name: string}} [reference] a dashed line through all rows
 * @property {string} label what the picture shows, to a screen reader
 */

const NAMES = 26;
const VALUES = 58;
const TOP = 24;

/** Rows get thinner where there are many; below this height only some are named. @param {number} count */
const rowHeight = (count) => (count <= 16 ? 18 : count <= 32 ? 10 : 5);
const READABLE = 12;

/** @param {Options} options */
export function bars({ bars, width, most, format, reference, label }) {
  const height = rowHeight(bars.length);
  const named = (/** @type {number} */ at) => at % Math.ceil(READABLE / height) === 0;
  const bottom = TOP + bars.length * height;
  const middle = (/** @type {number} */ at) => TOP + (at + 0.5) * height;
  const thick = Math.max(2, height - 6);
  return picture({
    ...{ label, width, height: bottom + 4, className: "bars" },
    margin: { left: NAMES, right: VALUES, top: TOP - 3, bottom: 1 },
    x: [0, most],
    marks: [
      rule({ x: 0 }),
      items({
        data: bars,
        told: ({ title, value, details }, at) => ({
          title,
          lines: details,
          name: spoken({ written: [title, named(at) && format(value)], lines: details }),
        }),
        press: ({ select }) => select(),
        chosen: ({ selected }) => Boolean(selected),
        className: "bar row",
        hit: (_, at) => ({ y: middle(at), thick: height }),
        marks(each, at) {
          const y = middle(at);
          return [
            (named(at) || each.selected) &&
              text({ x: 0, y, dx: -7, anchor: "end", text: each.name, className: "name" }),
            bar({ x: [0, each.value], y, thick, color: "river-deep" }),
            each.ghost !== undefined &&
              bar({ x: [0, each.ghost], y, thick: Math.max(3, height - 3), color: "ink2", hollow: true, stroke: 1.25 }),
            each.tick !== undefined &&
              rule({ x: each.tick, y: [y - height / 2 + 1, y + height / 2 - 1], color: "ink", stroke: 2 }),
            each.dot !== undefined &&
              height >= READABLE &&
              dot({ x: each.dot, y, r: 3.2, color: "ink2", hollow: true, stroke: 1.25 }),
            named(at) && text({ x: most, y, dx: VALUES, anchor: "end", text: format(each.value), className: "num" }),
          ];
        },
      }),
      reference && [
        rule({ x: reference.value, color: "ink", dash: "3 3", className: "reference" }),
        text({ x: reference.value, y: TOP - 12, text: reference.name, anchor: "middle", className: "dim" }),
      ],
    ],
  });
}
