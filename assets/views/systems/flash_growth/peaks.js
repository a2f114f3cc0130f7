// @ts-check
/**
 * How each peak of memory grows with the text, in words.
 *
 * @import { FlashGrown } from "../../../types/systems"
 */
import { decimal, whole } from "../../../kit/numbers/format.js";
import { html, nothing } from "../../../vendor/lit.js";
import { METHODS, runsOf } from "./methods.js";

/** How many times as long a text is whose peak is put against that of a shorter one. */
const LONGER = 4;

/**
 * How many times each peak grows while the text grows fourfold: with N it is less than four times where part of it does
 * not grow.
 * @param {Pick<FlashGrown, "runs">} data
 */
export function peaks(data) {
  const grown = METHODS.flatMap(({ method, name }) => {
    const of = runsOf(data, method);
    const last = of.at(-1);
    const first = last && of.find(({ n }) => n * LONGER === last.n);
    if (!first || !last) return [];
    const times = last.peak / first.peak;
    return [{ name, from: first.n, to: last.n, times, part: method !== "standard" && times < LONGER }];
  });
  if (!grown.length) return nothing;
  const list = grown.map(
    ({ name, from, to, times }) =>
      html`${name} <b data-grown=${times}>${decimal(times)} times</b> (${whole(from)} to ${whole(to)} tokens)`,
  );
  const why = grown.some(({ part }) => part)
    ? " A peak that grows less than four times has a part of fixed size: only the rest grows with N."
    : "";
  return html`With a text ${LONGER} times as long the peak grows: ${list.map(
    (each, at) => html`${at ? "; " : ""}${each}`,
  )}.${why} `;
}
