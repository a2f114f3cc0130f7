// @ts-check
/**
 * What pointer and arrow keys do on the matrix of experts, and what a cell says.
 *
 * @import { Cell } from "../../../kit/cells/matrix.js"
 * @import { Line } from "../../../kit/tooltip.js"
 * @import { RoutingMatrix } from "../../../types/architectures"
 * @import { Bands, Place } from "./bands.js"
 * @import { Context } from "./matrix.js"
 */
import { percent } from "../../../kit/numbers/format.js";
import { tokenText } from "../../../kit/text/tokens.js";
import { cellOf, isBetween, placeOf } from "./bands.js";
import { partsOf, same, visitsOf, visitsThere, weightOf } from "./routes.js";
import { partPercent, share } from "./wording.js";

/**
 * @param {Context} ctx
 * @param {Bands} bands
 * @param {Cell | null} cell
 */
export function point(ctx, bands, cell) {
  const place = cell && !isBetween(bands, cell) ? placeOf(bands, cell) : null;
  const pointed = place && { row: place.row, position: place.token };
  const was = ctx.kept.pointed ?? null;
  if (pointed?.row !== was?.row || pointed?.position !== was?.position) ctx.keep({ pointed });
}

/**
 * @param {RoutingMatrix} data
 * @param {Context} ctx
 * @param {Bands} bands
 * @param {Cell} cell
 */
export function select(data, ctx, bands, cell) {
  if (isBetween(bands, cell)) return;
  const { row, expert, token: position } = placeOf(bands, cell);
  ctx.select({ layer: data.layers[row], expert, position });
}

/**
 * Another token keeps the expert that was chosen, if one was; another expert keeps the token.
 * @param {RoutingMatrix} data
 * @param {Context} ctx
 * @param {Bands} bands
 * @param {{ to: Place, from: Place }} way
 */
export function walk(data, ctx, bands, { to, from }) {
  if (to.token !== from.token) ctx.select({ position: to.token });
  else if (to.expert < bands.experts) ctx.select({ layer: data.layers[to.row], expert: to.expert });
}

/**
 * The cell an arrow key leads to: past a band's end into the next layer's, shown or not.
 * @param {RoutingMatrix} data
 * @param {Bands} bands
 * @param {Cell} cell
 * @param {number[]} step
 */
export function next(data, bands, cell, [down, across]) {
  const { row, expert, token: position } = placeOf(bands, cell);
  const within = (/** @type {number} */ at, /** @type {number} */ count) => Math.max(0, Math.min(count - 1, at));
  const [tokens, experts] = bands.wide ? [across, down] : [down, across];
  const along = within(row * data.n_experts + expert + experts, data.layers.length * data.n_experts);
  const place = { row: Math.floor(along / data.n_experts), expert: along % data.n_experts };
  return cellOf(bands, { ...place, token: within(position + tokens, data.n) });
}

/**
 * @param {RoutingMatrix} data
 * @param {Context} ctx
 * @param {Bands} bands
 * @param {Cell} cell
 */
export function told(data, ctx, bands, cell) {
  if (isBetween(bands, cell)) return null;
  const { row, expert, token: position } = placeOf(bands, cell);
  const visits = visitsOf(data, row, position);
  const parts = partsOf(data, row, position);
  /** @type {Line[]} */
  const details = visits.map(([each, weight], at) => [
    `expert ${each}`,
    data.contribution ? `weight ${percent(weight)}, writes ${partPercent(parts[at][1])}` : percent(weight),
  ]);
  if (!weightOf(visits, expert)) details.push([`expert ${expert}`, "not used"]);
  const was = visitsThere(ctx, row, position);
  if (was && !same(was, visits))
    details.push([ctx.beside.short, was.map(([each, weight]) => `${each}: ${share(weight)}`).join(", ")]);
  return { title: `${tokenText(ctx.run.ids[position])} in block ${data.layers[row]}`, details };
}
