// @ts-check
/**
 * What the views of the methods share: numbers with their intervals, and what a difference says.
 *
 * @import { MethodDifference, MethodFigure, MethodsCompared } from "../../../types/finetuning"
 * @import { ViewContext } from "../../../kit/view"
 */
import { control } from "../../../kit/controls/declared.js";
import { counted, decimal, percent, signed } from "../../../kit/numbers/format.js";
import { figures } from "../../../kit/numbers/magnitude.js";
import { seedCell } from "../../../kit/numbers/seed_verdict.js";
import { html } from "../../../vendor/lit.js";

/**
 * The mean of the seeds, with half of its interval.
 * @param {MethodFigure} figure
 * @param {(value: number) => string} format
 */
export function spread({ mean, half }, format) {
  if (!Number.isFinite(mean)) return "no number";
  return half === null ? format(mean) : `${format(mean)} ± ${format(half)}`;
}

/** @param {number} value */
export const nats = (value) => decimal(value, 3);

/** @param {number} value */
export const share = (value) => percent(value, 0);

/**
 * What a cell says of a difference: its size, or that there is none.
 * @param {MethodDifference | null} difference
 * @param {MethodsCompared} data
 * @param {(value: number) => string} format
 */
export function verdict(difference, { seeds, enough }, format) {
  return difference === null ? "–" : seedCell(difference, seeds.length >= enough, format);
}

/** @param {number} value */
export const points = (value) => `${signed(100 * value, 0)} points`;

/** @param {number} value */
export const more = (value) => signed(value, 3);

/** The budget, in a sentence. @param {MethodsCompared} data */
export function budget(data) {
  const seeds =
    data.seeds.length < data.enough
      ? html` There is ${counted(data.seeds.length, "seed")}, and a verdict needs ${data.enough}: no method is called
          better.`
      : html` A dot is a seed; an interval is Student’s, of 95 %. Of many comparisons at 95 % one in twenty
          differs by chance.`;
  return html`Each method: ${counted(data.steps, "step")} of ${counted(data.rows, "row")} of
    ${counted(data.length, "token")}, AdamW, the set “${data.instructions}”; ${data.held_out} answers are held out.
    ${tried(data)}${seeds} ${counted(data.runs, "training")}, ${decimal(data.minutes, 1)} minutes of one core.`;
}

/** @param {MethodsCompared} data */
function tried({ methods }) {
  if (methods.every((each) => each.tried.length === 1))
    return html`Each has one rate, which was not tuned: another rate can change the order. `;
  const edges = methods.filter(({ edge }) => edge).map(({ title }) => title);
  const at = edges.length ? html` At an end of those tried: ${edges.join(", ")}; a rate beyond may be better.` : "";
  return html`The rate of each is the best of ${methods[0].tried.length}, tried with a seed that is not shown.${at} `;
}

/** @param {ViewContext} ctx @param {string[]} names */
export const settings = (ctx, ...names) => html`
  <div class="settings-row">${names.map((name) => control(ctx, name, { as: "select" }))}</div>`;

/** @param {number} rate */
export const rate = (rate) => figures(rate);
