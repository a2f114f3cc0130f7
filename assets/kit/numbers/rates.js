// @ts-check
/**
 * Rates and means with their intervals and n, in words and as a picture.
 *
 * @import { TalkMean, TalkRate } from "../../types/safety"
 */
import { intervals, reach } from "../drawing/intervals.js";
import { percent, signed } from "./format.js";

/** “5 of 12, 42 % (19 to 68 %)”. @param {TalkRate} rate */
export const rateWords = ({ hits, n, share, low, high }) =>
  `${hits} of ${n}, ${percent(share, 0)} (${Math.round(100 * low)} to ${Math.round(100 * high)} %)`;

/** “+0.40 nats (0.12 to 0.68)”. @param {TalkMean | null} mean @param {string} [unit] */
export function meanWords(mean, unit = "nats") {
  if (!mean || mean.mean === null) return "not known";
  const within = mean.low === null || mean.high === null ? "" : ` (${signed(mean.low)} to ${signed(mean.high)})`;
  return `${signed(mean.mean)}${unit ? ` ${unit}` : ""}${within}`;
}

/** Whether the interval says which side of nought it is. @param {TalkMean | null} mean */
export const told = (mean) =>
  Boolean(mean && mean.low !== null && mean.high !== null && (mean.low > 0 || mean.high < 0));

/**
 * @param {{ rates: TalkRate[], width: number, label: string, title?: string, hollow?: (rate: TalkRate) => boolean }} of
 */
export const ratesPicture = ({ rates, width, label, title = "share, with its interval of 95 %", hollow }) =>
  intervals({
    ...{ width, label, title, domain: [0, 1], format: (value) => percent(value, 0) },
    rows: rates.map((rate) => ({
      ...rate,
      value: rate.share,
      words: rateWords(rate),
      hollow: hollow?.(rate) ?? false,
    })),
  });

/**
 * @param {{ means: { name: string, mean: TalkMean, hollow?: boolean }[], width: number, label: string, title:
 * string, unit?: string }}
 *   of
 */
export function meansPicture({ means, width, label, title, unit }) {
  const rows = means.map(({ name, mean, hollow }) => ({
    ...{ name, value: mean.mean, low: mean.low, high: mean.high, hollow: Boolean(hollow) },
    words: meanWords(mean, unit),
  }));
  return intervals({
    rows,
    width,
    label,
    title,
    domain: reach(rows),
    reference: 0,
    format: (value) => signed(value, 1),
  });
}
