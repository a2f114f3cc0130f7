// @ts-check
/**
 * Bytes against perplexity, a point a format; labels stand where they cover nothing, arrow keys walk the points.
 *
 * @import { QualityPoint, QuantizedQuality } from "../../../types/systems"
 *
 * @typedef {Pick<QualityPoint, "name" | "title" | "bits" | "nbytes" | "perplexity" | "perplexity_error" | "added" |
 *   "added_error" | "kl" | "front"> & { mix?: boolean }} Point `mix`: a format for each matrix
 */

import { logAxis } from "../../../kit/drawing/log_axis.js";
import { dot, labels, line, rule } from "../../../kit/drawing/marks.js";
import { items, picture } from "../../../kit/drawing/picture.js";
import { decimal, signed, whole } from "../../../kit/numbers/format.js";
import { memory } from "../../../kit/numbers/magnitude.js";
import { brief } from "../../../kit/numbers/misfits.js";
import { max, min, scaleLog } from "../../../vendor/d3.js";
import { nats } from "./words.js";

const HEIGHT = { wide: 420, narrow: 380 };
/** Pixels above the scale of what is off it: above the axis’ name. */
const OFF = 30;
const RADIUS = 5;
/** Perplexities of more than so many times the unchanged one are off the scale. */
const CAP = 4;

/**
 * @param {QuantizedQuality} data
 * @param {Point[]} mixes
 * @param {number} width
 * @param {string} chosen
 * @param {(name: string) => void} choose
 */
export function scatter(data, mixes, width, chosen, choose) {
  /** @type {Point[]} */
  const all = [...data.points, ...mixes];
  const points = all.sort((a, b) => a.nbytes - b.nbytes);
  const unchanged = { title: "unchanged", name: "", nbytes: data.nbytes, perplexity: data.perplexity, front: false };
  const off = (/** @type {{ perplexity: number }} */ { perplexity }) => perplexity > CAP * data.perplexity;
  const kept = points.filter((point) => !off(point)).map(({ perplexity }) => perplexity);
  const sizes = [data.nbytes, ...points.map(({ nbytes }) => nbytes)];
  const top = Math.max(1.3 * data.perplexity, 1.05 * (max(kept) ?? 0));
  const across = [0.85 * Number(min(sizes)), 1.15 * Number(max(sizes))];
  const up = [0.9 * (min([data.perplexity, ...kept]) ?? 1), top];
  const place = {
    x: (/** @type {{ nbytes: number }} */ { nbytes }) => nbytes,
    y: (/** @type {{ perplexity: number }} */ point) => (off(point) ? top : point.perplexity),
    dy: (/** @type {{ perplexity: number }} */ point) => (off(point) ? -OFF : 0),
  };
  const ticks = (/** @type {number[]} */ values, /** @type {number[]} */ [low, high]) =>
    logAxis(values).tickvals.filter((value) => value >= low && value <= high);
  return picture({
    label: "Formats by bytes of the model and perplexity; arrow keys walk them",
    className: "scatter",
    width,
    height: width > 720 ? HEIGHT.wide : HEIGHT.narrow,
    margin: { left: 52, right: 16, top: 46, bottom: 44 },
    x: scaleLog().domain(across),
    y: scaleLog().domain(up),
    bottom: { values: ticks(sizes, across), format: memory, title: "all weights" },
    left: { values: ticks([up[0] * 1.25, top / 1.25], up), format: (value) => whole(value), title: "perplexity" },
    marks: [
      rule({ y: data.perplexity, color: "ink3", dash: "2 4" }),
      line({ data: points.filter(({ front }) => front), ...place, color: "prob" }),
      dot({ data: [unchanged], ...place, r: RADIUS + 1, color: "ink", hollow: true }),
      labels({
        ...{ data: [unchanged, ...points], ...place, r: RADIUS },
        text: (point) => brief(point.title) + (off(point) ? ` ↑ ${whole(Math.round(point.perplexity))}` : ""),
        rank: (point) =>
          point === unchanged ? 8 : (point.name === chosen ? 4 : 0) + (point.front ? 2 : 0) + (off(point) ? 1 : 0),
        className: (point) => (point === unchanged ? "dim" : point.name === chosen ? "ink b" : ""),
        over: { right: 16, top: 46 },
      }),
      items({
        data: points,
        told: toldOf,
        press: ({ name }) => choose(name),
        chosen: ({ name }) => name === chosen,
        className: "point",
        marks(point) {
          const { nbytes: x, perplexity, perplexity_error, added, added_error, mix, front } = point;
          const paired = (/** @type {number} */ sign) => data.perplexity * Math.exp(added + sign * added_error);
          const alone = [Math.max(perplexity - perplexity_error, 0.1), Math.min(top, perplexity + perplexity_error)];
          const on = point.name === chosen;
          return [
            !off(point) && [
              rule({ x, y: [alone[0], alone[1]], color: "river-deep", className: "alone" }),
              rule({ x, y: [paired(-1), paired(1)], color: "river-deep", stroke: 3 }),
            ],
            dot({
              ...{ x, y: place.y(point), dy: place.dy(point), r: on ? 7 : RADIUS },
              color: !off(point) && (mix || front) ? "prob" : "river-deep",
              hollow: mix || off(point),
              stroke: mix ? 2.5 : 1.5,
            }),
          ];
        },
      }),
    ],
  });
}

/**
 * @param {Point} point
 * @returns {import("../../../kit/drawing/mark").Told}
 */
const toldOf = ({ title, nbytes, bits, perplexity, perplexity_error, added, added_error, kl }) => ({
  title,
  name: `${title}: ${memory(nbytes)}, perplexity ${decimal(perplexity)}`,
  lines: [
    ["all weights", memory(nbytes)],
    ["bits per weight", decimal(bits, 2)],
    ["perplexity", `${decimal(perplexity)} ± ${decimal(perplexity_error)}`],
    ["loss added, paired", `${signed(added, 4)} ± ${decimal(added_error, 4)}`],
    ["KL, mean", `${nats(kl)} nats`],
  ],
});
