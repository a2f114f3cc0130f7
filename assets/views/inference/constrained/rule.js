// @ts-check
/**
 * The rule: its kind, examples, the field in which it is written, and what is wrong with it.
 *
 * @import { ConstrainedText } from "../../../types/inference"
 * @import { Context } from "./steps.js"
 *
 * @typedef {Pick<ConstrainedText, "form" | "kind" | "rule">} Rule `form`: an example's name, or the kind
 * @typedef {{ text: string, over: string }} Draft `over`: the rule that stood in the field before
 */
import { segmented } from "../../../kit/controls/controls.js";
import { named } from "../../../kit/controls/declared.js";
import { html, nothing } from "../../../vendor/lit.js";

/** Lines of the field, and about how wide a character is in it. */
const LINES = 6;
const CHARACTER = 9;

/**
 * @param {ConstrainedText} data
 * @param {Context} ctx
 */
export function rule(data, ctx) {
  const asked = askedOf(data, ctx);
  const names = named(ctx, "form");
  const { draft } = ctx.kept;
  const text = draft?.over === asked.rule ? draft.text : asked.rule;
  const decode = () => text !== asked.rule && apply(text, asked, data, ctx);
  return html`
    <div class="bar">
      ${segmented({
        label: "Kind of rule",
        choices: [
          ["regex", names.regex.name],
          ["json", names.json.name],
        ],
        chosen: asked.kind,
        choose: (kind) => take(ctx, examplesOf(data, kind)[0]),
      })}
      <div class="chips">${examplesOf(data, asked.kind).map((name) => example(name, name === asked.form, ctx))}</div>
    </div>
    <div class="write">
      <textarea class="mono" rows=${linesOf(text, ctx.width)} spellcheck="false" autocomplete="off"
        maxlength=${ctx.declared("rule").longest}
        aria-label="The rule" aria-invalid=${Boolean(data.wrong)}
        aria-describedby="constrained-wrong constrained-syntax" .value=${text}
        @input=${(/** @type {Event} */ event) => edit(event, asked, ctx)}
        @keydown=${(/** @type {KeyboardEvent} */ event) => pressed(event, decode)}></textarea>
      <button class="btn" type="button" ?disabled=${text === asked.rule} @click=${decode}>Decode</button>
      <div class="wrong" id="constrained-wrong">${wrong(data)}</div>
      <p class="hint" id="constrained-syntax">${syntax(asked)}</p>
    </div>`;
}

/**
 * What the link asks for; where it says nothing, what was answered.
 * @param {ConstrainedText} data
 * @param {Context} ctx
 * @returns {Rule}
 */
function askedOf(data, { controls }) {
  const form = String(controls.form);
  if (form in data.examples) return { form, ...data.examples[form] };
  return { form, kind: form === "json" ? "json" : "regex", rule: String(controls.rule ?? data.rule) };
}

/**
 * @param {ConstrainedText} data
 * @param {"regex" | "json"} kind
 */
const examplesOf = ({ examples }, kind) => Object.keys(examples).filter((name) => examples[name].kind === kind);

/**
 * @param {string} name
 * @param {boolean} chosen
 * @param {Context} ctx
 */
const example = (name, chosen, ctx) => html`
  <button class="chip" type="button" aria-pressed=${chosen}
    @click=${() => take(ctx, name)}>${named(ctx, "form")[name].name}</button>`;

/**
 * Asks for an example, or with its text for a rule of one's own.
 * @param {Context} ctx
 * @param {string} form
 * @param {string} [text]
 */
function take(ctx, form, text = "") {
  ctx.keep({ draft: null });
  if (text !== (ctx.controls.rule ?? "")) ctx.control("rule", text);
  ctx.control("form", form);
}

/**
 * @param {string} text
 * @param {Rule} asked
 * @param {ConstrainedText} data
 * @param {Context} ctx
 */
function apply(text, { kind }, data, ctx) {
  const same = examplesOf(data, kind).find((name) => data.examples[name].rule === text);
  if (same) take(ctx, same);
  else take(ctx, kind, text);
}

/**
 * @param {Event} event
 * @param {Rule} asked
 * @param {Context} ctx
 */
function edit(event, asked, ctx) {
  const { value } = /** @type {HTMLTextAreaElement} */ (event.target);
  ctx.keep({ draft: { text: value, over: asked.rule } });
}

/**
 * @param {KeyboardEvent} event
 * @param {() => void} decode
 */
function pressed(event, decode) {
  if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
  event.preventDefault();
  decode();
}

/** @param {ConstrainedText} data */
const wrong = ({ wrong }) =>
  wrong ? html`<div class="errbox" role="alert"><b>${wrong.message}</b><span>${wrong.hint}</span></div>` : nothing;

/** @param {Rule} asked */
function syntax({ kind, rule }) {
  if (kind === "json") return "The text is JSON on one line that this schema accepts. Ctrl + ↵ decodes.";
  const space = rule.startsWith(" ") ? " This rule begins with a space." : "";
  return `The whole text must match this pattern (Rust’s syntax).${space} Ctrl + ↵ decodes.`;
}

/**
 * @param {string} text
 * @param {number} width
 */
const linesOf = (text, width) => Math.min(LINES, Math.max(1, Math.ceil(text.length / Math.max(30, width / CHARACTER))));
