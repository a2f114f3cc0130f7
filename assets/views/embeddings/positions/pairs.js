// @ts-check
/**
 * What every pair adds to the score, side by side, within the most that it could; and their sum.
 *
 * @import { Clocks } from "./clocks.js"
 */

import { bar, rule, text } from "../../../kit/drawing/marks.js";
import { items, picture } from "../../../kit/drawing/picture.js";
import { decimal, signed } from "../../../kit/numbers/format.js";
import { max } from "../../../vendor/d3.js";
import { shownPairs, sized } from "./clocks.js";
import { told } from "./turning.js";

const HEIGHT = 150;
const MARGIN = { left: 48, top: 16, bottom: 34 };
/** Pixels at the right for the sum, where there is room for it. */
const SUM = { from: 560, room: 104 };
/** Columns as wide as this have outlines and a gap between them. */
const ROOMY = 3;
/** Pixels that a number below takes. */
const NAME = 18;

/** Whether the sum stands beside the pairs. @param {number} width */
export const hasSum = (width) => width >= SUM.from;

/** @param {Clocks & { there: number[] | null }} options `there`: what each pair adds in the other run */
export function pairs({ data, parts, turning, there, chosen, width, details, select }) {
  const right = hasSum(width) ? SUM.room : 6;
  const top = max(turning.most) || 1;
  const column = (width - MARGIN.left - right) / parts.length;
  const thick = Math.max(0.6, column - (column > 5 ? 3 : column > ROOMY ? 1 : 0.2));
  const every = [1, 2, 4, 8, 16, 32].find((count) => count * column >= NAME) ?? 64;
  const shown = shownPairs(parts.length, chosen);
  const score = turning.score(chosen.distance);
  const scaled = `× ${Number(data.scale.toPrecision(3))} = ${signed(score * data.scale)}`;
  const around = (/** @type {number} */ pair) => /** @type {const} */ ([pair - 0.5, pair + 0.5]);
  const beside = { x: parts.length - 0.5, y: 0, dx: 14 };
  return picture({
    label: `What each of ${parts.length} pairs adds to q·k; left and right choose a pair`,
    width,
    height: HEIGHT,
    margin: { ...MARGIN, right },
    x: [-0.5, parts.length - 0.5],
    y: [-top, top],
    left: { values: [-top, 0, top], format: (value) => (value ? sized(value, 10 * top) : decimal(0, 0)) },
    walk: { at: told(chosen), count: parts.length, choose: select },
    marks: [
      items({
        data: parts,
        told: (_, pair) => ({ title: `Pair ${pair}`, lines: details(pair) }),
        press: (_, pair) => select(pair),
        hit: (_, pair) => ({ x: around(pair) }),
        marks: (part, x) => [
          column > ROOMY && bar({ x, y: [-turning.most[x], turning.most[x]], thick, color: "line2", hollow: true }),
          bar({ x, y: [0, part], thick, least: 0.6, color: part < 0 ? "neg" : "pos" }),
          there && rule({ x: around(x), y: there[x], color: "ink", dash: "2 2" }),
          x % every === 0 &&
            text({
              ...{ x, y: -top, dy: 18, text: x, anchor: "middle" },
              className: shown.includes(x) ? "b ink" : "dim",
            }),
        ],
      }),
      chosen.pair !== null && bar({ x: around(chosen.pair), y: [-top * 1.12, top * 1.12], color: "ink", hollow: true }),
      hasSum(width) && [
        text({ ...beside, dy: -14, text: "q·k", className: "h" }),
        text({ ...beside, dy: 8, text: signed(score, 1), color: score < 0 ? "neg" : "pos", className: "sum" }),
        text({ ...beside, dy: 25, text: scaled, className: "dim" }),
      ],
    ],
  });
}
