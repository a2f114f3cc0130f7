// @ts-check
/**
 * What is trained on, by what it is cut, and how many merges are learned.
 *
 * @import { BpeTrainingMerges } from "../../../types"
 * @import { Drafts } from "../../../kit/typed.js"
 * @import { ViewContext } from "../../../kit/view"
 *
 * @typedef {{ playing?: boolean }} Playing
 * @typedef {Playing & Partial<Drafts>} Kept
 */
import { segmented } from "../../../kit/controls.js";
import { whole } from "../../../kit/format.js";
import { select } from "../../../kit/select.js";
import { forget, typed, typedText } from "../../../kit/typed.js";
import { html, nothing } from "../../../vendor/lit.js";

/** A link holds no more of a text. */
const LONGEST = 3800;
/** A training takes longer than a look-up. */
const PAUSE = 500;
/** Characters of a whole text that are shown. */
const EXCERPT = 400;
const OWN = "own/";
const WHOLE = "whole/";
/** @type {[key: string, name: string, title: string][]} */
const CUTS = [
  ["gpt2", "GPT-2", "A word takes the space before it; digits, signs and letters are separate"],
  ["cl100k", "cl100k", "Digits in groups of at most three; one sign may begin a word"],
  ["o200k", "o200k", "As cl100k, and a capital after a small letter begins a new word"],
];
/** @type {[key: number, name: string][]} */
const SIZES = [50, 200, 1000, 4000].map((merges) => [merges, whole(merges)]);

/** @param {BpeTrainingMerges} data @param {ViewContext<Kept>} ctx */
export function textChoice(data, ctx) {
  const asked = String(ctx.controls.source ?? data.source);
  const source = asked === OWN || data.sources.some(({ key }) => key === asked) ? asked : data.source;
  const text = typedText("own", source === OWN ? String(ctx.controls.own ?? "") : data.text, ctx);
  return html`
    <div class="material">
      <div class="go">
        ${passageChoice(data, source, ctx)} ${wholeChoice(data, source, ctx)}
        ${
          ctx.run?.text
            ? html`<button class="btn small" type="button"
              aria-pressed=${source === OWN && text === ctx.run.text.slice(0, LONGEST)}
              @click=${() => own(ctx.run.text.slice(0, LONGEST), ctx)}>The prompt</button>`
            : nothing
        }
      </div>
      <div class="go">
        ${segmented({
          label: "Rule that cuts words",
          choices: CUTS,
          chosen: String(ctx.controls.cut ?? data.cut),
          choose: (cut) => ctx.control("cut", cut),
        })}
        ${segmented({
          label: "Merges to learn",
          choices: SIZES,
          chosen: Number(ctx.controls.merges ?? data.wanted),
          choose: (merges) => set("merges", merges, ctx),
        })}
        <span class="unit">merges</span>
      </div>
    </div>
    ${source.startsWith(WHOLE) ? excerpt(data, ctx) : field(text, ctx)}`;
}

/** What is trained on, all of it. @param {string} text @param {ViewContext<Kept>} ctx */
const field = (text, ctx) =>
  typed(
    {
      name: "own",
      value: text,
      label: "The text of the training; edit it to train on your own",
      longest: LONGEST,
      lines: [2, 5],
      pause: PAUSE,
      taken: () => set("source", OWN, ctx),
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

/** @param {BpeTrainingMerges} data @param {string} source @param {ViewContext<Kept>} ctx */
function passageChoice({ sources }, source, ctx) {
  const short = sources.filter(({ key }) => !key.startsWith(WHOLE));
  return segmented({
    label: "Passages to train on",
    choices: short.map(({ key, title }) => [key, title]),
    chosen: source,
    choose: (key) => take(key, ctx),
  });
}

/** @param {BpeTrainingMerges} data @param {string} source @param {ViewContext<Kept>} ctx */
function wholeChoice({ sources }, source, ctx) {
  const long = sources.filter(({ key }) => key.startsWith(WHOLE));
  return select({
    label: "A whole text",
    choices: [["", "…"], ...long.map(({ key, title }) => /** @type {[string, string]} */ ([key, title]))],
    chosen: source.startsWith(WHOLE) ? source : "",
    choose: (key) => key && take(key, ctx),
  });
}

/** @param {string} source @param {ViewContext<Kept>} ctx */
function take(source, ctx) {
  forget("own", ctx);
  set("source", source, ctx);
}

/** @param {string} text @param {ViewContext<Kept>} ctx */
function own(text, ctx) {
  forget("own", ctx);
  ctx.control("own", text);
  set("source", OWN, ctx);
}

/**
 * Another training begins at its own default moment.
 * @param {string} name
 * @param {string | number} value
 * @param {ViewContext<Kept>} ctx
 */
function set(name, value, ctx) {
  ctx.keep({ playing: false });
  ctx.control("at", "");
  ctx.control("word", "");
  ctx.control(name, value);
}
