// @ts-check
/**
 * Routes in words.
 *
 * @import { RoutedText } from "../../../types/architectures"
 * @import { ViewContext } from "../../../kit/view"
 *
 * @typedef {[expert: number, weight: number]} Visit
 */

import { decimal, percent, whole } from "../../../kit/numbers/format.js";
import { baseNote } from "../../../kit/runs/beside.js";
import { sum } from "../../../vendor/d3.js";
import { html } from "../../../vendor/lit.js";
import { difference } from "./routes.js";

/** Experts that a sentence names. */
export const NAMED = 4;

/** A part of one as a cell has room for it. @param {number} value */
export const share = (value) => (value >= 0.9995 ? "1" : Math.abs(value) < 0.0005 ? "0" : decimal(value));

/** A part in percent, which can be below nought. @param {number} value */
export const partPercent = (value) => (value < 0 ? `−${percent(-value)}` : percent(value));

/**
 * "expert 2 for 85.3 % and expert 1 for 14.7 %"
 * @param {Visit[]} visits
 */
export function inWords(visits) {
  if (!visits.length) return "no expert";
  const named = visits.slice(0, NAMED);
  const words = named.map(
    ([expert, weight], at) =>
      html`${before(at, named.length, visits.length)}expert <b>${expert}</b> with weight <b>${percent(weight)}</b>`,
  );
  return html`${words}${others(visits)}`;
}

/** The same without emphasis, for an accessible name. @param {Visit[]} visits */
export function plainWords(visits) {
  if (!visits.length) return "no expert";
  const named = visits.slice(0, NAMED);
  const words = named.map(
    ([expert, weight], at) =>
      `${before(at, named.length, visits.length)}expert ${expert} with weight ${percent(weight)}`,
  );
  return words.join("") + others(visits);
}

/**
 * What stands before one of so many in a sentence.
 * @param {number} at
 * @param {number} named
 * @param {number} all
 */
export function before(at, named, all = named) {
  if (at === 0) return "";
  return at === named - 1 && named === all ? " and " : ", ";
}

/** @param {Visit[]} visits */
function others(visits) {
  const rest = visits.slice(NAMED);
  return rest.length ? `, and ${rest.length} more with ${percent(sum(rest, ([, weight]) => weight))} in total` : "";
}

/**
 * How many routes and how much weight the interventions moved.
 * @param {RoutedText} data
 * @param {ViewContext<any, RoutedText>} ctx
 */
export function moved(data, ctx) {
  const { there, shared } = ctx;
  if (!there) return baseNote(ctx, null, null);
  const all = whole(data.layers.length * shared);
  const over = shared < data.n ? `, over the ${shared} tokens that both runs share.` : ".";
  const { elsewhere, moved } = difference(data, ctx);
  return baseNote(
    ctx,
    there,
    html`Compared with ${ctx.beside.the}, <b>${whole(elsewhere)}</b> of ${all} routes visit other experts and
      <b>${percent(moved)}</b> of the total weight has moved${over}`,
  );
}

/**
 * Which layers are shown, where there is no room for all.
 * @param {RoutedText} data
 * @param {{ first: number, shown: number }} part
 */
export function shownOf({ layers }, { first, shown }) {
  if (shown === layers.length) return "";
  const which = shown > 1 ? `Blocks ${layers[first]} to ${layers[first + shown - 1]}` : `Block ${layers[first]}`;
  return `${which} of ${layers.length}, around the selected one. `;
}
