// @ts-check
/**
 * Rows of dots on one logarithmic scale, each with its name and its words: things of very different sizes, compared.
 *
 * @import { Line } from "../tooltip"
 *
 * @typedef {object} DotRow
 * @property {string} key what it is called in the page
 * @property {string} name at the left; above the dots where there is little room
 * @property {{ value: number, mark: string }[]} dots `mark` is the class that styles it; a line joins them
 * @property {boolean} [stem] the line comes from the scale's beginning
 * @property {string} [label] beside the last dot
 * @property {string} words at the right
 * @property {boolean} [strong] its words are set in ink
 * @property {Line[]} details of the tooltip
 * @property {boolean} [selected]
 * @property {() => void} select
 *
 * @typedef {object} Options
 * @property {DotRow[]} rows
 * @property {number} width in pixels
 * @property {[low: number, high: number]} domain
 * @property {(value: number) => string} format of the ticks
 * @property {string} title of the axis, with its unit
 * @property {{ value: number, name: string }} [reference] a line through all rows
 * @property {string} label what the picture shows, to a screen reader
 */
import { max, scaleLog } from "../../vendor/d3.js";
import { spoken } from "../tooltip.js";
import { dot, rule, text } from "./marks.js";
import { textWidth } from "./measure.js";
import { items, picture } from "./picture.js";

/** Below this width names and words stand above the dots. */
const NARROW = 600;
/** What the chosen row's weight adds to the width of its text. */
const BOLD = 1.07;
/** Pixels between the dots' end and the words: a dot's label may stand there. */
const LABEL = 30;
const GAP = 12;
const STEP = { wide: 24, narrow: 40 };
const RADIUS = 5;

/** @param {Options} options */
export function dots({ rows, width, domain, format, title, label, reference }) {
  const narrow = width < NARROW;
  const room = (/** @type {(row: DotRow) => string} */ of) => BOLD * (max(rows, (row) => textWidth(of(row))) ?? 0);
  const left = narrow ? RADIUS + 1 : room((row) => row.name) + GAP;
  const right = narrow ? RADIUS + 1 : room((row) => row.words) + GAP + LABEL;
  const x = scaleLog(domain, [left, width - right]);
  const step = narrow ? STEP.narrow : STEP.wide;
  const top = reference ? 24 : 6;
  const bottom = top + rows.length * step + 2;
  const [low, high] = domain;
  const beside = (/** @type {DotRow} */ row) => {
    const turned = turnedAt(row, { x, left, width, narrow, reference: reference && x(reference.value) });
    return { dx: (turned ? -1 : 1) * (RADIUS + 4), anchor: /** @type {"start" | "end"} */ (turned ? "end" : "start") };
  };
  return picture({
    ...{ label, width, height: bottom + 36, className: "dots" },
    margin: { left, right, top, bottom: 36 },
    x: scaleLog().domain(domain),
    bottom: { count: Math.max(1, Math.floor(Math.log10(high / low))), format, title, grid: true },
    marks: [
      reference && rule({ x: reference.value, color: "ink", stroke: 1.5, over: 20, label: [reference.name] }),
      items({
        data: rows,
        told: (row) => ({
          title: row.key,
          lines: row.details,
          name: spoken({ written: [row.name, row.label, row.words], lines: row.details }),
        }),
        press: ({ select }) => select(),
        chosen: ({ selected }) => Boolean(selected),
        className: "row",
        key: ({ key }) => key,
        hit: (_, at) => ({ y: top + (at + 0.5) * step, thick: step }),
        marks(row, at) {
          const y = top + at * step + (narrow ? 27 : step / 2);
          const words = narrow ? top + at * step + 10 : y;
          const values = row.dots.map(({ value }) => value);
          return [
            text({
              ...{ x: low, y: words, dx: narrow ? 2 - left : -GAP, anchor: narrow ? "start" : "end" },
              ...{ text: row.name, className: "name haloed" },
            }),
            rule({
              x: [row.stem ? low : Math.min(...values), Math.max(...values)],
              y,
              stroke: 1.5,
              className: "joint",
            }),
            dot({
              ...{ data: row.dots, x: ({ value }) => value, y, r: RADIUS, color: "river-deep", stroke: 1.5 },
              className: ({ mark }) => mark,
            }),
            row.label
              ? text({ ...{ x: Math.max(...values), y, text: row.label, className: "beside haloed" }, ...beside(row) })
              : null,
            text({
              ...{ x: high, y: words, dx: right - 2, anchor: "end", text: row.words },
              className: `words haloed ${row.strong ? "strong" : ""}`,
            }),
          ];
        },
      }),
    ],
  });
}

/**
 * Whether a dot's label stands at its left: where the reference line or the picture's end would be in the way.
 * @param {DotRow} row
 * @param {{ x: (value: number) => number, left: number, width: number, narrow: boolean, reference?: number }} place
 */
function turnedAt({ dots, label = "" }, { x, left, width, narrow, reference }) {
  const here = Math.max(...dots.map(({ value }) => x(value)));
  const end = here + RADIUS + 4 + BOLD * textWidth(label);
  const crossed = reference !== undefined && reference > here + 2 && reference < end + 3;
  return (crossed && here - left > end - here) || (narrow && end > width);
}
