// @ts-check
/**
 * Which text is cut: the prompt, one of the worked ones, a paragraph in one of twelve languages, or one that is typed.
 *
 * @import { TokenizersLanes } from "../../../types"
 * @import { Context } from "./lanes.js"
 */
import { segmented } from "../../../kit/controls.js";
import { select } from "../../../kit/select.js";
import { forget, typed, typedText } from "../../../kit/typed.js";
import { html } from "../../../vendor/lit.js";

/** A link holds no more of a text. */
const LONGEST = 3900;

/** @param {TokenizersLanes} data @param {Context} ctx */
export function textChoice(data, ctx) {
  const source = sourceOf(data, ctx);
  const paragraphs = data.choices.filter((each) => each.code);
  const paragraph = paragraphs.find((each) => each.name === source);
  const text = typedText("typed", source === "typed" ? String(ctx.controls.typed ?? "") : data.text, ctx);
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
    ${typed(
      {
        name: "typed",
        value: text,
        label: "The text that is cut; what is typed here takes its place",
        longest: LONGEST,
        taken: () => {
          ctx.control("byte", "");
          ctx.control("source", "typed");
        },
      },
      ctx,
    )}`;
}

/** What the link asks for. @param {TokenizersLanes} data @param {Context} ctx */
function sourceOf({ choices, source }, { controls }) {
  const said = String(controls.source ?? "prompt");
  return choices.some((each) => each.name === said) ? said : source;
}

/** @param {string} source @param {Context} ctx */
function take(source, ctx) {
  forget("typed", ctx);
  ctx.control("byte", "");
  ctx.control("source", source);
}
