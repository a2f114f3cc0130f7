// @ts-check
/**
 * Marks and pictures on the kit's page.
 *
 * @import { Sample } from "./text_samples.js"
 */
import { html } from "../../vendor/lit.js";
import { legend } from "../drawing/legend.js";
import { area, bar, dot, labels, line, rule, text } from "../drawing/marks.js";
import { items, picture, sweep } from "../drawing/picture.js";
import { halfWidth } from "../layout.js";
import { decimal, percent } from "../numbers/format.js";
import { BEFORE, SHARES } from "./sample_shares.js";

const WAVE = Array.from({ length: 41 }, (_, at) => ({ at, value: 2 + Math.sin(at / 5) }));
const MARGIN = { left: 44, right: 16, top: 24, bottom: 44 };

/** @param {Sample} sample */
export const markParts = ({ kept, keep }) => [
  {
    name: "picture",
    says: "Marks over two scales: an area, a line, dots, a rule with its name, words. The pointer reads the line.",
    shows: (/** @type {number} */ width) => {
      const place = { x: (/** @type {Wave} */ { at }) => at, y: (/** @type {Wave} */ { value }) => value };
      return picture({
        ...{ label: "A sample wave", width: Math.min(620, width), height: 220, margin: MARGIN },
        ...{ x: [0, 40], y: [0, 3.2] },
        bottom: { title: "step" },
        left: { title: "value", count: 4 },
        marks: [
          area({ data: WAVE, x: place.x, y: ({ value }) => [value - 0.2, value + 0.2], color: "line" }),
          line({ data: WAVE, ...place, color: "river-deep" }),
          dot({ data: WAVE.filter(({ at }) => at % 10 === 0), ...place, color: "prob", stroke: 1.5 }),
          rule({ x: 24, color: "ink", dash: "3 3", over: 8, label: ["a place that has a name", "a place"] }),
          text({ x: 40, y: 0.2, anchor: "end", text: "words", className: "dim" }),
          sweep({
            at: (value) => Math.max(0, Math.min(40, Math.round(value))),
            told: (at) => ({ title: `Step ${at}`, lines: [["value", decimal(WAVE[at].value)]] }),
          }),
        ],
      });
    },
  },
  {
    name: "items",
    says:
      "Marks that tell of themselves: the pointer and the arrow keys find them, a press chooses one, a screen " +
      "reader says their name. One picture has one place for Tab.",
    shows: (/** @type {number} */ width) => html`
      ${legend([
        [{ color: "river-deep" }, "now"],
        [{ color: "ink", shape: "dot", hollow: true }, "before"],
      ])}
      ${picture({
        ...{
          label: "Seven sample shares",
          width: Math.min(460, width),
          height: 180,
          margin: { left: 44, right: 8, bottom: 24 },
        },
        ...{ x: [-0.5, SHARES.length - 0.5], y: [0, 0.36] },
        left: { count: 3, format: percent },
        marks: [
          items({
            data: SHARES,
            told: (value, at) => ({
              title: `Share ${at}`,
              lines: [
                ["now", percent(value)],
                ["before", percent(BEFORE[at])],
              ],
            }),
            press: (_, row) => keep({ row }),
            chosen: (_, at) => at === kept.row,
            hit: (_, at) => ({ x: [at - 0.5, at + 0.5] }),
            marks: (value, x) => [
              bar({ x, y: [0, value], thick: 20, color: x === kept.row ? "prob" : "river-deep" }),
              dot({ x, y: BEFORE[x], color: "ink", hollow: true }),
              text({ x, y: 0, dy: 14, text: x, anchor: "middle", className: x === kept.row ? "b ink" : "dim" }),
            ],
          }),
        ],
      })}`,
  },
  {
    name: "walk",
    says: "A picture that has the focus as a whole: arrow keys, Home and End choose one of its places.",
    shows: (/** @type {number} */ width) =>
      picture({
        ...{ label: "Forty steps; arrow keys choose one", width: Math.min(620, width), height: 80 },
        ...{ margin: { left: 8, right: 8, top: 26, bottom: 24 }, x: [0, 40], y: [0, 1] },
        bottom: { values: [0, 10, 20, 30, 40] },
        walk: { at: kept.step, count: 41, choose: (step) => keep({ step }), page: 10 },
        marks: [
          rule({ y: 0 }),
          rule({ x: kept.step, color: "prob", stroke: 2, over: 16, label: [`step ${kept.step}`], labelled: "b prob" }),
        ],
      }),
  },
  {
    name: "names",
    says: "Names beside dots, the first in rank first; a line leads to those that stand away.",
    shows: () => {
      const crowd = SHARES.map((value, at) => ({ at, x: BEFORE[at], y: value }));
      const place = { x: (/** @type {Dot} */ { x }) => x, y: (/** @type {Dot} */ { y }) => y };
      return picture({
        ...{ label: "A sample crowd", width: 300, height: 160, x: [0, 0.4], y: [0, 0.4] },
        marks: [
          labels({ data: crowd, ...place, text: ({ at }) => `name ${at}`, rank: ({ at }) => -at }),
          dot({ data: crowd, ...place, color: "river-deep" }),
        ],
      });
    },
  },
  {
    name: "layout",
    says: "Parts of a view: side by side where there is room for both, a row that wraps.",
    shows: (/** @type {number} */ width) => html`
      <div class="cluster"><span>a row</span> <b>of things</b> <span>that wraps</span></div>
      <div class="side-by-side">
        ${["One part", "Another part"].map(
          (name) => html`
            <div>
              <h3 class="sub3">${name}</h3>
              ${picture({
                width: halfWidth(width),
                height: 40,
                marks: [bar({ x: [0, halfWidth(width)], y: 20, thick: 24, color: "sunken" })],
              })}
            </div>`,
        )}
      </div>`,
  },
];

/** @typedef {typeof WAVE[number]} Wave */
/** @typedef {{ at: number, x: number, y: number }} Dot */
