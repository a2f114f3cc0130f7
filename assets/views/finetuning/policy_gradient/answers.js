// @ts-check
/**
 * What one step does to the probability of every answer: predicted, and measured after the real step.
 *
 * @import { PolicySwapped } from "../../../types/finetuning"
 * @import { ViewContext } from "../../../kit/view"
 * @import { Chosen, Kept } from "./estimators.js"
 */
import { control } from "../../../kit/controls/declared.js";
import { legend } from "../../../kit/drawing/legend.js";
import { percent, precise, signed } from "../../../kit/numbers/format.js";
import { rightOrWrong } from "../../../kit/numbers/right_wrong.js";
import { table } from "../../../kit/numbers/table.js";
import { html, nothing, svg } from "../../../vendor/lit.js";
import { logpOf, NONE, predicted } from "./solve.js";

const WIDE = 240;
/** Where no answer is likelier, changes are told in nats. */
const RARE = 0.02;
const RATE = "the learning rate with which GRPO moves as far as it does under equal length.";
const LENGTH = "every estimator moves the parameters by the same length.";

/** @typedef {{ at: number, p: number, next: number[], real: number | null }} Line */

/** @param {PolicySwapped} data @param {Chosen} now @param {ViewContext<Kept>} ctx */
export function answersTable(data, now, ctx) {
  const { state, solved, by, e, prompt, name, edited, rate, scope } = now;
  const real = rate ? scope.by_rate : scope.by_length;
  /** @type {Line[]} */
  const lines = data.answers
    .map((answer, at) => ({ answer, at }))
    .filter(({ answer }) => answer.prompt === prompt)
    .map(({ at }) => ({
      at,
      p: Math.exp(logpOf(data, state, at)),
      next: data.names.map((_, k) => predicted(data, state, at, solved.vectors[k], by[k])),
      real: edited ? null : Math.exp(real.a[e * real.shape[1] + at]),
    }))
    .sort((one, other) => other.p - one.p);
  const rare = Math.max(...lines.map(({ p }) => p)) < RARE;
  const most = Math.max(1e-12, ...lines.flatMap(({ p, next, real: after }) => [p, Math.min(1, next[e]), after ?? 0]));
  const other = 1 - lines.reduce((all, { p }) => all + p, 0);
  const still = solved.vectors[e].norm < NONE || !by[e];
  return html`
    <div class="settings-row above">
      <h3 class="sub3">What one step does to the answers of <span class="mono">${data.prompts[prompt]}</span></h3>
      ${control(ctx, "step")}
    </div>
    <p class="hint">${
      still ? `${name} has no gradient, so no step.` : `${name}: ${rate ? RATE : LENGTH}`
    } At the right, the change by each estimator ${rare ? "of the log-probability in nats" : "in percentage points"},
      to first order. All other answers together
      have ${percent(Math.max(other, 0))}.</p>
    ${table({
      label: "Change of every answer’s probability",
      className: "step-answers",
      columns: [
        {
          name: "answer",
          cell: ({ at }) =>
            rightOrWrong(data.answers[at].right, html`<span class="mono">${data.answers[at].text || "(empty)"}</span>`),
        },
        { name: "drawn", number: true, cell: ({ at }) => data.answers[at].drawn },
        { name: "before", number: true, cell: ({ p }) => precise(p) },
        { name: "the step", cell: (line) => track(line, e, most) },
        { name: "after", number: true, cell: ({ next }) => html`<b>${precise(Math.min(1, next[e]))}</b>` },
        { name: "measured", number: true, cell: ({ real: after }) => (after === null ? "–" : precise(after)) },
        ...data.names.map((each, k) => ({
          name: each,
          number: true,
          className: k === e ? "chosen" : "",
          cell: (/** @type {Line} */ { p, next }) =>
            by[k] ? (rare ? signed(Math.log(next[k] / p), 2) : signed(100 * (next[k] - p), 2)) : "–",
        })),
      ],
      rows: lines,
    })}
    ${legend([
      [{ color: "river" }, "before"],
      [{ color: "pos" }, "gained"],
      [{ color: "neg" }, "lost, to first order"],
      edited ? null : [{ color: "prob", shape: "tick" }, "measured after the real step"],
    ])}`;
}

/** @param {Line} line @param {number} e @param {number} most */
function track({ p, next, real }, e, most) {
  const x = (/** @type {number} */ value) => 2 + ((WIDE - 4) * Math.min(Math.max(value, 0), most)) / most;
  const [from, to] = [x(p), x(next[e])];
  return svg`<svg viewBox="0 0 ${WIDE} 18" width=${WIDE} height="18" aria-hidden="true">
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
