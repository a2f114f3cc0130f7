// @ts-check
/**
 * The same draft after the prompt of the other run: what it wrote, and how much was kept, in words.
 *
 * @import { SpeculationRounds } from "../../../types/inference"
 * @import { TimesAsLong } from "../../../types/shared"
 * @import { ViewContext } from "../../../kit/view"
 *
 * @typedef {ViewContext<any, SpeculationRounds>} Context
 */

import { counted, decimal, percent } from "../../../kit/numbers/format.js";
import { range as middleHalf, verdict } from "../../../kit/numbers/timing.js";
import { sharedWords, textBeside, textThere } from "../../../kit/runs/beside.js";
import { max, range, sum } from "../../../vendor/d3.js";
import { html, nothing } from "../../../vendor/lit.js";

/** Passes that had a draft, by how much of it they kept. @param {SpeculationRounds} data */
export function passesBy({ rounds }) {
  const kept = rounds.filter(({ ids }) => ids.length).map(({ accepted }) => accepted);
  return range((max(kept) ?? -1) + 1).map((count) => kept.filter((each) => each === count).length);
}

/** @param {SpeculationRounds} data @param {Context} ctx */
export function roundsThere({ new_ids }, ctx) {
  const { there, beside } = ctx;
  if (!there?.rounds.length) return nothing;
  const { tested, accepted, overlap } = there;
  const text = textThere(ctx, new_ids, there.new_ids);
  const count = sum(passesBy(there));
  const share = tested ? accepted / tested : 0;
  const kept = tested
    ? html`the model accepts <b data-kept=${share}>${accepted} of ${tested}</b> decided tokens,
        ${percent(share)}; Σ min(p, q) predicts
        ${percent(overlap ?? 0)}`
    : "nothing was drafted";
  return html`
    <p class="readout basenote">${beside.start} the text of ${counted(text.pieces.length, "token")}
      ${sharedWords(text, new_ids.length)}. ${counted(count, "pass", "passes")} had a draft: ${kept}.
      ${speed(there)}</p>
    <p class="hint there"><span class="muted">${beside.The} wrote</span> ${textBeside(text)}</p>`;
}

/** @param {SpeculationRounds} there */
function speed({ ratio, repeats }) {
  if (!ratio) return "";
  const said = (/** @type {TimesAsLong} */ times) =>
    html`<b>${decimal(times.median)} × plain decoding’s speed (${middleHalf(times)} in half of ${repeats} times that it
      was written)</b>.`;
  return verdict(ratio, said, "the speed there against plain decoding’s");
}
