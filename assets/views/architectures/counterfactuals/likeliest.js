// @ts-check
/**
 * The likeliest tokens at one step, in the run as it is and with the change.
 *
 * @import { CounterfactualContinuation, WrittenStep } from "../../../types/architectures"
 * @import { Look } from "../../../kit/drawing/stacks.js"
 */

import { stacks } from "../../../kit/drawing/stacks.js";
import { percent } from "../../../kit/numbers/format.js";
import { tokenText } from "../../../kit/text/tokens.js";
import { max } from "../../../vendor/d3.js";
import { html, nothing } from "../../../vendor/lit.js";

/** The scale does not go below this, so that nought looks like nought. */
const LEAST = 0.02;
const WIDE = 620;
const GAP = 40;
const WIDEST = 410;

/** @param {CounterfactualContinuation} data @param {number} at @param {number} room */
export function likeliest(data, at, room) {
  const [plain, changed] = [data.plain[at], data.changed[at]];
  const most = Math.max(LEAST, max([plain, changed], (step) => max(step?.probabilities ?? [])) ?? 0);
  const width = Math.min(WIDEST, room >= WIDE ? (room - GAP) / 2 : room);
  const missing = data.ended ? "has ended" : "not yet written";
  const side = (
    /** @type {string} */ name,
    /** @type {WrittenStep | undefined} */ step,
    /** @type {Look} */ look,
  ) => html`
    <div>
      <h3 class="sub3">${name} <small>${step ? `token ${at + 1}` : missing}</small></h3>
      ${step ? bars({ name, step, look, most, width }) : nothing}
    </div>`;
  return html`
    <div class="likeliest ${room >= WIDE ? "wide" : ""}">
      ${side("Without the change", plain, "quiet")} ${side("With the change", changed, "solid")}
    </div>`;
}

/** @param {{ name: string, step: WrittenStep, look: Look, most: number, width: number }} options */
function bars({ name, step, look, most, width }) {
  return stacks({
    rows: step.ids.map((id, at) => ({
      token: id,
      title: tokenText(id),
      parts: [{ from: 0, to: step.probabilities[at], look }],
      numbers: [percent(step.probabilities[at])],
      details: [["probability", percent(step.probabilities[at])]],
      selected: id === step.id,
    })),
    width,
    most,
    numbers: 58,
    height: 24,
    label: `${name}: the likeliest tokens`,
  });
}
