// @ts-check
/**
 * A logarithmic axis for a chart, with ticks at 1, 2 and 5 however short it is, and at the powers of ten of a long one.
 */
import { extent, scaleLog } from "../vendor/d3.js";

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

/** Powers of ten among the ticks, as many of them as have room. @param {number[]} ticks */
function powers(ticks) {
  const tens = ticks.filter((value) => leading(value) === 1);
  const every = Math.ceil(tens.length / MANY);
  return tens.filter((_, at) => at % every === 0);
}

/** The first digit of a number, where it is the only one. @param {number} value */
const leading = (value) => Number((value / 10 ** Math.floor(Math.log10(value) + 1e-9)).toPrecision(6));
