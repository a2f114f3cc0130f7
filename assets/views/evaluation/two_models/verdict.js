// @ts-check
/**
 * The paired test in words.
 *
 * @import { PairedVerdict, ScoreBounds, TwoModels } from "../../../types/evaluation"
 */
import { counted, decimal, percent, signed, whole } from "../../../kit/numbers/format.js";
import { html, nothing } from "../../../vendor/lit.js";

/** In points of a hundred. @param {number} part */
const points = (part) => signed(100 * part, 1);

/** @param {ScoreBounds} bounds */
const within = ({ low, high }) => (low === null || high === null ? "not known" : `${points(low)} to ${points(high)}`);

/** @param {ScoreBounds} bounds */
const holdsZero = ({ low, high }) => low === null || high === null || (low <= 0 && high >= 0);

/**
 * @param {TwoModels} data
 * @param {PairedVerdict} verdict
 */
export function inWords({ first, second, items, clusters }, verdict) {
  const { difference, clustered, p, only_first, only_second } = verdict;
  const apart = !holdsZero(difference) && !holdsZero(clustered) && p < 0.05;
  const told = apart
    ? `They can be told apart: ${difference.mean > 0 ? "the second" : "the first"} is better on such items.`
    : holdsZero(difference) || holdsZero(clustered)
      ? "The interval includes zero: they cannot be told apart."
      : "The exact test finds no difference at 0.05: they cannot be told apart.";
  return html`
    <p class="readout lead">${first} gets <b>${percent(verdict.first.mean, 1)}</b> of ${counted(items.length, "item")}
      right, ${second} <b>${percent(verdict.second.mean, 1)}</b>. The difference is
      <b>${points(difference.mean)}</b> points. Its 95 % interval is ${within(difference)} by resampled items, and
      ${within(clustered)} with the items of each of ${clusters} subjects as one cluster. The standard error is
      ${decimal(100 * verdict.clustered_error, 1)} points by clusters, ${decimal(100 * verdict.error, 1)} by
      independent items.
      <span class="verdict">${told}</span></p>
    <p class="readout lead">${whole(only_first + only_second)} of the items flip, ${only_first} to ${only_second}. Fair
      coins are as uneven as that or more in <b>${percent(p, 1)}</b> of all cases.
      ${needed(verdict, items.length)}</p>`;
}

/** @param {PairedVerdict} verdict @param {number} read */
function needed({ needed }, read) {
  if (needed === null) return html`Both get as many right, so no number of items would show this difference.`;
  return html`If other items flip as often, a test needs about <b>${counted(needed, "item")}</b> to find this
    difference in 80 of 100 cases${needed > read ? "; these are too few" : nothing}.`;
}
