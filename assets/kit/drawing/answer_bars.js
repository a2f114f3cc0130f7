// @ts-check
/**
 * Answers one below the other, and on each a bar for every policy: how likely it finds the answer.
 */
import { percent, precise } from "../numbers/format.js";
import { bar, rule, text } from "./marks.js";
import { textWidth } from "./measure.js";
import { items, picture } from "./picture.js";

/** Of the bars, in pixels. */
const THICK = 6;
const GAP = 12;
const TOP = 8;
const NAMES = 74;
const BESIDE = 10;

/**
 * @typedef {{ name: string, right: boolean }} Answer a right one has a check mark
 * @typedef {{ title: string, p: readonly number[], color: string }} Policy its probability of each answer
 *
 * @param {object} options
 * @param {string} options.label
 * @param {number} options.width
 * @param {readonly Answer[]} options.answers
 * @param {readonly Policy[]} options.rows
 * @param {(answer: string) => void} [options.press]
 * @param {string} [options.chosen]
 */
export function answerBars({ label, width, answers, rows, press, chosen }) {
  const each = rows.length * THICK + GAP;
  const written = (/** @type {Answer} */ { name, right }) =>
    `${right ? "✓ " : ""}${/\p{L}|\p{N}/u.test(name) ? name : `“${name}”`}`;
  const names = Math.max(NAMES, ...answers.map((answer) => textWidth(written(answer)) + BESIDE));
  const middle = (/** @type {number} */ at) => TOP + at * each + each / 2;
  return picture({
    ...{ label, width },
    height: TOP + answers.length * each + 34,
    margin: { left: names, right: 16, top: TOP, bottom: 34 },
    x: [0, 1],
    bottom: { title: "probability", format: (/** @type {number} */ value) => percent(value, 0), grid: true },
    marks: [
      rule({ x: 0 }),
      items({
        data: answers,
        told: ({ name, right }, at) => ({
          title: `${name}${right ? ", right" : ""}`,
          lines: rows.map(({ title, p }) => [title, precise(p[at])]),
        }),
        press: press && (({ name }) => press(name)),
        chosen: ({ name }) => name === chosen,
        className: "bar row",
        hit: (_, at) => ({ y: middle(at), thick: each }),
        marks: (answer, at) => [
          text({ x: 0, y: middle(at), dx: -7, anchor: "end", text: written(answer) }),
          rows.map(({ p, color }, place) =>
            bar({
              x: [0, p[at]],
              y: middle(at) + (place - (rows.length - 1) / 2) * THICK,
              thick: THICK - 1,
              color,
            }),
          ),
        ],
      }),
    ],
  });
}
