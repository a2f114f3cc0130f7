// @ts-check
/**
 * What both views show: curves of all trainings, the two heads at the chosen step, and what the induction head lives
 * on.
 *
 * @import { BornCourse, InductionBorn } from "../../../types/inside"
 * @import { Row, ViewContext } from "../../../kit/view"
 * @import { Trace } from "../../../kit/chart/chart_layout"
 */
import { matrix } from "../../../kit/cells/matrix.js";
import { plot } from "../../../kit/chart/plot.js";
import { ramp } from "../../../kit/colour/ramp.js";
import { control } from "../../../kit/controls/declared.js";
import { legend } from "../../../kit/drawing/legend.js";
import { halfWidth } from "../../../kit/layout.js";
import { decimal, headName, percent, signed } from "../../../kit/numbers/format.js";
import { table } from "../../../kit/numbers/table.js";
import { html, nothing } from "../../../vendor/lit.js";

const HEIGHT = 220;
const FULL = 255;
/** The names of trainings as sentences begin. @type {Record<string, string>} */
export const NAMED = { "two layers": "Two layers", "one layer": "One layer", "wider start": "Two layers, wider start" };
/** @type {Record<string, { color: string, dash?: string }>} */
const LOOKS = {
  "two layers": { color: "prob" },
  "one layer": { color: "ink3", dash: "5px,4px" },
  "wider start": { color: "neg" },
};

/** @param {InductionBorn} data @param {ViewContext<any>} ctx */
export function drawn(data, ctx) {
  const at = chosen(data, ctx);
  const step = data.courses[0].step.a[at];
  return html`
    <div class="side-by-side">
      ${curves(data, ctx, "Accuracy on the second copy", "share of tokens", ({ accuracy }) => accuracy)}
      ${curves(data, ctx, "Best induction head", "its induction score", ({ best }) => best)}
    </div>
    ${legend(data.births.map(({ name }) => [{ color: LOOKS[name].color, shape: "line" }, started(data, name)]))}
    <div class="settings-row">${control(ctx, "point", {
      as: "slider",
      live: true,
      most: data.courses[0].step.a.length - 1,
      value: at,
      format: (place) => String(data.courses[0].step.a[place]),
    })}</div>
    <div class="side-by-side">
      ${looked(data, ctx, at, 0)}
      ${looked(data, ctx, at, 1)}
    </div>
    <div class="side-by-side">
      ${scores(data, at, step)}
      ${lives(data)}
    </div>
    <h3 class="sub3">Loss <small>nats a token, of training batches; ln ${data.d_vocab} =
      ${decimal(Math.log(data.d_vocab), 2)} is guessing</small></h3>
    ${plot({
      label: "Loss of the training batches of all trainings over the steps",
      height: HEIGHT,
      traces: data.courses.map((each) => trace(each, each.loss_step, each.loss)),
      x: { title: "step", range: [0, data.steps] },
      y: { title: "nats" },
      marks: [{ x: step, color: "ink3", dash: "dot" }],
      margin: { r: 14, t: 12 },
    })}
    <p class="hint">Attention-only, width ${data.d_model}, four heads a layer, ${data.d_vocab} tokens, learned
      positions. Texts repeat every ${data.periods[0]} to ${data.periods[1]} tokens, each at a distance of its own, so
      that no fixed distance helps. A head counts as an induction head from a score of ${data.threshold} on: its mean
      weight on the places behind earlier copies of the same token.</p>`;
}

/** @param {InductionBorn} data @param {string} name */
const started = ({ courses }, name) =>
  `${NAMED[name].toLowerCase()} (weights start at ${courses.find((each) => each.name === name)?.std})`;

/** The place of the shown step. @param {InductionBorn} data @param {ViewContext<any>} ctx */
function chosen({ courses }, ctx) {
  const last = courses[0].step.a.length - 1;
  const said = ctx.controls.point;
  return said === undefined || said === null || said === "" ? last : Math.min(last, Number(said));
}

/**
 * @param {BornCourse} course
 * @param {Trace["x"]} x
 * @param {Trace["y"]} y
 * @returns {Trace}
 */
const trace = ({ name, seed }, x, y) => ({
  ...{ x, y, width: 1.5 },
  ...LOOKS[name],
  legend: false,
  name: NAMED[name],
  hover: `%{y:.3f} after %{x} steps, ${name}, seed ${seed}<extra></extra>`,
});

/**
 * @param {InductionBorn} data
 * @param {ViewContext<any>} ctx
 * @param {string} title
 * @param {string} unit
 * @param {(course: BornCourse) => BornCourse["accuracy"]} of
 */
function curves(data, ctx, title, unit, of) {
  const step = data.courses[0].step.a[chosen(data, ctx)];
  return html`<div><h3 class="sub3">${title}</h3>
    ${plot({
      label: `${title}, of all trainings over the steps; arrow keys walk the steps`,
      height: HEIGHT,
      traces: data.courses.map((each) => trace(each, each.step, of(each))),
      x: { title: "step", range: [0, data.steps] },
      y: { title: unit, range: [0, 1] },
      marks: [{ x: step, color: "ink3", dash: "dot" }],
      margin: { r: 14, t: 12 },
      onClick: (point) => point && ctx.control("point", point.index),
    })}</div>`;
}

/**
 * What one of the two heads looks at on the shown text.
 * @param {InductionBorn} data
 * @param {ViewContext<any>} ctx
 * @param {number} at
 * @param {0 | 1} part
 */
function looked({ heads, courses }, ctx, at, part) {
  const [, , n] = heads.pictures.shape;
  const width = Math.min(420, halfWidth(ctx.width));
  const colour = ramp("prob");
  const name = part ? headName(1, heads.head) : headName(0, heads.below);
  const what = part ? "the induction head" : "the previous-token head";
  const weight = (/** @type {number} */ row, /** @type {number} */ column) =>
    heads.pictures.a[((at * 2 + part) * n + row) * n + column] / FULL;
  const step = courses[0].step.a[at];
  return html`<div>
    <h3 class="sub3">${name} <small>${what}, at step ${step}: queries down, keys across</small></h3>
    ${matrix({
      rows: n,
      columns: n,
      width,
      height: width,
      pixels: true,
      label: `Attention of ${name}, ${what}, at step ${step}; arrow keys move`,
      of: [heads, at, width],
      colour: (row, column) => (column > row ? null : colour(Math.sqrt(weight(row, column)))),
      told: ({ row, column }) =>
        column > row
          ? null
          : {
              title: `query ${row} (token ${heads.ids.a[row]}), key ${column} (token ${heads.ids.a[column]})`,
              details: [["weight", percent(weight(row, column), 1)]],
            },
    })}
    <p class="hint">${
      part
        ? html`This text repeats every ${heads.period} tokens. A stripe ${heads.period - 1} below the diagonal is
          induction: each query looks behind the earlier copy of its token.`
        : "A stripe just below the diagonal: each query looks at the token before it."
    } Darker is more, by the root of the weight.</p></div>`;
}

/** @param {InductionBorn} data @param {number} at @param {number} step */
function scores({ heads, d_model, machine }, at, step) {
  const [, layers, count] = heads.previous.shape;
  const value = (/** @type {{ a: ArrayLike<number> }} */ of, /** @type {number} */ head) =>
    of.a[at * layers * count + head];
  return html`<div><h3 class="sub3">Every head <small>at step ${step}</small></h3>
    ${table({
      label: `Scores of every head at step ${step}, ${which(machine)}`,
      rows: Array.from({ length: layers * count }, (_, head) => head),
      columns: [
        { name: "Head", cell: (head) => headName(Math.floor(head / count), head % count) },
        { name: "token before", number: true, cell: (head) => percent(value(heads.previous, head), 0) },
        { name: "induction", number: true, cell: (head) => percent(value(heads.induction, head), 0) },
        {
          name: "K-composition",
          number: true,
          title: `With ${headName(1, heads.head)}, of the weights`,
          cell: (head) =>
            head < count ? decimal(heads.composition.a[(at * count + head) * count + heads.head], 2) : nothing,
        },
      ],
    })}
    <p class="hint">K-composition of random weights of this width is about
      ${decimal(1 / Math.sqrt(d_model), 2)}.</p></div>`;
}

/** Where the numbers come from. @param {string} machine */
const which = (machine) => (machine ? "recorded" : "trained here");

/** What the induction head is without heads of the first layer. @param {InductionBorn} data */
function lives({ heads, machine }) {
  if (!heads.terms.length || heads.accuracy === null || heads.score === null)
    return html`<div><h3 class="sub3">What it lives on</h3><p class="hint">Measured when the training is
      over.</p></div>`;
  const named = headName(1, heads.head);
  /** @type {{ name: string, accuracy: number, score: number, keys: number | null }[]} */
  const left = [
    { name: "nothing", accuracy: heads.accuracy, score: heads.score, keys: null },
    ...heads.without_score.map((score, head) => ({
      ...{ name: headName(0, head), score },
      accuracy: heads.without_accuracy[head],
      keys: heads.terms[2 + head],
    })),
    { name: both(heads.pair), accuracy: heads.without_pair[0], score: heads.without_pair[1], keys: null },
    { name: "the other two", accuracy: heads.without_others[0], score: heads.without_others[1], keys: null },
  ];
  return html`<div><h3 class="sub3">What ${named} lives on <small>at the end</small></h3>
    ${table({
      label: `What the induction head is without heads of the first layer, ${which(machine)}`,
      rows: left,
      columns: [
        { name: "Left out", cell: ({ name }) => name },
        { name: "accuracy", number: true, cell: ({ accuracy }) => percent(accuracy, 0) },
        { name: `score of ${named}`, number: true, cell: ({ score }) => percent(score, 0) },
        {
          name: "in its keys",
          number: true,
          title: "By how much the score of the right places exceeds the mean of all, through that head’s output",
          cell: ({ keys }) => (keys === null ? nothing : signed(keys, 1)),
        },
      ],
    })}
    <p class="hint">“In its keys”: how much of the score of the right places comes by that head (K-composition, measured
      on the texts); tokens and positions themselves give ${signed(heads.terms[0] + heads.terms[1], 1)}. Where one head
      stands in for another, only both left out together show what induction needs.</p></div>`;
}

/** @param {number[]} pair */
const both = (pair) => pair.map((head) => headName(0, head)).join(" and ");

/** @param {InductionBorn} data @returns {Row[]} */
export const written = ({ courses }) =>
  courses.flatMap(({ name, layers, std, seed, step, accuracy, best }) =>
    Array.from(step.a, (at, point) => ({
      ...{ training: name, layers, std, seed, step: at },
      accuracy: accuracy.a[point],
      best_induction_score: best.a[point],
    })),
  );
