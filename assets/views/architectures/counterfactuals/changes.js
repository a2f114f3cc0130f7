// @ts-check
/**
 * What the four views share: which change is chosen, how its numbers are written, how it is kept.
 *
 * @import { Asked } from "../../../types/architectures"
 * @import { Focus, ViewContext } from "../../../kit/view"
 */
import { counted, decimal, signed } from "../../../kit/numbers/format.js";
import { html } from "../../../vendor/lit.js";

/** Below it a divergence is float noise. */
const NOISE = 5e-6;
/** Numbers below it get a fourth digit. */
const SMALL = 0.1;

/** A divergence. @param {number} value */
export function nats(value) {
  if (value < NOISE) return "0";
  return value < 5e-5 ? "<0.0001" : decimal(value, value < SMALL ? 4 : 3);
}

/** @param {number} value */
export const isNoise = (value) => value < NOISE;

/** @param {number} value */
export const change = (value) => signed(value, Math.abs(value) < SMALL ? 4 : 3);

/** A single token has no loss. @param {number | null} value */
export const lossText = (value) => (value === null ? "none" : decimal(value, 3));

/** The number of experts that is chosen instead of an expert, if one is. @param {ViewContext<any>} ctx */
export function chosenCount(ctx) {
  const [, count] = /^k(\d+)$/.exec(String(ctx.controls.pick ?? "")) ?? [];
  return count === undefined ? null : Number(count);
}

/**
 * The expert that is changed; none while a count is chosen.
 * @param {Asked} data
 * @param {ViewContext<any>} ctx
 */
export const chosenExpert = (data, ctx) => (chosenCount(ctx) === null ? (ctx.focus.expert ?? data.expert) : null);

/**
 * @param {ViewContext<any>} ctx
 * @param {number} expert
 * @param {Partial<Focus>} [more]
 */
export function pickExpert(ctx, expert, more) {
  if (ctx.controls.pick) ctx.control("pick", "");
  ctx.select({ expert, ...more });
}

/** @param {ViewContext<any>} ctx @param {string} text */
export const isKept = (ctx, text) => ctx.interventions.some((each) => each.on && each.text === text);

/**
 * Puts the change on the intervention stack, or takes it away.
 * @param {ViewContext<any>} ctx
 * @param {string} text of the change
 * @param {string} name
 */
export function toggle(ctx, text, name) {
  if (isKept(ctx, text)) return ctx.restore(text);
  ctx.intervene(text);
  ctx.toast(`${name} is on the intervention stack: all panels follow`);
}

/** In a row. @param {ViewContext<any>} ctx @param {string} text @param {string} name @param {[string, string]} words */
export function keepLink(ctx, text, name, [keep, remove] = ["Keep", "Remove"]) {
  const word = isKept(ctx, text) ? remove : keep;
  const press = (/** @type {Event} */ event) => {
    event.stopPropagation();
    toggle(ctx, text, name);
  };
  return html`<button class="linkbtn" type="button" aria-label="${word}: ${name}" @click=${press}>${word}</button>`;
}

/** Below a table. @param {ViewContext<any>} ctx @param {string} text @param {string} name */
export const keepButton = (ctx, text, name) => html`
  <button class="btn" type="button" @click=${() => toggle(ctx, text, name)}>
    ${isKept(ctx, text) ? "Remove this change" : "Keep this change"}
  </button>`;

/** @param {Asked} data */
export const stackNote = ({ stack }) =>
  stack.length ? ` All differences are from the run with its ${counted(stack.length, "intervention")}.` : "";

/** @param {Asked} data */
export function lossNote({ tokens, prompt }) {
  if (tokens < 2) return "A single token has no loss.";
  const count = counted(tokens - 1, "token");
  const written = tokens > prompt ? `, including the ${tokens - prompt} that it generated` : "";
  return `Loss: the mean of −ln p over the ${count} of this run that have a token before them${written}, in nats.`;
}
