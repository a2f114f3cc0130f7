// @ts-check
/**
 * Which head is strongest has three answers: what a head writes itself, what its removal changes, and what separates
 * two tokens. One sentence says all three, wherever one of them is shown.
 *
 * @import { HeadsAndCauses, Measured, StrongestHead } from "../types/overview"
 * @import { ViewContext } from "./view"
 */
import { greatest } from "../vendor/d3_first.js";
import { html, nothing } from "../vendor/lit.js";
import { movedName, overText } from "./controls/over.js";
import { headName, signed, tone } from "./numbers/format.js";
import { token } from "./text/tokens.js";

/**
 * @param {ViewContext<any>} ctx
 * @param {object} found
 * @param {Measured} found.measured
 * @param {number} found.target
 * @param {StrongestHead} found.direct
 * @param {{ token: number, head: StrongestHead } | null} found.contrast
 * @param {HeadsAndCauses} [found.causes] every removal, where they are measured here
 */
export function strongestHead(ctx, { measured, target, direct, contrast, causes }) {
  const removed = mostRemoved(causes ?? ctx.payload("scatter", "heads_and_causes"), { measured, target });
  const over = measured.over === "raw" ? "on the raw logit" : html`ahead of ${overText(measured)}`;
  return html`
    <p class="strongest-head">
      <b>Which head is strongest?</b> It depends on the question. By its own push ${over}:
      ${named(ctx, direct, " logits")}. By what its removal changes, through all later blocks: ${
        removed
          ? named(ctx, removed, ` ${movedName(measured)}`)
          : html`<button class="linkbtn" type="button" @click=${() => ctx.go("heads_and_causes")}
              >measure it in Heads &amp; causes</button>`
      }.
      ${
        contrast
          ? html`By its push for ${token(target)} over ${token(contrast.token)}:
            ${named(ctx, contrast.head, " logits")}.`
          : nothing
      }
    </p>`;
}

/**
 * The head whose removal moves most; nothing unless all were removed, of this very run, position and target.
 * @param {HeadsAndCauses | undefined} causes
 * @param {{ measured: Measured, target: number }} now
 * @returns {StrongestHead | null}
 */
function mostRemoved(causes, { measured, target }) {
  if (!causes || causes.target !== target || causes.measured.lead !== measured.lead) return null;
  const effects = causes.effect.a;
  if (!effects.every(Number.isFinite)) return null;
  const at = greatest(effects.keys(), (head) => Math.abs(effects[head])) ?? 0;
  const heads = causes.effect.shape[1];
  return { layer: Math.floor(at / heads), head: at % heads, share: effects[at] };
}

/**
 * @param {ViewContext<any>} ctx
 * @param {StrongestHead} found
 */
function named(ctx, { layer, head, share }, unit = "") {
  const name = headName(layer, head);
  return html`<button class="linkbtn" type="button" aria-label="${name}: select it"
      @click=${() => ctx.select({ layer, head })}>${name}</button>
    (<b class=${tone(share)}>${signed(share)}</b>${unit})`;
}
