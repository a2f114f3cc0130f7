// @ts-check
/**
 * Which text is cut: the prompt, one of the worked ones, a paragraph in one of twelve languages, or one that is typed.
 *
 * @import { TokenizersLanes } from "../../../types"
 * @import { Context } from "./lanes.js"
 */
import { segmented } from "../../../kit/controls.js";
import { select } from "../../../kit/select.js";
import { html } from "../../../vendor/lit.js";

/** A link holds no more of a text. */
const LONGEST = 3900;
/** Milliseconds after the last key until what is typed is cut. */
const PAUSE = 300;
const LINES = 6;
const CHARACTER = 8;
/** @type {WeakMap<EventTarget, ReturnType<typeof setTimeout>>} */
const typing = new WeakMap();

/** @param {TokenizersLanes} data @param {Context} ctx */
export function textChoice(data, ctx) {
  const source = sourceOf(data, ctx);
  const paragraphs = data.choices.filter((each) => each.code);
  const paragraph = paragraphs.find((each) => each.name === source);
  const text = textOf(data, source, ctx);
  return html`
    <div class="text-choice">
      ${segmented({
        label: "Text",
        choices: data.choices
          .filter((each) => !each.code && each.name !== "typed")
          .map((each) => [each.name, each.title]),
        chosen: source,
        choose: (name) => take(name, ctx),
      })}
      ${select({
        label: "One paragraph in",
        choices: [["", "…"], ...paragraphs.map((each) => /** @type {[string, string]} */ ([each.name, each.title]))],
        chosen: paragraph?.name ?? "",
        choose: (name) => name && take(name, ctx),
      })}
    </div>
    <textarea class="typed" rows=${linesOf(text, ctx.width)} maxlength=${LONGEST} spellcheck="false" dir="auto"
      aria-label="The text that is cut; what is typed here takes its place" .value=${text}
      @input=${(/** @type {Event} */ event) => edit(event, ctx)}></textarea>`;
}

/** What the link asks for. @param {TokenizersLanes} data @param {Context} ctx */
function sourceOf({ choices, source }, { controls }) {
  const said = String(controls.source ?? "prompt");
  return choices.some((each) => each.name === said) ? said : source;
}

/** @param {TokenizersLanes} data @param {string} source @param {Context} ctx */
function textOf(data, source, { controls, kept }) {
  const typed = String(controls.typed ?? "");
  const { draft } = kept;
  if (draft && (draft.text === typed || draft.over === typed)) return draft.text;
  return source === "typed" ? typed : data.text;
}

/** @param {string} source @param {Context} ctx */
function take(source, ctx) {
  ctx.keep({ draft: null });
  ctx.control("byte", "");
  ctx.control("source", source);
}

/** @param {Event} event @param {Context} ctx */
function edit(event, ctx) {
  const field = /** @type {HTMLTextAreaElement} */ (event.target);
  const text = field.value.slice(0, LONGEST);
  if (text !== field.value)
    ctx.toast(`A link holds ${LONGEST} characters: the rest is cut off. The prompt may be longer.`);
  ctx.keep({ draft: { text, over: String(ctx.controls.typed ?? "") } });
  clearTimeout(typing.get(field));
  typing.set(
    field,
    setTimeout(() => {
      ctx.control("typed", text);
      ctx.control("byte", "");
      ctx.control("source", "typed");
    }, PAUSE),
  );
}

/** @param {string} text @param {number} width */
const linesOf = (text, width) =>
  Math.min(
    LINES,
    Math.max(
      1,
      text.split("\n").reduce((sum, line) => sum + Math.max(1, Math.ceil((line.length * CHARACTER) / width)), 0),
    ),
  );
