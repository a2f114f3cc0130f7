// @ts-check
/**
 * Which text is cut: the prompt, one of the worked ones, a paragraph in one of twelve languages, or one that is typed.
 *
 * @import { TokenizersLanes } from "../../../types/tokenization"
 * @import { Context } from "./lanes.js"
 */
import { control } from "../../../kit/controls/declared.js";
import { forget, typed, typedText } from "../../../kit/controls/typed.js";
import { whole } from "../../../kit/numbers/format.js";
import { html, nothing } from "../../../vendor/lit.js";

/** Texts that are no paragraph of a language. */
const TEXTS = ["prompt", "prose", "code"];

/** @param {TokenizersLanes} data @param {Context} ctx */
export function textChoice(data, ctx) {
  const source = String(ctx.controls.source ?? data.source);
  const { alike } = data;
  const all = ctx.declared("source").choices ?? [];
  const text = typedText("typed", source === "typed" ? undefined : data.text, ctx);
  const before = () => {
    forget("typed", ctx);
    ctx.control("byte", "");
  };
  return html`
    <div class="text-choice">
      ${control(ctx, "source", {
        choices: all.filter(([name]) => TEXTS.includes(String(name))),
        value: source,
        before,
      })}
      ${control(ctx, "source", {
        as: "select",
        label: "A paragraph in",
        choices: [["", "…"], ...all.filter(([name]) => ![...TEXTS, "typed"].includes(String(name)))],
        value: [...TEXTS, "typed"].includes(source) ? "" : source,
        before,
      })}
    </div>
    ${typed(
      {
        name: "typed",
        value: text,
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
