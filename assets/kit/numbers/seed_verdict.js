// @ts-check
/**
 * Trainings compared seed by seed, in words: nothing is called lower or higher before enough seeds are in and their
 * interval leaves out nought; a training that learnt nothing is named.
 *
 * @import { TemplateResult } from "lit-html"
 * @import { SeedDifference } from "../../types/transformer"
 */
import { html, nothing } from "../../vendor/lit.js";
import { counted, decimal, signed } from "./format.js";

/**
 * One sentence a kind.
 * @param {SeedDifference} difference
 * @param {string} kind as it is called at the beginning of a sentence
 * @param {string} from what it is compared with
 * @returns {TemplateResult}
 */
export function seedVerdict({ mean, half, enough, clear, each }, kind, from) {
  const [amount, seeds] = [decimal(Math.abs(mean), 3), counted(each.length, "seed")];
  if (half === null || !enough) return html`${kind}: ${each.map((one) => signed(one, 3)).join(", ")} nats. `;
  if (clear)
    return html`<span data-clear="true">${kind} ends <b>${amount}</b> nats ${mean < 0 ? "below" : "above"} ${from}
      (95 % interval ± ${decimal(half, 3)}, ${seeds}).</span> `;
  return html`<span data-clear="false">${kind}: no clear difference from ${from} (mean ${signed(mean, 3)} ±
    ${decimal(half, 3)} nats, ${seeds}).</span> `;
}

/**
 * Whether a mean over few seeds exceeds its interval; the sentence before says both.
 * @param {boolean} beyond
 * @param {number} seeds
 */
export const seedSpread = (beyond, seeds) =>
  html`<span data-clear=${String(beyond)}>${
    beyond
      ? `The effect exceeds its spread over ${counted(seeds, "seed")}.`
      : `The spread over ${counted(seeds, "seed")} exceeds the effect: these trainings show no difference.`
  }</span>`;

/** Whether an interval leaves out nought. @param {number} low @param {number} high */
const leavesOut = (low, high) => low > 0 || high < 0;

/**
 * Whether a change over few trained models exceeds what they differ by.
 * @param {number} low of the 95 % interval
 * @param {number} high
 * @param {(end: number) => string} format
 * @param {string} unit
 */
export function seedChange(low, high, format, unit) {
  const told = leavesOut(low, high)
    ? "a change beyond what the models differ by"
    : "within what the models differ by: no clear change";
  return html`<span data-clear=${String(leavesOut(low, high))}>(${told}, 95 % interval ${format(low)} to ${format(high)}
    ${unit})</span>`;
}

/** A mean over seeds and its interval, in a cell. @param {number} mean @param {number} low @param {number} high */
export const seedMean = (mean, low, high) =>
  html`<span data-clear=${String(leavesOut(low, high))}>${signed(mean)} <small>${signed(low)} to
    ${signed(high)}</small></span>`;

/**
 * What a comparison lacks for a verdict.
 * @param {number} done seeds that have ended
 * @param {number} asked
 * @param {number} enough
 */
export function seedsLacking(done, asked, enough) {
  if (done >= enough) return nothing;
  const far = done < asked ? `${done} of ${counted(asked, "seed")} ${done === 1 ? "is" : "are"} trained. ` : "";
  return html`${far}A verdict needs ${enough}
    seeds${asked < enough ? `, and ${asked} ${asked === 1 ? "is" : "are"} asked for` : ""}${
      done ? "; so far, seed by seed: " : ". "
    }`;
}

/**
 * The trainings that learnt nothing, while others did.
 * @param {{ kind: string, seed: number }[]} stuck
 * @param {number} all trainings
 */
export function seedsStuck(stuck, all) {
  if (!stuck.length) return nothing;
  if (stuck.length === all)
    return html`No training has learned more than how frequent each byte is: more steps are needed. `;
  const which = stuck.map(({ kind, seed }) => `${kind} with seed ${seed}`).join(", ");
  return html`<b>Stuck:</b> ${which} ended no better than guessing each byte by its frequency. Such a seed failed to
    start; its difference says nothing about the layer. `;
}

/** What is said of a mean whose interval holds nought. */
export const ALIKE = "no clear difference";

/**
 * A cell of a table: the difference with its interval, or why there is none.
 * @param {{ mean: number, half: number | null, clear: boolean }} difference
 * @param {boolean} enough whether there are seeds enough
 * @param {(value: number) => string} format with its sign
 */
export function seedCell({ mean, half, clear }, enough, format) {
  if (!enough) return html`<span data-clear="false">no verdict</span>`;
  return clear
    ? html`<span data-clear="true">${format(mean)} ± ${format(half ?? 0).slice(1)}</span>`
    : html`<span data-clear="false">${ALIKE}</span>`;
}

/**
 * Those below what they are compared with, those above, and those that show no difference.
 * @template Item
 * @param {readonly Item[]} items
 * @param {(item: Item) => { mean: number, clear: boolean } | null} of
 */
export function seedSides(items, of) {
  const side = (/** @type {(difference: { mean: number, clear: boolean }) => boolean} */ keeps) =>
    items.filter((item) => {
      const difference = of(item);
      return difference !== null && keeps(difference);
    });
  return {
    below: side(({ mean, clear }) => clear && mean < 0),
    above: side(({ mean, clear }) => clear && mean > 0),
    alike: side(({ clear }) => !clear),
  };
}
