// @ts-check
/**
 * What was measured of each head, by its number, and what the heads may be shaded by.
 *
 * @import { HeadsAndCauses, HeadsBefore } from "../../../types/overview"
 * @import { Line } from "../../../kit/tooltip"
 * @import { ViewContext } from "../../../kit/view"
 *
 * @typedef {"previous" | "induction" | "sink" | "entropy"} Kind
 * @typedef {"head" | "direct" | "before" | "effect" | "kl"} Sort
 *
 * @typedef {object} Kept
 * @property {Kind | "none"} [shade]
 * @property {Sort} [sort]
 * @property {boolean} [falling]
 * @property {number | null} [pointed] the head under the pointer
 *
 * @typedef {ViewContext<Kept>} Context
 */

import { movedName } from "../../../kit/controls/over.js";
import { decimal, headName, percent, signed } from "../../../kit/numbers/format.js";
import { range } from "../../../vendor/d3.js";

/** @type {{ key: Kind | "none", name: string, says: string }[]} */
export const SHADES = [
  { key: "none", name: "None", says: "All heads alike; violet is the selected one." },
  {
    key: "previous",
    name: "Previous token",
    says: "Stronger shade: more attention on the token just before, mean over positions.",
  },
  {
    key: "induction",
    name: "Induction",
    says: "Stronger shade: on repeated random tokens, more attention on what followed last time.",
  },
  { key: "sink", name: "Sink", says: "Stronger shade: more attention on the first token, mean over positions." },
  { key: "entropy", name: "Entropy", says: "Stronger shade: attention spread over more tokens, in bits." },
];

/** @param {Context} ctx */
export const shadeOf = (ctx) => SHADES.find(({ key }) => key === ctx.kept.shade) ?? SHADES[0];

/** @param {HeadsAndCauses} data */
export const countOf = (data) => data.kl.a.length;

/**
 * @param {HeadsAndCauses} data
 * @param {number} head
 */
export function placeOf({ kl }, head) {
  const heads = kl.shape[1];
  return { layer: Math.floor(head / heads), head: head % heads };
}

/**
 * @param {HeadsAndCauses} data
 * @param {number} head
 */
export function nameOf(data, head) {
  const place = placeOf(data, head);
  return headName(place.layer, place.head);
}

/**
 * The number of the head that is selected on the page.
 * @param {HeadsAndCauses} data
 * @param {Context} ctx
 */
export const selectedOf = ({ kl }, { focus }) => (focus.layer ?? 0) * kl.shape[1] + (focus.head ?? 0);

/**
 * While the view is being measured, some heads have not been removed yet.
 * @param {HeadsAndCauses} data
 * @param {number} head
 */
export const isKnown = ({ kl }, head) => Number.isFinite(kl.a[head]);

/**
 * Those that have been removed, the strongest change of the distribution first.
 * @param {HeadsAndCauses} data
 */
export function byChange(data) {
  const known = range(countOf(data)).filter((head) => isKnown(data, head));
  return known.sort((one, other) => data.kl.a[other] - data.kl.a[one]);
}

/**
 * What its removal does to the logit there; no number for a head that was not removed there.
 * @param {HeadsBefore} base
 * @param {number} head
 */
export const effectBefore = ({ moved, effect }, head) => effect.a[moved.indexOf(head)] ?? Number.NaN;

/**
 * A head's value in a shade, in words: a run of one token has none.
 * @param {HeadsAndCauses} data
 * @param {Kind} kind
 * @param {number} head
 */
export function scoreText(data, kind, head) {
  const value = data.scores[kind].a[head];
  if (!Number.isFinite(value)) return "none";
  return `${decimal(value)}${kind === "entropy" ? " bits" : ""}`;
}

/**
 * @param {HeadsAndCauses} data
 * @param {Context} ctx
 * @param {number} head
 * @returns {Line[]}
 */
export function details(data, ctx, head) {
  const { key, name } = shadeOf(ctx);
  /** @type {(Line | null)[]} */
  const lines = [
    ["direct share", signed(data.direct.a[head], 3)],
    data.base && [`direct share, ${ctx.beside.short}`, signed(data.base.direct.a[head], 3)],
    [`${movedName(data.measured)} when removed`, signed(data.effect.a[head], 3)],
    data.base?.moved.includes(head)
      ? [`the same, ${ctx.beside.short}`, signed(effectBefore(data.base, head), 3)]
      : null,
    ["its probability", `${percent(data.p)} → ${percent(data.p_ablated.a[head])}`],
    ["KL", `${decimal(data.kl.a[head], 4)} nats`],
    key === "none" ? null : [name, scoreText(data, key, head)],
  ];
  return lines.filter((line) => line !== null);
}

/**
 * The range of a shade: from nought where its values are shares.
 * @param {HeadsAndCauses} data
 * @param {Kind} kind
 * @returns {[number, number]}
 */
export function shadeRange(data, kind) {
  const values = data.scores[kind].a.filter(Number.isFinite);
  const low = kind === "entropy" && values.length ? Math.min(...values) : 0;
  const high = values.length ? Math.max(...values) : 1;
  return [low, high > low ? high : low + 1];
}
