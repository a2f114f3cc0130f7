// @ts-check
/**
 * What the pointer does on the scatter: it shows the nearest dot, and a click chooses it.
 *
 * @import { HeadsAndCauses } from "../../../types/overview"
 * @import { Context } from "./causes.js"
 * @import { Dot } from "./plot.js"
 */
import { tip } from "../../../kit/tooltip.js";
import { least } from "../../../vendor/d3.js";
import { details, placeOf } from "./causes.js";

export const RADIUS = { least: 3, most: 12 };
const NEAR = 16;

/**
 * The dot that the pointer is in, or the nearest that is near.
 * @param {MouseEvent} event
 * @param {Dot[]} dots
 */
export function near(event, dots) {
  const box = /** @type {Element} */ (event.currentTarget).getBoundingClientRect();
  const [x, y] = [event.clientX - box.left, event.clientY - box.top];
  const away = (/** @type {Dot} */ dot) => Math.hypot(dot.x - x, dot.y - y) - dot.radius;
  const inside = dots.filter((dot) => away(dot) <= 0);
  const found = inside.length ? least(inside, ({ radius }) => radius) : least(dots, away);
  return found && away(found) <= NEAR ? found : null;
}

/**
 * @param {PointerEvent} event
 * @param {HeadsAndCauses} data
 * @param {Context} ctx
 * @param {Dot[]} dots
 */
export function point(event, data, ctx, dots) {
  const dot = near(event, dots);
  if (!dot) return leave(ctx);
  tip.show(event.clientX, event.clientY, dot.name, details(data, ctx, dot.head));
  if (ctx.kept.pointed !== dot.head) ctx.keep({ pointed: dot.head });
}

/** @param {Context} ctx */
export function leave(ctx) {
  tip.hide();
  if (ctx.kept.pointed !== null) ctx.keep({ pointed: null });
}

/**
 * @param {Dot | null} dot
 * @param {HeadsAndCauses} data
 * @param {Context} ctx
 */
export function choose(dot, data, ctx) {
  if (dot) ctx.select(placeOf(data, dot.head));
}
