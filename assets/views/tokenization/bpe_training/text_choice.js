// @ts-check
/**
 * What is trained on, by what it is cut, and how many merges are learned.
 *
 * @import { BpeTrainingMerges } from "../../../types/tokenization"
 * @import { Drafts } from "../../../kit/controls/typed.js"
 * @import { ViewContext } from "../../../kit/view"
 *
 * @typedef {{ playing?: boolean }} Playing
 * @typedef {Playing & Partial<Drafts>} Kept
 */
import { control } from "../../../kit/controls/declared.js";
import { forget, typed, typedText } from "../../../kit/controls/typed.js";
import { whole } from "../../../kit/numbers/format.js";
import { html, nothing } from "../../../vendor/lit.js";

/** A training takes longer than a look-up. */
const PAUSE = 500;
/** Characters of a whole text that are shown. */
const EXCERPT = 400;
const OWN = "own/";
const WHOLE = "whole/";

/** @param {BpeTrainingMerges} data @param {ViewContext<Kept>} ctx */
export function textChoice(data, ctx) {
  const source = String(ctx.controls.source);
  const text = typedText("own", source === OWN ? undefined : data.text, ctx);
  const prompt = ctx.run?.text.slice(0, ctx.declared("own").longest);
  return html`
    <div class="material">
      <div class="go">
        ${passageChoice(ctx)} ${wholeChoice(source, ctx)}
        ${
          prompt
            ? html`<button class="btn small" type="button" aria-pressed=${source === OWN && text === prompt}
              @click=${() => own(prompt, ctx)}>The prompt</button>`
            : nothing
        }
      </div>
      <div class="go">${control(ctx, "cut")} ${control(ctx, "merges", { before: () => anew(ctx) })}</div>
    </div>
    ${source.startsWith(WHOLE) ? excerpt(data, ctx) : field(text, ctx)}`;
}

/** What is trained on, all of it. @param {string} text @param {ViewContext<Kept>} ctx */
const field = (text, ctx) =>
  typed(
    {
      name: "own",
      value: text,
      lines: [2, 5],
      pause: PAUSE,
      taken: () => {
        anew(ctx);
        ctx.control("source", OWN);
      },
    },
    ctx,
  );

/** A text that no field holds: its beginning, which cannot be changed. @param {BpeTrainingMerges} data
 * @param {ViewContext<Kept>} ctx */
const excerpt = ({ text, bytes }, ctx) => html`
  <p class="excerpt"><span class="mono">${text.slice(0, EXCERPT)}…</span></p>
  <p class="hint">The training reads the whole text${bytes ? `, ${whole(bytes)} bytes` : ""}; only its beginning is
    shown.
    <button type="button" class="btn small" @click=${() => own("", ctx)}>Write a text instead</button></p>`;

/** What a text is offered as. @param {ViewContext<Kept>} ctx */
const sources = (ctx) => ctx.declared("source").choices ?? [];

/** @param {ViewContext<Kept>} ctx */
const passageChoice = (ctx) =>
  control(ctx, "source", {
    choices: sources(ctx).filter(([key]) => key !== OWN && !String(key).startsWith(WHOLE)),
    before: () => another(ctx),
  });

/** @param {string} source @param {ViewContext<Kept>} ctx */
const wholeChoice = (source, ctx) =>
  control(ctx, "source", {
    as: "select",
    label: "A whole text",
    choices: [["", "…"], ...sources(ctx).filter(([key]) => String(key).startsWith(WHOLE))],
    value: source.startsWith(WHOLE) ? source : "",
    before: () => another(ctx),
  });

/** @param {string} text @param {ViewContext<Kept>} ctx */
function own(text, ctx) {
  another(ctx);
  ctx.control("own", text);
  ctx.control("source", OWN);
}

/** Another text: what was typed goes. @param {ViewContext<Kept>} ctx */
function another(ctx) {
  forget("own", ctx);
  anew(ctx);
}

/** Another training begins at its own default moment. @param {ViewContext<Kept>} ctx */
function anew(ctx) {
  ctx.keep({ playing: false });
  ctx.control("at", "");
  ctx.control("word", "");
}
