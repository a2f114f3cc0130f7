// @ts-check
/**
 * Held-out loss over the learning rate, a line a width, and where its least is.
 *
 * @import { RateCurve, RateShift, WidthRates } from "../../../types/pretraining"
 * @import { Row, View } from "../../../kit/view"
 */
import { legend } from "../../../kit/drawing/legend.js";
import { dot, line, rule } from "../../../kit/drawing/marks.js";
import { items, picture } from "../../../kit/drawing/picture.js";
import { halfWidth } from "../../../kit/layout.js";
import { counted, decimal, whole } from "../../../kit/numbers/format.js";
import { seedSpread } from "../../../kit/numbers/seed_verdict.js";
import { table } from "../../../kit/numbers/table.js";
import { max, min } from "../../../vendor/d3.js";
import { html } from "../../../vendor/lit.js";
import { factor, middle, NAMED, power, twoTo } from "./named.js";

const HEIGHT = 340;
/** From the narrowest to the widest. */
const COLORS = ["river", "prob", "neg", "ink"];

/** @type {View<WidthRates>} */
export function rates(data, ctx) {
  const half = halfWidth(ctx.width);
  const widths = [...new Set(data.curves.map(({ width }) => width))];
  const color = (/** @type {number} */ width) => COLORS[widths.indexOf(width) % COLORS.length];
  return html`
    <p class="readout lead">${data.shifts.map((each) => moved(each, widths, data))}</p>
    <div class="side-by-side">
      ${["standard", "mup"].map(
        (name) => html`
          <div>
            <h3 class="sub3">${name === "mup" ? "muP" : "Standard parametrisation"}</h3>
            ${chart(data, name, half, color)}
          </div>`,
      )}
    </div>
    ${legend(widths.map((width) => [{ color: color(width), shape: "line" }, `width ${width}`]))}
    ${table({
      label: "The best rate of each width",
      columns: [
        { name: "parametrisation", cell: ({ parametrisation }) => NAMED[parametrisation] },
        { name: "width", number: true, cell: ({ width }) => whole(width) },
        { name: "best rate, median", number: true, cell: ({ best }) => power(middle([...best])) },
        {
          name: "of the seeds",
          cell: ({ best }) => html`${power(Number(min(best)))} to ${power(Number(max(best)))}`,
        },
        {
          name: "at an end",
          number: true,
          title: "Seeds whose least loss is at an end of the curve",
          cell: ({ edges }) => edges,
        },
        {
          name: "least loss, median",
          number: true,
          cell: (each) => decimal(middle(each.losses.map((row) => Number(min(row)))), 3),
        },
      ],
      rows: [...data.curves],
    })}
    <p class="readout">${data.kept.map((each) => lost(each, widths, data))}</p>
    <p class="hint">${counted(data.runs, "training")} of ${data.steps} steps of 512 bytes, ${decimal(data.minutes, 0)}
      minutes of one core. Lines join the medians of ${counted(data.seeds.length, "seed")}, bars reach to their ends; a
      dot is the least of a curve. At a width of ${data.base} both are one and were trained once. The rate is that of
      the
      base: muP’s hidden matrices have it times ${data.base} / width. Longer trainings, other depths and other texts are
      not in the grid. Trained by <code>python -m explorer widths</code> from
      assets/sweeps/width-and-rate/recipe.toml.</p>`;
}

/** @param {RateShift} each @param {number[]} widths @param {WidthRates} data */
function moved({ parametrisation: name, mean, half, beyond }, widths, { seeds }) {
  const from = `From width ${widths[0]} to ${widths[widths.length - 1]}`;
  const interval = half === null ? "" : ` (the power ± ${decimal(half, 1)})`;
  return html`${from} the best rate moves by <b>${factor(mean)}</b>${interval} in ${long(name)} (95 %).
    ${seedSpread(beyond, seeds.length)} `;
}

/** @param {string} name */
const long = (name) => (name === "mup" ? "muP" : "the standard parametrisation");

/** @param {RateShift} each @param {number[]} widths @param {WidthRates} data */
function lost({ parametrisation: name, mean, half }, widths, { seeds }) {
  const interval = half === null ? "" : ` ± ${decimal(half, 3)}`;
  return html`At the rate that is best at width ${widths[0]}, width ${widths[widths.length - 1]} loses
    <b>${decimal(mean, 3)}</b>${interval} nats a byte to its own best in
    ${long(name)} (95 %, ${seeds.length} seeds). `;
}

/** @param {WidthRates} data @param {string} name @param {number} width @param {(width: number) => string} color */
function chart({ curves }, name, width, color) {
  const mine = curves.filter(({ parametrisation }) => parametrisation === name);
  const rates_ = curves.flatMap(({ exponents }) => exponents);
  const all = curves.flatMap(({ losses }) => losses.flat()).filter(Number.isFinite);
  return picture({
    label: `Held-out loss over the rate, ${NAMED[name]}, a line a width`,
    width,
    height: HEIGHT,
    margin: { left: 46, right: 12, top: 12, bottom: 44 },
    x: [Number(min(rates_)) - 0.4, Number(max(rates_)) + 0.4],
    y: [Number(min(all)) - 0.02, Number(max(all)) + 0.02],
    left: { title: "loss", format: (/** @type {number} */ value) => decimal(value, 1) },
    bottom: { title: "rate, a power of two", values: [-11, -9, -7, -5], format: twoTo },
    marks: mine.map((curve) => drawn(curve, color(curve.width))),
  });
}

/** One width. @param {RateCurve} curve @param {string} color */
function drawn(curve, color) {
  const points = curve.exponents.map((at, column) => {
    const values = curve.losses.map((row) => row[column]);
    return { at, loss: middle(values), low: Number(min(values)), high: Number(max(values)) };
  });
  const least = points.reduce((so, each) => (each.loss < so.loss ? each : so));
  return [
    line({ data: points, x: ({ at }) => at, y: ({ loss }) => loss, color, stroke: 2 }),
    items({
      data: points,
      key: ({ at }) => `${curve.width} ${at}`,
      hit: ({ at, low, high }) => ({ x: [at - 0.3, at + 0.3], y: [low - 0.02, high + 0.02] }),
      told: ({ at, loss, low, high }) => ({
        title: `width ${curve.width}, rate ${twoTo(at)}`,
        lines: [
          ["loss, median", decimal(loss, 3)],
          ["of the seeds", `${decimal(low, 3)} to ${decimal(high, 3)}`],
        ],
      }),
      marks: (each) => [
        rule({ x: each.at, y: [each.low, each.high], color, stroke: 2 }),
        each === least && dot({ x: each.at, y: each.loss, r: 5, color }),
      ],
    }),
  ];
}

/** @param {WidthRates} data @returns {Row[]} */
export const rows = ({ curves, seeds }) =>
  curves.flatMap(({ parametrisation, width, exponents, losses }) =>
    losses.flatMap((row, seed) =>
      row.map((loss, at) => ({ parametrisation, width, rate: 2 ** exponents[at], seed: seeds[seed], loss })),
    ),
  );
