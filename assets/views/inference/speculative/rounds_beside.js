// @ts-check
/**
 * The same draft after the prompt of the run beside this one: what it wrote, and how much was kept, in words.
 *
 * @import { SpeculationRounds } from "../../../types/inference"
 * @import { TimesAsLong } from "../../../types/shared"
 * @import { BesideWords } from "../../../kit/view"
 */

import { counted, decimal, percent } from "../../../kit/numbers/format.js";
import { range, verdict } from "../../../kit/numbers/timing.js";
import { sharedWords, textBeside } from "../../../kit/runs/beside.js";
import { html, nothing } from "../../../vendor/lit.js";

/** @param {SpeculationRounds} data @param {BesideWords} beside */
export function roundsBeside({ base, new_ids }, beside) {
  if (!base) return nothing;
  const { text, passes, tested, accepted, overlap } = base;
  const count = passes.reduce((sum, each) => sum + each, 0);
  const share = tested ? accepted / tested : 0;
  const kept = tested
    ? html`the model accepts <b data-kept=${share}>${accepted} of ${tested}</b> decided tokens,
        ${percent(share)}; Σ min(p, q) predicts
        ${percent(overlap ?? 0)}`
    : "nothing was drafted";
  return html`
    <p class="readout basenote">${beside.start} the text of ${counted(text.pieces.length, "token")}
      ${sharedWords(text, new_ids.length)}. ${counted(count, "pass", "passes")} had a draft: ${kept}.
      ${speed(base)}</p>
    <p class="hint there"><span class="muted">${beside.The} wrote</span> ${textBeside(text)}</p>`;
}

/** @param {NonNullable<SpeculationRounds["base"]>} base */
function speed({ ratio, repeats }) {
  if (!ratio) return "";
  const said = (/** @type {TimesAsLong} */ times) =>
    html`<b>${decimal(times.median)} × plain decoding’s speed (${range(times)} in half of ${repeats} times that it
      was written)</b>.`;
  return verdict(ratio, said, "the speed there against plain decoding’s");
}
