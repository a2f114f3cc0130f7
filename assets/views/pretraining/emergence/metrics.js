// @ts-check
/**
 * The same answers by exact match and by the likelihood of a token, as models of several sizes learn.
 *
 * @import { EmergenceDrill, EmergenceDrills, EmergencePoint } from "../../../types/pretraining"
 * @import { Row, View } from "../../../kit/view"
 */
import { control } from "../../../kit/controls/declared.js";
import { legend } from "../../../kit/drawing/legend.js";
import { dot, line } from "../../../kit/drawing/marks.js";
import { items, picture } from "../../../kit/drawing/picture.js";
import { sizesWithin, tensWithin } from "../../../kit/drawing/round_ticks.js";
import { halfWidth } from "../../../kit/layout.js";
import { percent, power } from "../../../kit/numbers/format.js";
import { parameters } from "../../../kit/numbers/magnitude.js";
import { table } from "../../../kit/numbers/table.js";
import { max, min, scaleLog } from "../../../vendor/d3.js";
import { html } from "../../../vendor/lit.js";
import { chosenOf, colourOf, exactOf, flat } from "./drills.js";

const HEIGHT = 300;
/** A step of so much of the whole way is called a jump. */
const JUMP = 0.5;
/** Below, an ability is not there. */
const THERE = 0.1;

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
    ${legend(
      drill.models.map(({ parameters: count }, at) => [
        { color: colourOf(at), shape: "line" },
        `${parameters(count)} parameters`,
      ]),
    )}
    ${table({
      label: "Each model’s largest step from one place to the next, of its whole way",
      columns: [
        { name: "model", cell: ({ parameters: count }) => `${parameters(count)} parameters` },
        {
          name: "exact match at the end",
          number: true,
          cell: ({ points }) => percent(exactOf(points[points.length - 1])),
        },
        { name: "largest step, exact match", number: true, cell: (each) => stepOf(each, each.sharpest_exact) },
        { name: "largest step, likelihood", number: true, cell: (each) => percent(each.sharpest_likelihood, 0) },
      ],
      rows: [...drill.models],
    })}
    <p class="hint">Models were trained on little else than drills (${percent(data.share, 0)} of the windows), one seed
      each, and asked ${data.asked} times at each place; ${asked(drill.kind)} The likelihood is the geometric mean of
      the
      probabilities of the right tokens, those before them given; guessing a digit has 10 %.</p>`;
}

/** @param {EmergenceDrills} data @returns {Row[]} */
export const rows = flat;

/** @param {string} kind */
const asked = (kind) =>
  kind === "code"
    ? "the codes are those that were read in training, so this is memory."
    : "what is asked was never read in training.";

/** @typedef {EmergenceDrill["models"][number]} Model */

/** @param {Model} model */
const isThere = ({ points }) => points.some((point) => exactOf(point) >= THERE);

/** @param {Model} model @param {number} share */
const stepOf = (model, share) => (isThere(model) ? percent(share, 0) : "—");

/** @param {EmergenceDrill} drill */
function said({ models }) {
  const able = models.filter(isThere);
  const far = max(models, ({ points }) => max(points, ({ likelihood }) => likelihood)) ?? 0;
  if (!able.length)
    return html`No model answers as many as ${percent(THERE, 0)} exactly. The likelihood of a token comes to
      ${percent(far, 0)}: what exact match does not show.`;
  const jumps = able.filter((each) => each.sharpest_exact >= JUMP);
  const both = jumps.filter((each) => each.sharpest_likelihood >= JUMP);
  const names = (/** @type {Model[]} */ some) => some.map(({ parameters: count }) => parameters(count)).join(", ");
  const lack = models.length - able.length;
  return html`${able.length} of ${models.length} models come to answer it exactly${
    lack ? `; the other ${lack === 1 ? "one does" : `${lack} do`} not in the tokens that they read` : ""
  }. ${
    jumps.length
      ? html`In ${names(jumps)} parameters more than half of the way of exact match lies in one step. `
      : "In none does half of the way of exact match lie in one step. "
  }${
    jumps.length
      ? both.length
        ? html`<b>In ${names(both)} the likelihood jumps there too</b>: the metric did not make that jump.`
        : html`<b>The likelihood takes the same way in smaller steps</b>: exact match made the jump.`
      : ""
  }`;
}

/**
 * @param {EmergenceDrill} drill
 * @param {string} by
 * @param {"exact" | "likelihood"} metric
 * @param {number} width
 */
function chart({ models }, by, metric, width) {
  const compute = by === "compute";
  const x = (/** @type {EmergencePoint} */ point) => (compute ? point.compute : point.tokens);
  const y = (/** @type {EmergencePoint} */ point) => (metric === "exact" ? exactOf(point) : point.likelihood);
  const all = models.flatMap(({ points }) => [...points]);
  const [low, high] = [Number(min(all, x)) / 1.2, Number(max(all, x)) * 1.2];
  return picture({
    label: `${metric === "exact" ? "Exact match" : "Likelihood of a token"} by ${by}, a line a model; arrow keys walk`,
    width,
    height: HEIGHT,
    margin: { left: 46, right: 16, top: 12, bottom: 46 },
    x: scaleLog().domain([low, high]),
    y: [0, 1],
    left: { format: (value) => percent(value, 0), title: metric === "exact" ? "exact match" : "likelihood" },
    bottom: compute
      ? { title: "compute, FLOP", values: tensWithin(low, high), format: power }
      : { title: "tokens read", values: sizesWithin(low, high), format: parameters },
    marks: [
      ...models.map(({ points }, at) => line({ data: points, x, y, color: colourOf(at) })),
      items({
        data: models.flatMap(({ points, parameters: count }, at) => points.map((point) => ({ point, count, at }))),
        told: ({ point, count }) => ({
          title: `${parameters(count)} parameters, ${parameters(point.tokens)} tokens`,
          lines: [
            ["exact match", percent(exactOf(point))],
            ["tokens right", percent(point.right)],
            ["likelihood of a token", percent(point.likelihood)],
          ],
        }),
        key: ({ point, count }) => `${count} ${point.tokens}`,
        marks: ({ point, at }) => dot({ x: x(point), y: y(point), r: 3.5, color: colourOf(at) }),
      }),
    ],
  });
}
