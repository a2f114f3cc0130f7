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
