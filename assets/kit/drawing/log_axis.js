// @ts-check
/**
 * A logarithmic axis for a chart, with ticks at 1, 2 and 5 however short it is, and at the powers of ten of a long one.
 */
import { extent, scaleLog } from "../../vendor/d3.js";

/** What is left free at both ends: a factor. */
const ROOM = 1.25;
/** Fewer ticks than these tell no scale. */
const FEW = 3;
/** More than these touch. */
const MANY = 9;
const LEADING = new Set([1, 2, 5]);

/**
 * @param {Iterable<number | null | undefined>} values what the axis must hold; only those above nought count
 */
export function logAxis(values) {
  const [least = 1, most = 1] = extent(
    Array.from(values)
      .filter((value) => Number(value) > 0)
      .map(Number),
  );
  const [low, high] = [least / ROOM, most * ROOM];
  const all = scaleLog([low, high], [0, 1]).ticks();
  const round = all.filter((value) => LEADING.has(leading(value)));
  const tickvals = round.length > MANY ? powers(all) : round.length < FEW ? all : round;
  return {
    type: "log",
    range: [Math.log10(low), Math.log10(high)],
    tickvals,
    ticktext: tickvals.map((value) =>
      Number(value.toPrecision(3)).toLocaleString("en-US", { maximumFractionDigits: 12 }),
    ),
  };
}

/**
 * A chart's axis with whole numbers at its ticks: left to itself, plotly writes 5, 2, 1, 5 where 0.5, 2, 1 and 5 are
 * meant. What says its ticks, or only whole powers, stays as it is.
 * @param {{ type?: string, range?: number[], [own: string]: unknown }} axis
 * @param {Iterable<any>} values
 */
export function ticked(axis, values) {
  if (axis.type !== "log" || axis.tickvals || typeof axis.dtick === "number") return axis;
  const { dtick: _, tickformat: __, ...own } = axis;
  const { tickvals, ticktext } = logAxis(axis.range ? axis.range.map((exponent) => 10 ** exponent) : values);
  return { ...own, tickvals, ticktext };
}

/**
 * What a logarithmic axis has no place for, in words: a line that is missing says why.
 * @param {{ name?: string, values: any[] }[]} lines
 */
export function undrawn(lines) {
  return lines.flatMap(({ name, values }) => {
    const numbers = values.filter((value) => typeof value === "number");
    const lost = numbers.filter((value) => !(value > 0)).length;
    const below = numbers.filter((value) => value <= 0).length;
    if (!name || !numbers.length || !(below || lost === numbers.length)) return [];
    if (lost < numbers.length) return [`Not drawn: ${below} of ${numbers.length} points of ${name}, not above 0`];
    return [`Not drawn: ${name}, ${below ? "no value above 0" : "no finite value"}`];
  });
}

/** Powers of ten among the ticks, as many of them as have room. @param {number[]} ticks */
function powers(ticks) {
  const tens = ticks.filter((value) => leading(value) === 1);
  const every = Math.ceil(tens.length / MANY);
  return tens.filter((_, at) => at % every === 0);
}

/** The first digit of a number, where it is the only one. @param {number} value */
const leading = (value) => Number((value / 10 ** Math.floor(Math.log10(value) + 1e-9)).toPrecision(6));
