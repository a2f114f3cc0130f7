// @ts-check
/**
 * The blocks in the order in which they come: dragged onto a place, or moved by buttons and arrow keys.
 *
 * @import { Round, Shown } from "./rounds.js"
 */
import { html, repeat } from "../../../vendor/lit.js";
import { positions } from "./rounds.js";

/**
 * @param {Shown} shown
 * @param {(order: number[]) => void} choose
 */
export function chips({ data, rounds, done }, choose) {
  const order = rounds.map(({ block }) => block);
  const move = (/** @type {number} */ from, /** @type {number} */ to) => {
    if (to < 0 || to >= order.length || from === to) return;
    const next = order.slice();
    next.splice(to, 0, ...next.splice(from, 1));
    choose(next);
  };
  return html`
    <ol class="blocks" aria-label="Blocks in the order in which the softmax reads them; arrow keys move a block">
      ${repeat(
        rounds,
        ({ block }) => block,
        (round, at) =>
          chip({
            round,
            at,
            count: order.length,
            seen: at < done,
            now: at === done - 1,
            keys: positions(data, round),
            move,
          }),
      )}
    </ol>`;
}

/**
 * @param {{ round: Round, at: number, count: number, seen: boolean, now: boolean, keys: string,
 *   move: (from: number, to: number) => void }} options
 */
function chip({ round, at, count, seen, now, keys, move }) {
  return html`
    <li draggable="true" class="${seen ? "" : "coming"} ${now ? "now" : ""}" data-block=${round.block}
      @dragstart=${(/** @type {DragEvent} */ event) => begin(event, at)} @dragend=${end}
      @dragover=${over} @dragleave=${out}
      @drop=${(/** @type {DragEvent} */ event) => drop(event, at, move)}>
      <button type="button" aria-label="Block ${round.block} earlier" ?disabled=${at === 0}
        @click=${() => move(at, at - 1)}>‹</button>
      <span tabindex="0" role="group" aria-label="Block ${round.block}, keys ${keys}, place ${at + 1} of ${count}"
        @keydown=${(/** @type {KeyboardEvent} */ event) => key(event, at, count, move)}><b>${round.block}</b>
          ${keys}</span>
      <button type="button" aria-label="Block ${round.block} later" ?disabled=${at === count - 1}
        @click=${() => move(at, at + 1)}>›</button>
    </li>`;
}

/** @param {DragEvent} event @param {number} at */
function begin(event, at) {
  event.dataTransfer?.setData("text/plain", String(at));
  /** @type {Element} */ (event.currentTarget).classList.add("held");
}

/** @param {Event} event */
const end = (event) => /** @type {Element} */ (event.currentTarget).classList.remove("held");

/** @param {DragEvent} event */
function over(event) {
  event.preventDefault();
  /** @type {Element} */ (event.currentTarget).classList.add("target");
}

/** @param {Event} event */
const out = (event) => /** @type {Element} */ (event.currentTarget).classList.remove("target");

/** @param {DragEvent} event @param {number} at @param {(from: number, to: number) => void} move */
function drop(event, at, move) {
  event.preventDefault();
  out(event);
  const from = Number(event.dataTransfer?.getData("text/plain") || Number.NaN);
  if (Number.isInteger(from) && from >= 0) move(from, at);
}

/**
 * @param {KeyboardEvent} event
 * @param {number} at
 * @param {number} count
 * @param {(from: number, to: number) => void} move
 */
function key(event, at, count, move) {
  const to = { ArrowLeft: at - 1, ArrowUp: at - 1, ArrowRight: at + 1, ArrowDown: at + 1, Home: 0, End: count - 1 }[
    event.key
  ];
  if (to === undefined) return;
  event.preventDefault();
  move(at, to);
}
