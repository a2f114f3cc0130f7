// @ts-check
/**
 * The times of the steps in words: said where the rounds agree; where they do not, the machine was busy.
 *
 * @import { CacheGrowth, Milliseconds } from "../../../types"
 */
import { counted, percent } from "../../../kit/format.js";
import { figures, timed } from "../../../kit/magnitude.js";

/** @param {Milliseconds} time */
export const half = ({ low, high }) => `${timed(low)} to ${timed(high)}`;

/** @param {CacheGrowth} data */
export function rounds({ threads, rounds, of_rounds }) {
  const on = `ms, ${counted(threads, "thread")}`;
  if (rounds < 2) return `${on}, round 1 of ${of_rounds}`;
  return (
    `${on}, medians of ${rounds} ` +
    `rounds${rounds < of_rounds ? ` of ${of_rounds} so far` : ""}, whiskers: half of them`
  );
}

/**
 * What was found, said where the rounds agree; where they do not, the machine was busy.
 * @param {CacheGrowth} data
 */
export function found(data) {
  const last = data.steps[data.steps.length - 1];
  const each = timed(data.prefill.ms / data.start);
  return (
    `The prompt takes ${each} a token, the last step ${timed(last.ms)} ` +
    `(${half(last)}). ${later(data)}${saved(data)}`
  );
}

/** @param {CacheGrowth} data */
function later({ later, cache_share }) {
  if (!later) return "";
  const share = `of the bytes that the last step reads, ${percent(cache_share)} are cache, all else is weights. `;
  const times = `${figures(later.low)} to ${figures(later.high)}`;
  if (!later.clear) return `Whether later steps took longer is lost in the noise (${times} times): ${share}`;
  if (later.median <= 1) return `Steps of the later half took no longer than those of the earlier: ${share}`;
  return (
    `A step of the later half took ${figures(later.median)} times as long as one of ` +
    `the earlier half (${times}): ${share}`
  );
}

/** @param {CacheGrowth} data */
function saved({ saved, uncached }) {
  if (!saved || !uncached.length) return "";
  const without = `Without a cache the last step takes ${timed(uncached[uncached.length - 1].ms)}`;
  if (!saved.clear || saved.median <= 1)
    return `${without}: on this text a cache saves nothing that shows above the noise.`;
  return `${without}, ${figures(saved.median)} times as long (${figures(saved.low)} to ${figures(saved.high)}).`;
}
