// @ts-check
/**
 * The second prompt: its field, and its lens, from which streams are carried into this run.
 *
 * @import { LensSecond, ResidualLens } from "../../../types/overview"
 * @import { Run } from "../../../kit/view"
 * @import { Context } from "./lens.js"
 */
import { tokenText } from "../../../kit/text/tokens.js";
import { html, nothing } from "../../../vendor/lit.js";
import { fixed, pickUp, putBack, runBeside } from "./carry.js";
import { depthName } from "./depths.js";

/** Characters of a second prompt. */
const LONGEST = 1200;

/**
 * What a grid needs of the second run: the same object as long as the answer is. @type
 * {WeakMap<LensSecond, {window: ResidualLens, run: Run}>}
 */
const known = new WeakMap();

/**
 * @param {LensSecond} second
 * @param {ResidualLens} data
 * @param {Context} ctx
 */
export function asGrid(second, data, ctx) {
  const window = { ...data, ...second, base: null, target: null, patches: [] };
  const run = { ...ctx.run, ids: second.tokens, nPrompt: second.tokens.length };
  const kept = known.get(second) ?? { window, run };
  known.set(second, kept);
  return { window: kept.window, ctx: { ...ctx, run: kept.run, focus: { ...ctx.focus, position: null } } };
}

/**
 * @param {ResidualLens} data
 * @param {Context} ctx
 */
export function secondForm({ second, pair, unfit }, ctx) {
  const asked = (/** @type {SubmitEvent} */ event) => {
    event.preventDefault();
    const text = String(new FormData(/** @type {HTMLFormElement} */ (event.target)).get("text"));
    if (text.trim()) runBeside(ctx, text);
    else ctx.toast("Write the second prompt first");
  };
  const close = () => {
    ctx.keep({ carry: null });
    ctx.control("source", "");
  };
  return html`
    <form class="other-prompt" @submit=${asked}>
      <label class="grow">
        <span>${second ? "Second prompt" : "A second prompt to patch from"}</span>
        <input type="text" name="text" maxlength=${LONGEST} autocomplete="off" spellcheck="false" dir="auto"
          .value=${second?.text ?? pair ?? ctx.run.text} />
      </label>
      <button class="btn" type="submit">Run it below</button>
      ${second ? html`<button class="btn ghost" type="button" @click=${close}>Close it</button>` : nothing}
    </form>
    ${unfit ? html`<p class="hint unfit">${unfit}</p>` : nothing}`;
}

/**
 * What can be done now, and what is being carried: read out when it changes.
 * @param {ResidualLens} data
 * @param {Context} ctx
 */
export function carrying({ second }, ctx) {
  const { carry, cell, secondCell } = ctx.kept;
  if (carry) {
    return html`
      <div class="carrying">
        <p class="hint" role="status">${said(carry, second, ctx)}</p>
        <button class="btn" type="button" @click=${() => putBack(ctx)}>Put it back</button>
      </div>`;
  }
  const chosen =
    secondCell && second
      ? { side: /** @type {const} */ ("second"), ...secondCell }
      : cell && { side: /** @type {const} */ ("own"), ...cell };
  return html`
    <div class="carrying">
      <p class="hint" role="status">Drag a cell to another position${second ? " of either prompt" : ""} to patch its
        stream in there; on the keyboard, Space picks it up.</p>
      ${
        chosen && !fixed(chosen, ctx)
          ? html`<button class="btn" type="button" @click=${() => pickUp(chosen, ctx)}>Pick up
            ${depthName(chosen.depth)} at ${chosen.position}</button>`
          : nothing
      }
      <button class="linkbtn" type="button" @click=${() => ctx.go("patch_map", "maps")}>All patches at once</button>
    </div>`;
}

/**
 * @param {NonNullable<Context["kept"]["carry"]>} carry
 * @param {LensSecond | null} second
 * @param {Context} ctx
 */
function said({ side, depth, position, over }, second, ctx) {
  const ids = { own: ctx.run.ids, second: second?.tokens ?? [] };
  const name = (/** @type {"own" | "second"} */ of, /** @type {number} */ at) =>
    `“${tokenText(ids[of][at])}” (${at})${second ? (of === "own" ? " of this prompt" : " of the second prompt") : ""}`;
  const place = over ? `Over ${name(over.side, over.position)}.` : "Over no position.";
  return `Carrying the stream ${depthName(depth)} at ${name(side, position)}. ${place}
    Drop it on a position, or press Enter; Escape puts it back.`;
}
