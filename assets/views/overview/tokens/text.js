// @ts-check
/**
 * The run's text with its token boundaries. Which pieces share a character with the one pointed at is marked by hand:
 * no template knows of it, so that pointing draws nothing again.
 *
 * @import { TokensTable } from "../../../types/overview"
 * @import { Line } from "../../../kit/tooltip.js"
 * @import { ViewContext } from "../../../kit/view"
 */

import { rove } from "../../../kit/controls/roving.js";
import { inSight } from "../../../kit/in_sight.js";
import { whole } from "../../../kit/numbers/format.js";
import { rawToken, token } from "../../../kit/text/tokens.js";
import { tip } from "../../../kit/tooltip.js";
import { html, nothing, ref } from "../../../vendor/lit.js";
import { characterName, kindOf, sharedBy } from "./pieces.js";

/**
 * @param {TokensTable} data
 * @param {ViewContext} ctx
 */
export function text(data, ctx) {
  const chosen = ctx.focus.position;
  const { ids } = ctx.run;
  const reached = chosen === null || chosen >= ids.length ? 0 : chosen;
  return html`
    <div ${ref(inSight(chosen, ".piece[aria-current=true]"))}>
      <div class="text mono scroll" role="group"
        aria-label="The text, cut at its token boundaries; the arrow keys move through it"
        data-rove @keydown=${(/** @type {KeyboardEvent} */ event) => pressed(event, ctx)}
        @click=${(/** @type {Event} */ event) => select(event, ctx)}
        @pointermove=${(/** @type {PointerEvent} */ event) => hover(event, data, ctx)} @pointerleave=${leave}
        @focusin=${(/** @type {FocusEvent} */ event) => beside(event, data, ctx)} @focusout=${leave}
      >${ids.map((id, position) => piece(data, ctx, { id, position, reached: position === reached }))}</div>
    </div>`;
}

/**
 * A line may break after each piece, whose spaces are drawn as dots.
 * @param {TokensTable} data
 * @param {ViewContext} ctx
 * @param {{ id: number, position: number, reached: boolean }} place
 */
function piece(data, ctx, { id, position, reached }) {
  const special = data.special[position];
  const kind = position < ctx.run.nPrompt ? "prompt" : "generated";
  const name = `piece ${kind} ${position % 2 ? "odd" : "even"} ${special ? "special" : ""}`;
  // On one line: the box keeps all white space.
  return html`<span class=${name} role="button" tabindex=${reached ? 0 : -1} data-position=${position}
    aria-current=${position === ctx.focus.position}>${lines(id, special)}</span><wbr>`;
}

/**
 * A token that ends lines ends them here too.
 * @param {number} id
 * @param {boolean} special
 */
function lines(id, special) {
  const raw = rawToken(id);
  if (special || typeof raw !== "string" || !raw.includes("\n")) return token(id, { className: "" });
  const ended = html`<i class="sp">↵</i>${"\n"}`;
  return raw.split("\n").map((line, at, all) => html`${line}${at < all.length - 1 ? ended : nothing}`);
}

/** The piece of an event. @param {Event} event */
const pieceOf = (event) =>
  /** @type {HTMLElement | null} */ (/** @type {Element} */ (event.target).closest("[data-position]"));

/**
 * @param {Event} event
 * @param {ViewContext} ctx
 */
function select(event, ctx) {
  const piece = pieceOf(event);
  if (piece) ctx.select({ position: Number(piece.dataset.position) });
}

/**
 * @param {KeyboardEvent} event
 * @param {ViewContext} ctx
 */
function pressed(event, ctx) {
  rove(event);
  if (event.key !== "Enter" && event.key !== " ") return;
  event.preventDefault();
  select(event, ctx);
}

/**
 * @param {PointerEvent} event
 * @param {TokensTable} data
 * @param {ViewContext} ctx
 */
function hover(event, data, ctx) {
  const piece = pieceOf(event);
  if (piece) tell(piece, { x: event.clientX, y: event.clientY }, data, ctx);
  else leave(event);
}

/**
 * @param {FocusEvent} event
 * @param {TokensTable} data
 * @param {ViewContext} ctx
 */
function beside(event, data, ctx) {
  const piece = pieceOf(event);
  if (!piece?.matches(":focus-visible")) return;
  const { left, bottom } = piece.getBoundingClientRect();
  tell(piece, { x: left, y: bottom }, data, ctx);
}

/**
 * @param {HTMLElement} piece
 * @param {{ x: number, y: number }} at
 * @param {TokensTable} data
 * @param {ViewContext} ctx
 */
function tell(piece, { x, y }, data, ctx) {
  const position = Number(piece.dataset.position);
  const shared = sharedBy(data, position);
  /** @type {Line[]} */
  const told = [
    ["id", whole(ctx.run.ids[position])],
    ["bytes", data.bytes[position]],
    ...(data.special[position] ? [] : /** @type {Line[]} */ ([["starts at byte", whole(data.start[position])]])),
    ...shared.map(
      (character) =>
        /** @type {Line} */ ([`part of ${characterName(character)}`, `tokens ${character.first} to ${character.last}`]),
    ),
  ];
  tip.show(x, y, `Position ${position}, ${kindOf(data, ctx, position)}`, told);
  light(piece.parentElement, (each) => shared.some(({ first, last }) => each >= first && each <= last));
}

/** @param {Event} event */
function leave(event) {
  tip.hide();
  light(/** @type {HTMLElement} */ (event.currentTarget), () => false);
}

/**
 * @param {HTMLElement | null} box
 * @param {(position: number) => boolean} isKin
 */
function light(box, isKin) {
  for (const piece of box?.children ?? []) {
    const { position } = /** @type {HTMLElement} */ (piece).dataset;
    if (position !== undefined) piece.toggleAttribute("data-kin", isKin(Number(position)));
  }
}
