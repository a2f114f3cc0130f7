// @ts-check
/**
 * Which text is cut: the prompt, one of the worked ones, a paragraph in one of twelve languages, or one that is typed.
 *
 * @import { TokenizersLanes } from "../../../types"
 * @import { Context } from "./lanes.js"
 */
import { segmented } from "../../../kit/controls.js";
import { whole } from "../../../kit/format.js";
import { select } from "../../../kit/select.js";
import { forget, typed, typedText } from "../../../kit/typed.js";
import { html, nothing } from "../../../vendor/lit.js";

/** A link holds no more of a text. */
const LONGEST = 3900;

/** @param {TokenizersLanes} data @param {Context} ctx */
export function textChoice(data, ctx) {
  const source = sourceOf(data, ctx);
  const { alike } = data;
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
        label: "A paragraph in",
        choices: [["", "…"], ...paragraphs.map((each) => /** @type {[string, string]} */ ([each.name, each.title]))],
        chosen: paragraph?.name ?? "",
        choose: (name) => name && take(name, ctx),
      })}
    </div>
    ${typed(
      {
        name: "typed",
        value: text,
        label: "The text that is cut; edit it to use your own",
        longest: LONGEST,
        taken: () => {
          ctx.control("byte", "");
          ctx.control("source", "typed");
        },
      },
      ctx,
    )}
    ${alike && source === data.source ? html`<p class="hint instead">${instead(alike)}</p>` : nothing}`;
}

/** Why the prompt is not shown. @param {NonNullable<TokenizersLanes["alike"]>} alike */
const instead = ({ tokenizers, agreed, ends }) =>
  `The ${tokenizers} tokenizers cut the prompt ${agreed === ends ? "" : "nearly "}alike: ` +
  `all of them end a token at ${whole(agreed)} of its ${whole(ends)} cuts. This text shows how they differ.`;

/** What the link asks for. @param {TokenizersLanes} data @param {Context} ctx */
function sourceOf({ choices, source }, { controls }) {
  const said = String(controls.source || source);
  return choices.some((each) => each.name === said) ? said : source;
}

/** @param {string} source @param {Context} ctx */
function take(source, ctx) {
  forget("typed", ctx);
  ctx.control("byte", "");
  ctx.control("source", source);
}
