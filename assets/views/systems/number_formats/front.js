// @ts-check
/**
 * Errors by bits on logarithmic scales: real weights, normal numbers, the front and Shannon's bound, labels clear of
 * all.
 *
 * @import { FormatPoint, ErrorsByBits } from "../../../types/systems"
 * @import { Context } from "./diamond.js"
 */

import { dot, labels, line, text } from "../../../kit/drawing/marks.js";
import { items, picture } from "../../../kit/drawing/picture.js";
import { decimal } from "../../../kit/numbers/format.js";
import { brief } from "../../../kit/numbers/misfits.js";
import { range, scaleLog } from "../../../vendor/d3.js";
import { diamond, realThere } from "./diamond.js";
import { evenTicks, LEAST, ownShown, PARTS, reachOf, WHOLE } from "./front_part.js";
import { fine } from "./numbers.js";

const RADIUS = 5;
/** Bits at which the bound has its name. */
const BOUND_NAMED = 10;
/** Pixels between places of the front that labels keep clear of. */
const CLEAR = 7;

/**
 * @param {ErrorsByBits} data
 * @param {Context} ctx
 */
export function errorsByBits({ points }, ctx) {
  const { bits, ticks } = PARTS[String(ctx.controls.part)];
  const inside = (/** @type {FormatPoint} */ each) => Number(each.bits) >= bits[0] && Number(each.bits) <= bits[1];
  const shown = points
    .filter((point) => point.bits !== null && inside(point) && (ownShown(ctx) || !point.own))
    .sort((a, b) => Number(a.bits) - Number(b.bits));
  const errors = ticks ? WHOLE.errors : reachOf(shown);
  const chosen = shown.find(({ name }) => name === ctx.controls.format);
  const least = (/** @type {number | null} */ error) => Math.max(errors[0], error ?? 0);
  const x = (/** @type {FormatPoint} */ point) => point.bits ?? 1;
  const place = { x, y: (/** @type {FormatPoint} */ { real }) => least(real) };
  const normal = { data: shown, x, y: (/** @type {FormatPoint} */ point) => least(point.normal) };
  const best = shown.filter((point) => point.best);
  return picture({
    label: "Relative error of each format against its bits per weight; arrow keys walk the formats",
    className: "front",
    width: ctx.width,
    height: 520,
    margin: { left: 58, right: 14, top: 26, bottom: 44 },
    x: scaleLog().domain(bits),
    y: scaleLog().domain(errors),
    bottom: {
      values: ticks ?? evenTicks(bits),
      format: String,
      title: "bits per weight, with scales; log scale",
      grid: true,
    },
    left: {
      values: ticks ? WHOLE.ticks : evenTicks(errors),
      format: (error) => `${+(100 * error).toPrecision(3)} %`,
      title: "error ÷ root mean square of the weights; log scale",
    },
    marks: [
      ticks && bound,
      line({ data: best, ...place, color: "prob", stroke: 1.75 }),
      dot({ ...normal, r: RADIUS - 1, color: "ink2", hollow: true, stroke: 1.25 }),
      (plane) => shown.map((each) => diamond(realThere(each, ctx), { x: plane.x(x(each)), y: plane.y })),
      labels({
        ...{ data: shown, ...place, r: RADIUS, text: ({ title }) => brief(title) },
        rank: (point) => (point === chosen ? 2 : point.best ? 1 : 0),
        className: (point) => (point.best || point === chosen ? "ink b" : "ink"),
        clear: (plane) => [
          ...shown.map((each) => ({ x: plane.x(x(each)), y: plane.y(normal.y(each)), r: RADIUS - 2 })),
          ...along(best.map((each) => [plane.x(x(each)), plane.y(place.y(each))])),
        ],
        over: { left: -2, top: 4, bottom: -2 },
      }),
      items({
        data: shown,
        told: ({ title, bits, real, normal }) => ({
          title,
          lines: [
            ["bits per weight", decimal(bits ?? 0, 3)],
            ["error on these weights", fine(real ?? 0)],
            ["on normal numbers", fine(normal ?? 0)],
          ],
        }),
        press: ({ name }) => ctx.control("format", name),
        chosen: (point) => point === chosen,
        key: ({ name }) => name,
        className: "real",
        marks: (point) =>
          dot({ x: x(point), y: place.y(point), r: RADIUS, color: point.best ? "prob" : "river-deep", stroke: 1 }),
      }),
    ],
  });
}

/** Shannon's bound, as far as it is on the scale. */
const bound = () => {
  const [least, most] = [PARTS.all.bits[0], -Math.log2(LEAST)];
  return [
    line({
      data: range(41),
      x: (at) => least + ((most - least) * at) / 40,
      y: (at) => 2 ** -(least + ((most - least) * at) / 40),
      color: "ink3",
      dash: "5 4",
      stroke: 1,
    }),
    text({
      x: BOUND_NAMED,
      y: 2 ** -BOUND_NAMED,
      dx: -8,
      anchor: "end",
      className: "dim",
      text: "Shannon’s bound, 2^−bits",
    }),
  ];
};

/**
 * Places along the front, which labels keep clear of.
 * @param {number[][]} places
 */
const along = (places) =>
  places.slice(1).flatMap(([x, y], at) => {
    const [fromX, fromY] = places[at];
    const steps = Math.floor(Math.hypot(x - fromX, y - fromY) / CLEAR);
    return range(steps).map((step) => ({
      x: fromX + ((x - fromX) * step) / steps,
      y: fromY + ((y - fromY) * step) / steps,
      r: 0,
    }));
  });
