// @ts-check
/**
 * The times of the steps in words: said where the rounds agree; where they do not, the machine was busy.
 *
 * @import { CacheGrowth } from "../../../types/inference"
 * @import { Milliseconds, TimesAsLong } from "../../../types/shared"
 */
import { counted, percent } from "../../../kit/numbers/format.js";
import { figures, timed } from "../../../kit/numbers/magnitude.js";
import { range, verdict } from "../../../kit/numbers/timing.js";
import { html, nothing } from "../../../vendor/lit.js";

/** @param {Milliseconds} time */
export const half = ({ low, high }) => `${timed(low)} to ${timed(high)}`;

/** @param {CacheGrowth} data */
export function rounds({ threads, rounds, of_rounds }) {
  const on = `ms, ${counted(threads, "thread")}`;
  if (rounds < 2) return `${on}, round 1 of ${of_rounds}`;
  return (
    `${on}, medians of ${rounds} ` +
    `rounds${rounds < of_rounds ? ` of ${of_rounds} so far` : ""}, whiskers: middle half`
  );
}

/**
 * What was found, said where the rounds agree; where they do not, the machine was busy.
 * @param {CacheGrowth} data
 */
export function found(data) {
  const last = data.steps[data.steps.length - 1];
  const { ms } = data.prefill;
  return html`The prompt takes ${timed(ms)}, ${timed(ms / data.start)} a token; the last step takes
    ${timed(last.ms)} (middle half ${half(last)}).
    ${later(data)}
    ${saved(data)}`;
}

/** @param {CacheGrowth} data */
function later({ later, cache_share }) {
  if (!later) return nothing;
  const said = (/** @type {TimesAsLong} */ times) =>
    times.median > 1
      ? html`A step of the later half took ${figures(times.median)} times as long as one of the earlier half
          (${range(times)}).`
      : "Steps of the later half took no longer than steps of the earlier half.";
  return html`${verdict(later, said, "later steps against earlier ones")} The last step reads
    ${percent(cache_share)} of its bytes from the cache and the rest from the weights.`;
}

/** @param {CacheGrowth} data */
function saved({ saved, uncached }) {
  if (!saved || !uncached.length) return nothing;
  const said = (/** @type {TimesAsLong} */ times) =>
    times.median > 1
      ? `That is ${figures(times.median)} times as long (${range(times)}).`
      : "A cache saves no time on this text.";
  return html`Without a cache the last step takes ${timed(uncached[uncached.length - 1].ms)}.
    ${verdict(saved, said, "what the cache saves")}`;
}
