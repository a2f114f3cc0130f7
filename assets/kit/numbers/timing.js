// @ts-check
/**
 * Times in words: what was compared has its verdict where the rounds agree; where they do not, the machine was busy.
 *
 * @import { Milliseconds, TimesAsLong } from "../../types/shared"
 * @import { Content } from "./table"
 */
import { html, nothing } from "../../vendor/lit.js";
import { figures, timed } from "./magnitude.js";

/** Rounds disagree on a busy machine; of times that are alike they do on any. */
const BUSY = "the spread of the times exceeds their difference";
/** What a cell says then; for a note that explains it. */
export const NONE = "no verdict";

/** @typedef {{ times: TimesAsLong, on?: string }} Compared `on`: what the verdict is on, where a view has several */

/** The middle half of the rounds. @param {TimesAsLong} times */
export const range = ({ low, high }) => `${figures(low)} to ${figures(high)}`;

/**
 * A sentence: the verdict, or why there is none.
 * @param {TimesAsLong} times
 * @param {(times: TimesAsLong) => Content} said the verdict
 * @param {string} [on]
 */
export const verdict = (times, said, on) => verdicts([{ times, on }], ([{ times }]) => said(times));

/**
 * The same of several comparisons.
 * @template {Compared} One
 * @param {One[]} compared
 * @param {(clear: One[]) => Content} said the verdict on those that are clear, which are some
 */
export function verdicts(compared, said) {
  const clear = compared.filter(({ times }) => times.clear);
  const open = compared.filter(({ times }) => !times.clear);
  return html`${clear.length ? html`<span data-clear="true">${said(clear)}</span>` : nothing}${
    clear.length && open.length ? " " : nothing
  }${open.length ? html`<span data-clear="false">${busy(open)}</span>` : nothing}`;
}

/** @param {Compared[]} open */
function busy(open) {
  const which = open.map(({ on, times }) => `${on ? `${on} ` : ""}(${range(times)} times)`).join(", ");
  const what = open.some(({ on }) => on) ? `on ${which}` : which;
  return `No verdict ${what}: ${BUSY}. The machine may be busy. Measure again.`;
}

/**
 * The same within a sentence.
 * @param {TimesAsLong} times
 * @param {(times: TimesAsLong) => Content} said the verdict; the middle half of the rounds is added
 */
export const clause = (times, said) =>
  times.clear
    ? html`<span data-clear="true" data-times=${times.median}>${said(times)} (${range(times)})</span>`
    : html`<span data-clear="false"><b>no verdict</b>, ${BUSY} (${range(times)} times)</span>`;

/**
 * How long it takes in the other run for each 1 here, round by round.
 * @param {TimesAsLong | null} times
 */
export function asLong(times) {
  if (!times) return "not measured yet";
  return clause(times, ({ median }) => html`<b>${figures(median)} times</b> as long as here`);
}

/**
 * The same in a cell.
 * @param {TimesAsLong} times
 * @param {(times: TimesAsLong) => Content} said
 * @param {string} [open] what else it says, while rounds are still made
 */
export const cell = (times, said, open = NONE) =>
  times.clear
    ? html`<span data-clear="true">${said(times)}</span>`
    : html`<span data-clear="false" title=${BUSY}>${open}</span>`;

/**
 * How many times as long one took as the other where rounds do not pair: the furthest that their middle halves allow.
 * @param {{ median: number, low: number, high: number }} there
 * @param {{ median: number, low: number, high: number }} here
 * @returns {TimesAsLong}
 */
export function unpaired(there, here) {
  const [low, high] = [there.low / here.high, there.high / here.low];
  return { median: there.median / here.median, low, high, clear: low > 1 || high < 1 };
}

/**
 * A column of trainings that take turns: the time of a step, and below it the middle half of all.
 * @template Training
 * @param {(training: Training) => Milliseconds | null} of
 */
export const stepTime = (of) => ({
  name: "Time a step",
  title: "Median and middle half of the steps, without the first step",
  number: true,
  cell: (/** @type {Training} */ training) => {
    const time = of(training);
    return time ? html`${timed(time.ms)}<small>${timed(time.low)} to ${timed(time.high)}</small>` : nothing;
  },
});
