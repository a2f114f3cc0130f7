// @ts-check
/**
 * The model of the other run in words: what it holds against this one, and how near it comes to its bounds.
 *
 * @import { MemoryCalibration, RunMeasured } from "../../../types/inference"
 * @import { ViewContext } from "../../../kit/view"
 */
import { percent, whole } from "../../../kit/numbers/format.js";
import { figures, memory, timed } from "../../../kit/numbers/magnitude.js";
import { clause, unpaired } from "../../../kit/numbers/timing.js";
import { html, nothing } from "../../../vendor/lit.js";

/** @typedef {RunMeasured["step"]} Timing seconds */

/** @param {MemoryCalibration} data @param {ViewContext<any, MemoryCalibration>} ctx */
export function saidThere({ weights, caches, run }, { there, beside }) {
  if (!there?.caches.length) return nothing;
  const [its, here] = [aToken(there.caches[0]), aToken(caches[0])];
  const cache = its === here ? "as many as here" : `${figures(its / here)} times as many as here (${whole(here)})`;
  return html`<p class="readout basenote">${beside.start} ${there.model} has
    <b data-count=${there.weights.count}>${whole(
      there.weights.count,
    )}</b> numbers, ${figures(there.weights.count / weights.count)} times as many as here:
    ${memory(there.weights.bytes)} of weights. A token in its cache takes
    <b data-token=${its}>${whole(its)}</b> bytes, ${cache}.
    ${run && there.run ? reached(there.run, run) : nothing}</p>`;
}

/** Bytes of a token in 32 bits. @param {MemoryCalibration["caches"][number]} cache */
const aToken = ({ tensors, batch, length }) => tensors / (batch * length);

/** @param {RunMeasured} there @param {RunMeasured} here */
function reached(there, here) {
  const share = (/** @type {number} */ bound, /** @type {Timing} */ taken) => percent(bound / taken.median);
  const prompt = there.tokens === here.tokens ? "its prompt" : `its prompt of ${whole(there.tokens)} tokens`;
  return html` A step takes ${against(there.step, here.step)} and reaches
    ${share(there.step_bound, there.step)} of what memory allows, here ${share(here.step_bound, here.step)};
    ${prompt} takes ${against(there.prompt, here.prompt)} and reaches
    ${share(there.prompt_bound, there.prompt)} of what arithmetic allows, here
    ${share(here.prompt_bound, here.prompt)}. Its activations are
    ${figures(there.activations / there.estimate)} times the estimate, here
    ${figures(here.activations / here.estimate)}. The models were measured one after the other.`;
}

/** No verdict where the middle halves of the rounds overlap. @param {Timing} there @param {Timing} here */
function against(there, here) {
  return html`<b data-ms=${1000 * there.median}>${timed(1000 * there.median)}</b>,
    ${clause(unpaired(there, here), ({ median }) => html`<b>${figures(median)} times</b> as long as here`)},`;
}
