// @ts-check
/**
 * The text as a policy holds it after the selected step: which tokens are gone, kept by some of the caches, or held as
 * codes.
 *
 * @import { CachePolicies, PolicyCourse } from "../../../types/inference"
 * @import { ViewContext } from "../../../kit/view"
 *
 * @typedef {"future" | "now" | "gone" | "part" | "coded" | "held"} State
 */

import { rove } from "../../../kit/controls/roving.js";
import { counted, percent } from "../../../kit/numbers/format.js";
import { token, tokenText } from "../../../kit/text/tokens.js";
import { tooltip } from "../../../kit/tooltip.js";
import { html, nothing, styleMap } from "../../../vendor/lit.js";
import { holders, holding } from "./held.js";

/**
 * @param {CachePolicies} data
 * @param {PolicyCourse} policy
 * @param {number} step
 * @param {ViewContext} ctx
 */
export function heldTokens(data, policy, step, ctx) {
  const seen = data.start + step;
  const tokens = states(data, policy, step, ctx);
  const chosen = Math.min(ctx.focus.position ?? 0, tokens.length - 1);
  const early = (ctx.focus.position ?? 0) < data.start - 1;
  const after = step ? `position ${seen - 1}` : `the first ${counted(data.start, "token")}`;
  return html`
    <div class="held-tokens">
      <h3 class="sub3">
        What ${policy.label.toLowerCase()} holds after ${after}
        <small>${summary(data, policy, step, tokens)}${
          early ? ". Choose a later position to see a later step" : ""
        }</small>
      </h3>
      <ol class="evict" data-rove @keydown=${rove}>
        ${tokens.map(({ state, caches }, position) => {
          const said = words(data, state, caches);
          const tip = tooltip(`Position ${position}`, [["", said]]);
          const id = ctx.run.ids[position];
          return html`
            <li>
              <button type="button" class="tok ${state}"
                style=${styleMap({ "--kept": String(caches / cachesOf(data)) })}
                tabindex=${position === chosen ? 0 : -1} aria-current=${position === chosen ? "true" : nothing}
                aria-label="${tokenText(id)}, position ${position}: ${said}" @click=${() => ctx.select({ position })}
                @pointermove=${tip.show} @pointerleave=${tip.hide} @focus=${tip.beside}
                @blur=${tip.hide}>${token(id, { className: "" })}</button>
            </li>`;
        })}
      </ol>
    </div>`;
}

/** @param {CachePolicies} data */
const cachesOf = ({ n_layers, n_kv_heads }) => n_layers * n_kv_heads;

/**
 * @param {CachePolicies} data
 * @param {PolicyCourse} policy
 * @param {number} step
 * @param {ViewContext} ctx
 */
function states(data, policy, step, ctx) {
  const positions = ctx.run.ids.length;
  const seen = data.start + step;
  const all = cachesOf(data);
  const holds = holding(data, policy, step, positions);
  return Array.from({ length: positions }, (_, position) => {
    const caches = position < seen ? holders(data, holds, position) : all;
    return { state: stateOf(position, { seen, step, caches, all, coded: policy.codes[step] }), caches };
  });
}

/**
 * @param {number} position
 * @param {{ seen: number, step: number, caches: number, all: number, coded: number }} at
 * @returns {State}
 */
function stateOf(position, { seen, step, caches, all, coded }) {
  if (position >= seen) return "future";
  if (position === seen - 1 && step > 0) return "now";
  if (caches === 0) return "gone";
  if (caches < all) return "part";
  return position < coded ? "coded" : "held";
}

/**
 * @param {CachePolicies} data
 * @param {State} state
 * @param {number} caches
 */
function words(data, state, caches) {
  if (state === "part") return `kept in ${caches} of ${cachesOf(data)} caches, ${percent(caches / cachesOf(data))}`;
  const said = {
    future: "not read yet",
    gone: "evicted from every cache",
    coded: "held as codes",
    now: "written now",
    held: "held",
  };
  return said[state];
}

/**
 * @param {CachePolicies} data
 * @param {PolicyCourse} policy
 * @param {number} step
 * @param {{ state: State }[]} tokens
 */
function summary(data, policy, step, tokens) {
  const count = (/** @type {State} */ wanted) => tokens.filter(({ state }) => state === wanted).length;
  const coded = policy.codes[step];
  const [gone, part] = [count("gone"), count("part")];
  const said = [
    gone ? `${gone} evicted from every cache` : "",
    part ? `${part} kept by some of the ${cachesOf(data)} caches, one for each block and kv head (bar: share)` : "",
    coded ? `${coded} as codes, ${data.start + step - coded} in full precision` : "",
  ].filter(Boolean);
  return said.join(", ") || "everything";
}
