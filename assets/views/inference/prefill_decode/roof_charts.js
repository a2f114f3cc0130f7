// @ts-check
/**
 * The two charts of the roof: speed by intensity, and time a token by the tokens of a pass.
 *
 * @import { RoofedPass, RoofPicture } from "../../../types/inference"
 * @import { Point } from "../../../kit/chart/chart_layout"
 *
 * @typedef {{ pass: RoofedPass, choose: (pass: RoofedPass | undefined) => void }} Choice
 */

import { plot } from "../../../kit/chart/plot.js";
import { roofline } from "../../../kit/chart/roofline.js";
import { whole } from "../../../kit/numbers/format.js";
import { roofOf } from "../../../kit/numbers/machine.js";
import { timed } from "../../../kit/numbers/magnitude.js";
import { max, min, range } from "../../../vendor/d3.js";
import { flopsASecond, half } from "./passes.js";

const GIGA = 1e9;
const HEIGHT = 300;
/** Both phases differ by colour and by the shape of their points. */
const PHASES = /** @type {const} */ ([
  { phase: "prefill", name: "tokens of a prompt", color: "river-deep", symbol: "square" },
  { phase: "decode", name: "sequences of a batch", color: "prob", symbol: "circle" },
]);

/** @param {RoofedPass} pass */
export function named({ phase, batch, ...pass }) {
  if (phase === "prefill") return `prefill of ${whole(pass.new)}`;
  return batch === 1 ? "one step" : `a step of ${batch}`;
}

/**
 * The passes of one phase after those of the other.
 * @param {Pick<RoofPicture, "passes">} data
 */
export const ordered = ({ passes }) => PHASES.flatMap(({ phase }) => passes.filter((pass) => pass.phase === phase));

/**
 * @param {RoofPicture} data
 * @param {Choice & { narrow: boolean }} options
 */
export function underRoof(data, { pass, choose, narrow }) {
  const speed = (/** @type {RoofedPass} */ each) => flopsASecond(each) / GIGA;
  return roofline({
    label: "Roofline: speed reached by each pass under what memory and arithmetic allow",
    height: HEIGHT,
    ...roofOf(data.machine),
    unit: GIGA,
    traces: lines(data, pass, { x: ({ intensity }) => intensity, y: speed, hover: SPEED }),
    narrow,
    onClick: chosenBy(data, choose),
  });
}

/**
 * @param {RoofPicture} data
 * @param {Choice} options
 */
export function timeByTokens(data, { pass, choose }) {
  const sizes = [...new Set(data.passes.map(({ tokens }) => tokens))].sort((one, other) => one - other);
  const powers = sizes.filter((size) => Number.isInteger(Math.log2(size)));
  const each = (/** @type {"ms" | "least" | "low" | "high"} */ time) => (/** @type {RoofedPass} */ of) =>
    of[time] / of.tokens;
  const low = (min(data.passes, each("least")) ?? 1) / 1.3;
  const high = 1.4 * (max(data.passes, each("high")) ?? 1);
  const least = PHASES.map(({ phase }) => {
    const of = data.passes.filter((each) => each.phase === phase);
    const hover = "at least %{y:.2f} ms a token<extra></extra>";
    return {
      x: of.map(({ tokens }) => tokens),
      y: of.map(each("least")),
      color: "line2",
      width: 6,
      legend: false,
      hover,
    };
  });
  const measured = lines(data, pass, { x: ({ tokens }) => tokens, y: each("ms"), hover: TIME });
  const whiskered = measured.map((line, at) => {
    const of = data.passes.filter(({ phase }) => phase === PHASES[at].phase);
    return { ...line, whiskers: { low: of.map(each("low")), high: of.map(each("high")) } };
  });
  return plot({
    label: "Milliseconds a token by tokens in one pass",
    height: HEIGHT,
    traces: [...whiskered, ...least],
    x: {
      ...log(0.85, 1.2 * sizes[sizes.length - 1]),
      tickvals: powers,
      ticktext: powers.map(String),
      title: "tokens in one pass",
    },
    y: log(low, high),
    margin: { t: 30 },
    onClick: chosenBy(data, choose),
  });
}

const SPEED =
  "%{customdata[0]}, %{customdata[1]} (%{customdata[2]})<br>%{x:.2f} FLOPs a byte, %{y:.2f} GFLOP/s<extra></extra>";
const TIME = "%{customdata[0]}: %{y:.2f} ms a token, %{customdata[1]} in all (%{customdata[2]})<extra></extra>";

/**
 * A line for each phase, the chosen pass larger.
 * @param {RoofPicture} data
 * @param {RoofedPass} chosen
 * @param {{ x: (pass: RoofedPass) => number, y: (pass: RoofedPass) => number, hover: string }} what
 */
function lines({ passes }, chosen, { x, y, hover }) {
  return PHASES.map(({ phase, name, color, symbol }) => {
    const of = passes.filter((pass) => pass.phase === phase);
    return {
      x: of.map(x),
      y: of.map(y),
      mode: "lines+markers",
      name,
      color,
      width: 1.5,
      size: of.map((pass) => (pass === chosen ? 13 : 8)),
      symbol,
      customdata: of.map((pass) => [named(pass), timed(pass.ms), half(pass)]),
      hover,
    };
  });
}

/**
 * @param {RoofPicture} data
 * @param {(pass: RoofedPass | undefined) => void} choose
 * @returns {(point?: Point) => void}
 */
function chosenBy({ passes }, choose) {
  return (point) => {
    const phase = point && PHASES[point.trace]?.phase;
    if (phase) choose(passes.filter((pass) => pass.phase === phase)[point.index]);
  };
}

/**
 * A logarithmic axis with ticks at 1, 2 and 5 of each power of ten.
 * @param {number} low
 * @param {number} high
 */
function log(low, high) {
  const powers = range(Math.floor(Math.log10(low)), Math.ceil(Math.log10(high)));
  const ticks = powers.flatMap((power) => [1, 2, 5].map((digit) => digit * 10 ** power));
  const tickvals = ticks.filter((tick) => tick >= low && tick <= high);
  const ticktext = tickvals.map((tick) => String(Number(tick.toPrecision(1))));
  return { type: "log", range: [Math.log10(low), Math.log10(high)], tickvals, ticktext };
}
