// @ts-check
/**
 * Patching by hand: the stream of a cell is picked up and dropped on another position, of its own prompt or of the
 * other. It is carried by the pointer, by keys, or between two presses.
 *
 * @import { ResidualLens } from "../../../types/overview"
 * @import { Context } from "./lens.js"
 * @import { LensCell } from "./lens_grid.js"
 *
 * @typedef {"own" | "second"} Side the prompt on the page, or the second one
 * @typedef {{ side: Side, position: number }} Over
 * @typedef {LensCell & { side: Side, over: Over | null }} Carry
 */
import { tip } from "../../../kit/tooltip.js";
import { follow } from "./lens_scroll.js";

/** Pixels that the pointer moves before a press is a drag. */
const DRAG = 6;

/**
 * The query of the same model's plain run of another text; null where no link can hold it.
 * @param {Context} ctx
 * @param {string} text
 */
export function besideQuery(ctx, text) {
  const parts = new URLSearchParams({ model: ctx.run.model.name, text });
  if (ctx.run.chat) parts.set("chat", "1");
  return parts.toString().length > Number(ctx.declared("source").longest) ? null : parts.toString();
}

/**
 * @param {Context} ctx
 * @param {string} text
 */
export function runBeside(ctx, text) {
  const query = besideQuery(ctx, text);
  if (query === null) ctx.toast("This text is too long for a second prompt");
  else ctx.control("source", query);
}

/**
 * Why a cell cannot be picked up; nothing where it can.
 * @param {LensCell & { side: Side }} cell
 * @param {Context} ctx
 */
export function fixed({ side, depth, position }, ctx) {
  if (depth === 0) return "The embedding stays: a patch takes the stream after a block";
  if (side === "own" && position >= ctx.run.nPrompt) return "Only the prompt’s own positions can be picked up";
  return "";
}

/**
 * @param {LensCell & { side: Side }} cell
 * @param {Context} ctx
 */
export function pickUp(cell, ctx) {
  const reason = fixed(cell, ctx);
  if (reason) return ctx.toast(reason);
  tip.hide();
  ctx.keep({ carry: { ...cell, over: { side: cell.side, position: cell.position } } });
}

/** @param {Context} ctx */
export const putBack = (ctx) => ctx.keep({ carry: null });

/**
 * The patch goes on the stack; one of the second prompt's makes that prompt the page's, and this one the second.
 * @param {Over | null} over
 * @param {ResidualLens} data
 * @param {Context} ctx
 */
export function drop(over, data, ctx) {
  const { carry } = ctx.kept;
  putBack(ctx);
  if (!carry || !over || (over.side === carry.side && over.position === carry.position)) return;
  const second = data.second?.text ?? "";
  const source = carry.side === "own" ? ctx.run.text : second;
  const patch = `patch:${carry.depth - 1}:${over.position}:${carry.position}:${encodeURIComponent(source)}`;
  if (over.side === "own") return ctx.intervene(patch);
  runBeside(ctx, ctx.run.text);
  ctx.intervene(patch, second);
}

/**
 * What keys do in a grid: Space picks up, the arrows move along the positions, Enter drops, Escape puts back.
 * @param {KeyboardEvent} event
 * @param {{ side: Side, cell: LensCell, first: number, last: number }} grid the selected cell, the positions drawn
 * @param {ResidualLens} data
 * @param {Context} ctx
 */
export function carryKeys(event, { side, cell, first, last }, data, ctx) {
  if (event.ctrlKey || event.metaKey || event.altKey || event.key === "Tab") return;
  const { carry } = ctx.kept;
  if (!carry && event.key !== " ") return;
  event.preventDefault();
  event.stopPropagation();
  if (!carry) return pickUp({ side, ...cell }, ctx);
  if (event.key === "Escape") return putBack(ctx);
  if (event.key === "Enter" || event.key === " ") return drop(carry.over, data, ctx);
  const step = { ArrowLeft: -1, ArrowRight: 1, Home: first - last, End: last - first }[event.key];
  if (!step) return;
  const from = carry.over?.position ?? carry.position;
  const position = Math.max(first, Math.min(last, from + step));
  ctx.keep({ carry: { ...carry, over: { side, position } } });
  follow(position, /** @type {Element} */ (event.target));
}

/**
 * Who comes to the other grid while carrying is over the same position there.
 * @param {{ side: Side, first: number, last: number }} grid
 * @param {Context} ctx
 */
export function enter({ side, first, last }, ctx) {
  const { carry } = ctx.kept;
  if (!carry || carry.over?.side === side) return;
  const position = Math.max(first, Math.min(last, carry.over?.position ?? carry.position));
  ctx.keep({ carry: { ...carry, over: { side, position } } });
}

/**
 * A press of the mouse or a pen that may become a drag; fingers scroll, and carry between two presses.
 * @param {PointerEvent} event
 * @param {ResidualLens} data
 * @param {Context} ctx
 */
export function grab(event, data, ctx) {
  if (event.button !== 0 || event.pointerType === "touch" || ctx.kept.carry) return;
  const [x, y] = [event.clientX, event.clientY];
  const cell = cellUnder(x, y);
  if (!cell || fixed(cell, ctx)) return;
  const drag = new AbortController();
  const { signal } = drag;
  let dragged = false;
  const end = (/** @type {Over | null} */ over) => {
    drag.abort();
    if (!dragged) return;
    // the page presses by itself
    const still = (/** @type {Event} */ click) => click.isTrusted && click.stopPropagation();
    addEventListener("click", still, { capture: true });
    setTimeout(() => removeEventListener("click", still, { capture: true }));
    drop(over, data, ctx);
  };
  const move = (/** @type {PointerEvent} */ moved) => {
    const { carry } = ctx.kept;
    if (dragged ? !carry : Math.hypot(moved.clientX - x, moved.clientY - y) < DRAG) return;
    dragged = true;
    tip.hide();
    const under = cellUnder(moved.clientX, moved.clientY);
    const over = under && { side: under.side, position: under.position };
    if (carry && over?.side === carry.over?.side && over?.position === carry.over?.position) return;
    ctx.keep({ carry: { ...cell, over } });
  };
  addEventListener("pointermove", move, { signal });
  addEventListener("pointerup", () => end(ctx.kept.carry?.over ?? null), { signal });
  addEventListener("pointercancel", () => end(null), { signal });
  addEventListener("keydown", ({ key }) => key === "Escape" && putBack(ctx), { signal });
  addEventListener("selectstart", (selection) => selection.preventDefault(), { signal });
}

/**
 * The cell of either grid under a point of the window; its block is that of the row, its margins are of no cell.
 * @param {number} x
 * @param {number} y
 * @returns {(LensCell & { side: Side }) | null}
 */
function cellUnder(x, y) {
  const box = /** @type {HTMLElement | null | undefined} */ (document.elementFromPoint(x, y)?.closest("[data-side]"));
  const canvas = box?.querySelector(".matrix canvas");
  if (!box || !canvas) return null;
  const { left, top } = canvas.getBoundingClientRect();
  const { side, start, n, depths, names, line, cell, row } = box.dataset;
  const column = Math.floor((x - left - Number(names)) / Number(cell));
  const depth = Math.floor((y - top - Number(line)) / Number(row));
  if (column < 0 || column >= Number(n) || depth < 0 || depth >= Number(depths)) return null;
  return { side: /** @type {Side} */ (side), position: Number(start) + column, depth };
}
