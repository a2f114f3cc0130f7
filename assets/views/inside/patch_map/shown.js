// @ts-check
/**
 * The two prompts, what the model says to either, and how places of a map are named.
 *
 * @import { PairShown, PatchMap, TaskShown } from "../../../types/inside"
 * @import { Drafts } from "../../../kit/controls/typed.js"
 * @import { ViewContext } from "../../../kit/view"
 */
import { control } from "../../../kit/controls/declared.js";
import { faint, taskControl } from "../../../kit/controls/fitting_task.js";
import { typed, typedText } from "../../../kit/controls/typed.js";
import { headName, percent, signed } from "../../../kit/numbers/format.js";
import { token, tokenText } from "../../../kit/text/tokens.js";
import { html, nothing } from "../../../vendor/lit.js";

/** @type {Record<PatchMap["site"], string>} */
const NOUN = {
  resid: "the stream into block",
  attn: "the attention output of block",
  mlp: "the MLP output of block",
  z: "head",
};

/** @param {ViewContext<any>} ctx @param {TaskShown} task */
export const prompts = (ctx, task) => html`
  ${taskControl(ctx, task)}
  ${
    (ctx.controls.task ?? task.name) === "own"
      ? typed({ name: "changed", value: typedText("changed", undefined, ctx), lines: [1, 3], named: true }, ctx)
      : control(ctx, "item")
  }`;

/** @param {PairShown} pair */
export function bothPrompts(pair) {
  const { clean, corrupt, answers, rivals, scores, ids, p } = pair;
  const width = ids.shape[1];
  const line = (/** @type {string} */ name, /** @type {ArrayLike<number>} */ tokens, /** @type {number} */ at) => html`
    <span class="name">${name}</span>
    <span class="line">${Array.from(tokens, (id, place) => {
      const own = token(id, { className: "mono" });
      return html`${at && id !== clean.a[place] ? html`<mark>${own}</mark>` : own}<wbr>`;
    })}</span>
    <span class="got">${token(ids.a[at * width])} ${percent(p.a[at * width])}, lead ${signed(scores[at])}</span>`;
  return html`
    <div class="prompts">${line("clean", clean.a, 0)}${line("changed", corrupt.a, 1)}</div>
    <p class="hint">The lead is the logit of ${list(answers)} less that of ${list(rivals)}.</p>
    ${faint(pair)}`;
}

/** @param {number[]} tokens */
const list = (tokens) =>
  tokens.length > 3
    ? html`${token(tokens[0])} to ${token(tokens[tokens.length - 1])} (mean)`
    : tokens.map((id, at) => html`${at ? ", " : nothing}${token(id)}`);

/** What a cell is, in words. @param {PatchMap} data @param {{ row: number, column: number }} cell */
export function placeName({ site, pair }, { row, column }) {
  if (site === "z") return `head ${headName(row, column)} at all tokens`;
  return `${NOUN[site]} ${row} at “${tokenText(pair?.clean.a[column] ?? 0)}” (${column})`;
}

/** @param {PatchMap["way"]} way */
export const runsOf = (way) => (way === "denoise" ? ["clean", "changed"] : ["changed", "clean"]);

/** Pearson's r as it is written. @param {number | null} r */
export const rText = (r) => (r === null || !Number.isFinite(r) ? "–" : signed(r));
