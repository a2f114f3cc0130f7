// @ts-check
/**
 * What one step does to the probability of every answer: predicted, and measured after the real step.
 *
 * @import { PolicySwapped } from "../../../types/finetuning"
 * @import { ViewContext } from "../../../kit/view"
 * @import { Chosen, Kept } from "./estimators.js"
 */
import { shaded } from "../../../kit/colour/legible.js";
import { diverging } from "../../../kit/colour/ramp.js";
import { control } from "../../../kit/controls/declared.js";
import { legend } from "../../../kit/drawing/legend.js";
import { precise, signed } from "../../../kit/numbers/format.js";
import { rightOrWrong } from "../../../kit/numbers/right_wrong.js";
import { table } from "../../../kit/numbers/table.js";
import { sum } from "../../../vendor/d3_first.js";
import { html, nothing, styleMap, svg } from "../../../vendor/lit.js";
import { logpOf, NONE, predicted } from "./solve.js";

/** Of the picture of a step, in pixels: on a page, on a phone. */
const [WIDE, NARROW] = [150, 84];
/** Where no answer is likelier, changes are told in nats. */
const RARE = 0.02;
const RATE = "the learning rate with which GRPO moves as far as it does under equal length.";
const LENGTH = "every estimator moves the parameters by the same length.";

/**
 * @typedef {{ at: number | null, name: string, p: number, next: number[], real: number | null }} Line of an answer, or
 *   of several together; probabilities before the step, after it by each estimator, and after the real one
 */

/** @param {PolicySwapped} data @param {Chosen} now @param {ViewContext<Kept>} ctx */
export function answersTable(data, now, ctx) {
  const { state, solved, by, e, prompt, name, edited, rate, scope } = now;
  const real = rate ? scope.by_rate : scope.by_length;
  /** @type {Line[]} */
  const lines = data.answers
    .map((answer, at) => ({ answer, at }))
    .filter(({ answer }) => answer.prompt === prompt)
    .map(({ answer, at }) => ({
      ...{ at, name: answer.text || "(empty)" },
      p: Math.exp(logpOf(data, state, at)),
      next: data.names.map((_, k) => predicted(data, state, at, solved.vectors[k], by[k])),
      real: edited ? null : Math.exp(real.a[e * real.shape[1] + at]),
    }))
    .sort((one, other) => other.p - one.p);
  const rare = Math.max(...lines.map(({ p }) => p)) < RARE;
  const together = summed(data, lines);
  const most = Math.max(
    1e-12,
    ...[...lines, ...together.slice(1)].flatMap(({ p, next, real: after }) => [p, Math.min(1, next[e]), after ?? 0]),
  );
  const change = (/** @type {Line} */ { p, next }, /** @type {number} */ k) =>
    rare ? Math.log(next[k] / p) : 100 * (next[k] - p);
  const widest = Math.max(1e-12, ...lines.flatMap((line) => data.names.map((_, k) => Math.abs(change(line, k)))));
  const still = solved.vectors[e].norm < NONE || !by[e];
  return html`
    <div class="settings-row above">
      <h3 class="sub3">What one step does to the answers of <span class="mono">${data.prompts[prompt]}</span></h3>
      ${control(ctx, "step")}
    </div>
    <p class="hint">${
      still ? `${name} has no gradient, so no step.` : `${name}: ${rate ? RATE : LENGTH}`
    } The columns of estimators
      hold the change by a step of each, ${rare ? "of the log-probability in nats" : "in percentage points"}, to first
      order.</p>
    ${table({
      label: "Change of every answer’s probability",
      className: "step-answers keeps-names",
      columns: [
        {
          name: "answer",
          cell: ({ at, name: called }) =>
            at === null ? called : rightOrWrong(data.answers[at].right, html`<span class="mono">${called}</span>`),
        },
        { name: "drawn", number: true, cell: ({ at }) => (at === null ? "" : data.answers[at].drawn) },
        { name: "before", number: true, cell: ({ p }) => precise(Math.max(p, 0)) },
        {
          name: "the step",
          cell: (line) => (line === together[0] ? "" : track(line, e, most, ctx.width < 560 ? NARROW : WIDE)),
        },
        { name: "after", number: true, cell: ({ next }) => html`<b>${precise(Math.min(1, Math.max(next[e], 0)))}</b>` },
        {
          name: "measured",
          number: true,
          cell: ({ real: after }) => (after === null ? "–" : precise(Math.max(after, 0))),
        },
        ...data.names.map((each, k) => ({
          name: each,
          number: true,
          className: k === e ? "chosen" : "",
          cell: (/** @type {Line} */ line) => (by[k] ? shade(change(line, k), widest) : "–"),
        })),
      ],
      rows: [...lines, ...together],
      rowClass: ({ at }) => (at === null ? "together" : ""),
    })}
    ${legend([
      [{ color: "river" }, "before"],
      [{ color: "pos" }, "gained"],
      [{ color: "neg" }, "lost, to first order"],
      edited ? null : [{ color: "prob", shape: "tick" }, "measured after the real step"],
    ])}`;
}

/** All other answers, and the right ones of those that are listed. @param {PolicySwapped} data @param {Line[]} lines
 * @returns {Line[]} */
function summed(data, lines) {
  const right = lines.filter(({ at }) => at !== null && data.answers[at].right);
  const all = (/** @type {Line[]} */ of, /** @type {(line: Line) => number} */ what) => sum(of, what);
  const real = (/** @type {Line[]} */ of) => (lines[0]?.real === null ? null : all(of, (line) => line.real ?? 0));
  const after = (/** @type {Line[]} */ of) => data.names.map((_, k) => all(of, ({ next }) => next[k]));
  const rest = real(lines);
  return [
    {
      ...{ at: null, name: "all other texts", p: 1 - all(lines, ({ p }) => p) },
      ...{ next: after(lines).map((each) => 1 - each), real: rest === null ? null : 1 - rest },
    },
    ...(right.length > 1
      ? [{ at: null, name: "right ones, together", p: all(right, ({ p }) => p), next: after(right), real: real(right) }]
      : []),
  ];
}

/** A change on a ground of its sign. @param {number} change @param {number} widest */
function shade(change, widest) {
  const share = Math.sign(change) * Math.min(1, Math.sqrt(Math.abs(change) / widest));
  return html`<span class="change" style=${styleMap(shaded(diverging()(0.75 * share)))}>${signed(change, 2)}</span>`;
}

/** @param {Line} line @param {number} e @param {number} most @param {number} wide */
function track({ p, next, real }, e, most, wide) {
  const x = (/** @type {number} */ value) => 2 + ((wide - 4) * Math.min(Math.max(value, 0), most)) / most;
  const [from, to] = [x(p), x(next[e])];
  return svg`<svg viewBox="0 0 ${wide} 18" width=${wide} height="18" aria-hidden="true">
    <rect x="2" y="6" width=${Math.max(0, Math.min(from, to) - 2)} height="6" fill="var(--river)"></rect>
    <rect x=${Math.min(from, to)} y="4" width=${Math.abs(to - from)} height="10"
      fill="var(${to > from ? "--pos" : "--neg"})"></rect>
    <line x1=${from} x2=${from} y1="2" y2="16" stroke="var(--ink)" stroke-width="1.2"></line>
    ${
      real === null
        ? nothing
        : svg`<line x1=${x(real)} x2=${x(real)} y1="0" y2="18" stroke="var(--prob)"
      stroke-width="2.4"></line>`
    }
  </svg>`;
}
