// @ts-check
/**
 * Two tokens, one parameter: log-probabilities of three answers over DPO's steps.
 *
 * @import { PreferenceSmallest } from "../../../types/finetuning"
 * @import { Row, View } from "../../../kit/view"
 */
import { control } from "../../../kit/controls/declared.js";
import { legend } from "../../../kit/drawing/legend.js";
import { line } from "../../../kit/drawing/marks.js";
import { picture } from "../../../kit/drawing/picture.js";
import { counted, decimal, percent, signed } from "../../../kit/numbers/format.js";
import { html } from "../../../vendor/lit.js";

const WIDEST = 620;

/** @type {View<PreferenceSmallest>} */
export function smallest(data, ctx) {
  const [ab, aa, bb] = [data.ab, data.aa, data.bb].map(({ a }) => Array.from(a, Number));
  const steps = ab.length - 1;
  return html`
    <div class="settings-row">${control(ctx, "start")} ${control(ctx, "beta", { as: "select" })}</div>
    <p class="readout lead">${said(data)}</p>
    ${legend([
      ["chosen", "ab: chosen"],
      ["rejected", "aa: rejected"],
      ["neither", "bb: in no pair"],
    ])}
    ${picture({
      label: `Log-probabilities over ${counted(steps, "step")}: ${[ab, aa, bb].map(ends).map(named).join(", ")}`,
      width: Math.min(WIDEST, ctx.width),
      height: 230,
      margin: { left: 50, right: 12, top: 24, bottom: 42 },
      x: [0, steps],
      y: [Math.min(...ab, ...aa, ...bb), 0],
      left: { format: (/** @type {number} */ value) => signed(value, 1), title: "log p, nats" },
      bottom: { title: "steps" },
      marks: [
        line({ data: bb, x: (_, at) => at, y: Number, color: "prob" }),
        line({ data: aa, x: (_, at) => at, y: Number, color: "neg" }),
        line({ data: ab, x: (_, at) => at, y: Number, color: "pos" }),
      ],
    })}
    <p class="hint">log p(ab) = ln s + ln(1 − s) is greatest at s = ½; the margin reads ln(1 − s) − ln s alone, so that
      every step lowers s. Below ½ a lower s makes ab less likely. Steps of gradient descent at rate
      ${decimal(data.rate, 0)}, β ${decimal(data.beta, 2)}, in float64; the reference is the model at step 0.</p>`;
}

/** @param {number[]} values */
const ends = (values) => `from ${decimal(values[0], 2)} to ${decimal(values[values.length - 1], 2)}`;

/** @param {string} range @param {number} at */
const named = (range, at) => `${["ab", "aa", "bb"][at]} ${range}`;

/** @param {PreferenceSmallest} data @returns {Row[]} */
export const rows = (data) =>
  Array.from(data.ab.a, (ab, step) => ({
    step,
    s: data.s.a[step],
    ab,
    aa: data.aa.a[step],
    bb: data.bb.a[step],
    margin: data.margin.a[step],
    by_chosen_term: data.by_chosen.a[step],
    by_rejected_term: data.by_rejected.a[step],
  }));

/** @param {PreferenceSmallest} data */
function said({ ab, bb, margin, start }) {
  const [first, last] = [Number(ab.a[0]), Number(ab.a[ab.a.length - 1])];
  const gains = Math.exp(Number(bb.a[bb.a.length - 1])) - Math.exp(Number(bb.a[0]));
  const rose = Array.from(ab.a, Number).findIndex((each, at) => at > 0 && each < Number(ab.a[at - 1]));
  const how =
    rose === 1
      ? html`<b>each of ${counted(ab.a.length - 1, "step")} makes the chosen answer less likely</b>`
      : rose < 0
        ? html`the chosen answer gets likelier at each step`
        : html`the chosen answer gains for ${counted(rose - 1, "step")} and <b>falls from then on</b>`;
  return html`From s = ${decimal(start, 2)} the margin goes to ${signed(Number(margin.a[margin.a.length - 1]), 2)}, and
    ${how}: from ${percent(Math.exp(first), 1)} to <b>${percent(Math.exp(last), 1)}</b>. The answer bb, which is in no
    pair, changes by ${signed(100 * gains, 1)} percentage points.`;
}
