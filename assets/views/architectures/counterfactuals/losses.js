// @ts-check
/**
 * What was measured of each forbidden expert, and how it is written.
 *
 * @import { ForbiddenExperts } from "../../../types/architectures"
 * @import { Floats } from "../../../types/shared"
 * @import { ViewContext } from "../../../kit/view"
 *
 * @typedef {{ block: number, expert: number }} Place indices: of a block among those that have experts, of an expert
 * @typedef {"place" | "added" | "share" | "kind"} Sort
 */
import { signed } from "../../../kit/numbers/format.js";
import { cross, greatest, range } from "../../../vendor/d3.js";
import { keepLink } from "./changes.js";

/** Of so many, one lies outside of its interval. */
const ONE_IN = 20;

/**
 * A number of one block and expert: the loss added, unless another is named.
 * @param {ForbiddenExperts} data
 * @param {Place} place
 * @param {Floats} [of]
 */
export const addedOf = (data, { block, expert }, of = data.added) => of.a[block * data.n_experts + expert];

/**
 * The same of each kind of text.
 * @param {ForbiddenExperts} data
 * @param {Place} place
 */
export function kindsOf(data, { block, expert }) {
  const first = (block * data.n_experts + expert) * data.kinds.length;
  return data.kinds.map((name, at) => ({
    name,
    value: data.by_kind.a[first + at],
    low: data.kind_low.a[first + at],
    high: data.kind_high.a[first + at],
    share: data.kind_share.a[first + at],
  }));
}

/** The kind that loses most. @param {ForbiddenExperts} data @param {Place} place */
export const worstOf = (data, place) =>
  kindsOf(data, place).reduce((worst, each) => (each.value > worst.value ? each : worst));

/** The experts that have been forbidden. @param {ForbiddenExperts} data @returns {Place[]} */
export const measured = (data) =>
  cross(range(data.layers.length), range(data.n_experts), (block, expert) => ({ block, expert })).filter((place) =>
    Number.isFinite(addedOf(data, place)),
  );

/** @param {ForbiddenExperts} data */
export const strongest = (data) => greatest(measured(data), (place) => addedOf(data, place)) ?? null;

/** Whether the interval leaves out nought. @param {ForbiddenExperts} data @param {Place} place */
export const isSure = (data, place) => addedOf(data, place, data.low) > 0 || addedOf(data, place, data.high) < 0;

/** @param {ForbiddenExperts} data @param {Place} place */
export const nameOf = (data, { block, expert }) => `Expert ${expert} of block ${data.layers[block]}`;

/** The change as the intervention stack writes it. @param {ForbiddenExperts} data @param {Place} place */
export const forbidding = (data, { block, expert }) => `forbid:${data.layers[block]}:all:${expert}`;

/**
 * Forbids it in the run, or allows it again.
 * @param {ForbiddenExperts} data
 * @param {ViewContext<any>} ctx
 * @param {Place} place
 */
export const forbidLink = (data, ctx, place) =>
  keepLink(ctx, forbidding(data, place), `${nameOf(data, place)} forbidden`, ["Forbid", "Allow"]);

/** Nats with three digits; one text alone has no interval. @param {number} value */
export const change = (value) => (Number.isFinite(value) ? signed(value, 3) : "not known");

/** How many of so many would seem to have an effect. @param {number} count */
export const byChance = (count) => (count < ONE_IN ? "about one" : `about ${Math.round(count / ONE_IN)}`);
