// @ts-check
/**
 * The same answers by exact match and by the likelihood of a token, over the runs of a sweep.
 *
 * @import { EmergenceDrill, EmergenceDrills, EmergenceRun } from "../../../types/pretraining"
 * @import { Row, View } from "../../../kit/view"
 */
import { control } from "../../../kit/controls/declared.js";
import { dot, line } from "../../../kit/drawing/marks.js";
import { items, picture } from "../../../kit/drawing/picture.js";
import { halfWidth } from "../../../kit/layout.js";
import { decimal, percent } from "../../../kit/numbers/format.js";
import { parameters } from "../../../kit/numbers/magnitude.js";
import { max, min, scaleLinear, scaleLog } from "../../../vendor/d3.js";
import { html } from "../../../vendor/lit.js";
import { sizesWithin, spent, tensWithin } from "../scaling/runs.js";
import { chosenOf, flat, nameOf } from "./drills.js";

const HEIGHT = 300;
/** Above so large a step an ability comes nearly at once; a slope over twenty runs has steps of a tenth. */
const JUMP = 0.4;

/** @type {View<EmergenceDrills>} */
export function metrics(data, ctx) {
  const drill = chosenOf(data, ctx);
  const by = String(ctx.controls.by);
  const half = halfWidth(ctx.width);
  return html`
    <div class="settings-row">${control(ctx, "drill")} ${control(ctx, "by")}</div>
    <p class="readout lead">“<b>${drill.question}</b>” asks for <b>${drill.answer}</b>. ${said(drill)}</p>
    <div class="side-by-side">
      <div>
        <h3 class="sub3">Exact match <small>all ${drill.answer.length} tokens right</small></h3>
        ${chart(drill, by, "exact", half)}
      </div>
      <div>
        <h3 class="sub3">Likelihood of a token</h3>
        ${chart(drill, by, "likelihood", half)}
      </div>
    </div>
    <p class="hint">A dot is a run of the sweep, asked ${drill.asked} times; ${asked(drill.kind)} The likelihood is the
      geometric mean of the probabilities of the right tokens, those before them given; guessing a digit has 10 %. One
      seed but for one model: a single dot may lie off by chance.</p>`;
}

/** @param {EmergenceDrills} data @returns {Row[]} */
export const rows = flat;

/** @param {string} kind */
const asked = (kind) =>
  kind === "code"
    ? "the codes are those that were read in training, so this is memory."
    : "what is asked was never read in training.";

/** @param {EmergenceDrill} drill */
function said({ runs, sharpest_exact: exact, sharpest_likelihood: soft }) {
  const best = max(runs, (run) => run.exact[run.exact.length - 1]) ?? 0;
  const far = max(runs, (run) => run.likelihood) ?? 0;
  if (best < 0.1)
    return html`No run answers as many as 10 % exactly; the likelihood of a token comes to ${percent(far, 0)}. At these
      sizes nothing has appeared yet.`;
  const both = html`With runs in the order of their loss on text, the largest step between neighbours is
    ${percent(exact, 0)} of the whole way in exact match, and ${percent(soft, 0)} in the likelihood. `;
  if (exact < JUMP) return html`${both}<b>Neither jumps.</b>`;
  return soft < JUMP
    ? html`${both}<b>The jump is the metric’s</b>: the likelihood of a token rises in smaller steps.`
    : html`${both}<b>It stays a jump</b> by either metric.`;
}

/**
 * @param {EmergenceDrill} drill
 * @param {string} by
 * @param {"exact" | "likelihood"} metric
 * @param {number} width
 */
function chart({ runs }, by, metric, width) {
  const x = (/** @type {EmergenceRun} */ run) =>
    /** @type {Record<string, number>} */ (/** @type {unknown} */ (run))[by];
  const [low, high] = [Number(min(runs, x)), Number(max(runs, x))];
  const falls = by === "loss";
  const y = (/** @type {EmergenceRun} */ run) =>
    metric === "exact" ? run.exact[run.exact.length - 1] : run.likelihood;
  return picture({
    label: `${metric === "exact" ? "Exact match" : "Likelihood of a token"} by ${falls ? "loss on text" : by}; arrow keys walk the runs`,
    width,
    height: HEIGHT,
    margin: { left: 46, right: 16, top: 12, bottom: 46 },
    x: falls ? scaleLinear().domain([high + 0.05, low - 0.05]) : scaleLog().domain([low / 1.2, high * 1.2]),
    y: [0, 1],
    left: { format: (value) => percent(value, 0), title: metric === "exact" ? "exact match" : "likelihood" },
    bottom: bottomOf(by, low, high),
    marks: [
      falls && line({ data: runs, x, y, color: "line2" }),
      items({
        data: runs,
        told: (run) => ({
          title: nameOf(run),
          lines: [
            ["exact match", percent(run.exact[run.exact.length - 1])],
            ["tokens right", percent(run.right)],
            ["likelihood of a token", percent(run.likelihood)],
            ["loss on text", `${decimal(run.loss, 3)} nats`],
          ],
        }),
        key: ({ name }) => name,
        marks: (run) => dot({ x: x(run), y: y(run), r: 4.5, color: metric === "exact" ? "prob" : "river-deep" }),
      }),
    ],
  });
}

/** @param {string} by @param {number} low @param {number} high */
function bottomOf(by, low, high) {
  if (by === "loss") return { title: "loss on held-out text, nats a token: better to the right" };
  if (by === "compute") return { title: "compute, FLOP", values: tensWithin(low / 1.2, high * 1.2), format: spent };
  return { title: by, values: sizesWithin(low / 1.2, high * 1.2), format: parameters };
}
