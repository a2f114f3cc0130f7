// @ts-check
/**
 * A text that one types: shown as it is typed, and taken after a pause, or when the field is left.
 *
 * @import { Draft } from "./draft.js"
 * @import { ViewContext } from "../view"
 *
 * @typedef {{ drafts: Record<string, Draft | undefined> }} Drafts by the names of the controls
 *
 * @typedef {object} Field
 * @property {string} name of the control that holds the text
 * @property {string} value what stands in it, as `typedText` says
 * @property {string} [label] where the declaration's does not say enough
 * @property {string} [empty] how a link says that there is no text
 * @property {[least: number, most: number]} [lines] of a field that grows with its text
 * @property {boolean} [single] one line, that Enter ends
 * @property {boolean} [plain] in the page's own type
 * @property {boolean} [named] its label stands above it
 * @property {number} [pause]
 * @property {() => void} [taken] what else is set with the text
 */
import { html } from "../../vendor/lit.js";
import { whole } from "../numbers/format.js";
import { linesOf } from "./draft.js";

/** Milliseconds after the last key until a text is taken. */
const PAUSE = 300;
/** A text that is empty, where a link that says nothing means another one. */
export const EMPTY = " ";

export { typedText } from "./draft.js";

/** One field at a time has the keyboard; who leaves it has done. @type {ReturnType<typeof setTimeout> | undefined} */
let waiting;

/** @param {Field} field @param {ViewContext<any>} ctx */
export function typed(field, ctx) {
  const box = boxed(field, ctx);
  return field.named ? html`<label class="named-text">${limits(field, ctx).label} ${box}</label>` : box;
}

/** @param {Field} field @param {ViewContext<any>} ctx */
function boxed(field, ctx) {
  const { value, lines = [1, 6], single, plain } = field;
  const { label, longest } = limits(field, ctx);
  const read = (/** @type {Event} */ event) =>
    /** @type {HTMLTextAreaElement} */ (event.target).value.slice(0, longest);
  const edit = (/** @type {Event} */ event) => edited(field, read(event), ctx);
  const leave = () => take(field, ctx);
  return single
    ? html`
      <input class="typed-text" type="text" maxlength=${longest} spellcheck="false" autocomplete="off" dir="auto"
        aria-label=${label} .value=${value} @input=${edit} @change=${leave} />`
    : html`
      <textarea class="typed-text ${plain ? "plain" : ""}" rows=${linesOf(value, ctx.width, ...lines)}
        maxlength=${longest}
        spellcheck="false" autocomplete="off" dir="auto" aria-label=${label} .value=${value}
        @input=${edit} @change=${leave}></textarea>`;
}

/** What it is called, and its longest text. @param {Field} field @param {ViewContext<any>} ctx */
function limits({ name, label }, ctx) {
  const spec = ctx.declared(name);
  return { label: label ?? (spec.label || spec.meaning), longest: spec.longest ?? 0 };
}

/** Another text is chosen: what was typed goes. @param {string} name @param {ViewContext<any>} ctx */
export function forget(name, ctx) {
  clearTimeout(waiting);
  ctx.keep({ drafts: { ...ctx.kept.drafts, [name]: undefined } });
}

/** @param {Field} field @param {string} text @param {ViewContext<any>} ctx */
function edited(field, text, ctx) {
  const { name, empty = "", pause = PAUSE } = field;
  const { longest } = limits(field, ctx);
  if (text.length === longest) ctx.toast(`This field takes at most ${whole(longest)} characters.`);
  keep(name, { text, said: text || empty, over: String(ctx.controls[name] ?? ""), taken: false }, ctx);
  clearTimeout(waiting);
  waiting = setTimeout(() => take(field, ctx), pause);
}

/** @param {Field} field @param {ViewContext<any>} ctx */
function take({ name, taken }, ctx) {
  clearTimeout(waiting);
  /** @type {Draft | undefined} */
  const draft = ctx.kept.drafts?.[name];
  if (!draft || draft.taken) return;
  ctx.control(name, draft.said);
  taken?.();
  keep(name, { ...draft, taken: true }, ctx);
}

/** @param {string} name @param {Draft} draft @param {ViewContext<any>} ctx */
const keep = (name, draft, ctx) => ctx.keep({ drafts: { ...ctx.kept.drafts, [name]: draft } });
