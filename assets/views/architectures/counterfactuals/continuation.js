// @ts-check
/**
 * Two greedy continuations, the run's above and the changed one's below, and where they part.
 *
 * @import { CounterfactualContinuation } from "../../../types/architectures"
 * @import { Row, View, ViewContext } from "../../../kit/view"
 * @typedef {{ step: number, of: string }} Opened the step that is looked at, and of which texts
 */

import { control } from "../../../kit/controls/declared.js";
import { legend } from "../../../kit/drawing/legend.js";
import { counted, percent } from "../../../kit/numbers/format.js";
import { baseNote, OTHER } from "../../../kit/runs/beside.js";
import { token, tokenText } from "../../../kit/text/tokens.js";
import { range } from "../../../vendor/d3.js";
import { html, nothing } from "../../../vendor/lit.js";
import { stackNote } from "./changes.js";
import { likeliest } from "./likeliest.js";
import { count, isParted, step } from "./written_step.js";

export const follows = true;

/** @type {View<CounterfactualContinuation, Opened>} */
export function continuation(data, ctx) {
  const at = openedStep(data, ctx);
  const open = (/** @type {number} */ to) => ctx.keep({ step: to, of: texts(data) });
  return html`
    <div class="counterfactuals">
      <div class="bar">
        ${control(ctx, "new")}
        ${legend([
          ["as-it-is", "above: this run"],
          ["pale", "below: with the change, where it differs"],
          ["quiet", "KL between the two at each token"],
        ])}
      </div>
      <p class="readout" aria-live="polite">${said(data)}</p>
      ${other(ctx)}
      <p class="context"><span class="muted">The text before:</span>
      ${data.context.map((id) => token(id, { className: "tok" }))}
      </p>
      <div class="written" role="group" aria-label="Steps" data-rove @keydown=${walk(open, count(data))}>
        ${range(count(data)).map((each) => step({ data, at: each, selected: each === at, open }))}
      </div>
      ${likeliest(data, at, ctx.width)}
      ${notes(data)}
    </div>`;
}

/**
 * @param {CounterfactualContinuation} data
 * @returns {Row[]}
 */
export function rows(data) {
  return range(count(data)).map((at) => {
    const [plain, changed] = [data.plain[at], data.changed[at]];
    return {
      step: at + 1,
      as_it_is: plain ? tokenText(plain.id) : null,
      p_as_it_is: plain?.p,
      with_the_change: changed ? tokenText(changed.id) : null,
      p_with_the_change: changed?.p,
      kl: data.kl[at],
      parts_here: isParted(data) && at === data.parting,
    };
  });
}

/** Which two texts these are. @param {CounterfactualContinuation} data */
const texts = ({ label, position, new: length, stack, ended, plain }) =>
  [label, position, length, ended, ...stack, ...plain.map(({ id }) => id)].join(" ");

/**
 * The step that was opened in these very texts, or else the one at which they part.
 * @param {CounterfactualContinuation} data
 * @param {ViewContext<Opened>} ctx
 */
function openedStep(data, { kept }) {
  if (kept.step !== undefined && kept.of === texts(data)) return Math.min(kept.step, count(data) - 1);
  return isParted(data) ? data.parting : 0;
}

/**
 * The arrow keys open the steps that they lead to.
 * @param {(to: number) => void} open
 * @param {number} steps
 */
function walk(open, steps) {
  return (/** @type {KeyboardEvent} */ event) => {
    const here = /** @type {HTMLElement | null} */ (/** @type {Element} */ (event.target).closest("[data-step]"));
    const at = Number(here?.dataset.step);
    const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: steps - 1 }[event.key];
    if (!here || to === undefined) return;
    event.preventDefault();
    const next = Math.max(0, Math.min(steps - 1, to));
    open(next);
    /** @type {HTMLElement | null | undefined} */ (here.parentElement?.querySelector(`[data-step="${next}"]`))?.focus();
  };
}

/** @param {CounterfactualContinuation} data */
function said(data) {
  const { label, plain, changed, parting, ended } = data;
  const name = html`<b>${label[0].toUpperCase() + label.slice(1)}</b>`;
  if (isParted(data)) {
    const [one, other] = [plain[parting], changed[parting]];
    return html`
      ${name}: the texts differ from token <b>${parting + 1}</b> on. This run writes ${token(one.id)}
      (${percent(one.p)}), the changed run ${token(other.id)} (${percent(other.p)}).`;
  }
  if (ended) return html`${name}: all ${counted(parting, "token")} stay the same.`;
  return html`${name}: so far ${counted(plain.length, "token")} without the change and ${changed.length} with it.`;
}

/**
 * Where the same change parts the other run's texts, once both are written.
 * @param {ViewContext<any, CounterfactualContinuation>} ctx
 */
function other(ctx) {
  const { there } = ctx;
  if (there ? !there.ended : !ctx.measured()) return nothing;
  return baseNote(ctx, there, there && compared(there, ctx));
}

/** @param {CounterfactualContinuation} there @param {ViewContext} ctx */
function compared(there, { beside }) {
  const change = beside === OTHER ? "the same change" : "the change";
  const { parting, plain, changed } = there;
  if (!isParted(there))
    return html`${beside.start}, ${change} leaves all <b data-parting=${parting}>${counted(plain.length, "token")}</b>
      unchanged.`;
  return html`${beside.start}, ${change} makes the texts differ from token <b data-parting=${parting}>${parting + 1}</b>
    on: ${token(plain[parting].id)} without it, ${token(changed[parting].id)} with it.`;
}

/** @param {CounterfactualContinuation} data */
function notes(data) {
  const parted = isParted(data)
    ? "After that token the two runs read different texts, so their probabilities cannot be compared."
    : "";
  const text = `${parted}${stackNote(data)}`.trim();
  return text ? html`<p class="hint">${text}</p>` : nothing;
}
