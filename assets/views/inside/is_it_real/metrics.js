// @ts-check
/**
 * Metrics from 0 to 1: a dot for each trained dictionary, a ring for each placebo, a tick for chance.
 *
 * @typedef {object} Metric
 * @property {string} name
 * @property {string} about what 0 and 1 are
 * @property {number[]} trained one value a seed
 * @property {number[]} placebo
 * @property {number} [chance]
 */
import { dot, rule, text } from "../../../kit/drawing/marks.js";
import { items, picture } from "../../../kit/drawing/picture.js";
import { decimal } from "../../../kit/numbers/format.js";
import { max, mean, min } from "../../../vendor/d3.js";

const NARROW = 560;
const DIGITS = 3;

/** @param {Metric[]} all @param {number} width */
export function metrics(all, width) {
  const narrow = width < NARROW;
  const row = narrow ? 52 : 40;
  const left = narrow ? 8 : 268;
  const shown = all.filter(({ trained }) => trained.length);
  const values = shown.flatMap(({ trained, placebo }) => [...trained, ...placebo]);
  const bottom = shown.length * row;
  return picture({
    label: "Metrics of trained dictionaries and placebos; up and down walk them",
    width,
    height: bottom + 26,
    margin: { left, right: 12, top: 0, bottom: 26 },
    x: [Math.min(0, min(values) ?? 0), Math.max(1, max(values) ?? 1)],
    y: [bottom, 0],
    bottom: { grid: true },
    marks: [
      items({
        data: shown,
        told: (metric) => ({ title: metric.name, lines: lines(metric) }),
        hit: (_, at) => ({ y: [at * row, (at + 1) * row] }),
        marks: (metric, at) => {
          const y = at * row + (narrow ? 36 : row / 2);
          const ends = [mean(metric.trained) ?? 0, mean(metric.placebo) ?? 0];
          return [
            text({
              x: 0,
              dx: narrow ? 0 : -left,
              y: narrow ? at * row + 16 : y - 2,
              text: metric.name,
              className: "ink b",
            }),
            narrow ? null : text({ x: 0, dx: -left, y: y + 12, text: metric.about, className: "dim" }),
            metric.placebo.length ? rule({ x: ends, y, color: "river", stroke: 3 }) : null,
            metric.chance === undefined
              ? null
              : rule({ x: metric.chance, y: [y - 8, y + 8], color: "ink3", stroke: 2 }),
            dot({ data: metric.placebo, x: Number, y, r: 5, color: "river-deep", hollow: true, stroke: 2 }),
            dot({ data: metric.trained, x: Number, y, r: 5, color: "ink" }),
          ];
        },
      }),
    ],
  });
}

/** @param {Metric} metric @returns {[string, string][]} */
function lines({ about, trained, placebo, chance }) {
  const said = (/** @type {number[]} */ all) => all.map((value) => decimal(value, DIGITS)).join(", ");
  return [
    ["", about],
    ["trained", said(trained)],
    ...(placebo.length ? [/** @type {[string, string]} */ (["placebo", said(placebo)])] : []),
    ...(chance === undefined ? [] : [/** @type {[string, string]} */ (["by chance", decimal(chance, DIGITS)])]),
  ];
}
