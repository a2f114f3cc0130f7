// @ts-check
/**
 * A row's blocks as they come, and how its keys are called.
 *
 * @import { OnlineRow } from "../../../types/systems"
 * @import { ViewContext } from "../../../kit/view"
 *
 * @typedef {object} Round one block taken in
 * @property {number} block its number, in text order
 * @property {number[]} keys their places in the row
 * @property {number} before the maximum before it; −∞ at the first
 * @property {number} m
 * @property {number} l
 * @property {number} was l before it
 * @property {number} added what the block itself adds
 * @property {number} factor exp(m before − m)
 * @property {number} direct the sum over all keys so far, made anew under m
 * @property {number} unscaled the sum without any factor
 *
 * @typedef {{ playing?: boolean }} Kept
 * @typedef {ViewContext<Kept, OnlineRow>} Context
 *
 * @typedef {object} Shown
 * @property {OnlineRow} data
 * @property {Round[]} rounds
 * @property {number} done how many blocks have been seen
 * @property {Round} now the last of them
 * @property {(place: number) => string} word
 * @property {(place: number) => string} quoted with its position
 * @property {OnlineRow | null} there the other run's row, where it has the same keys
 * @property {Context} ctx
 */
import { tokenText } from "../../../kit/text/tokens.js";
import { range } from "../../../vendor/d3.js";

/** @param {OnlineRow} data @param {Context} ctx @returns {Shown} */
export function shownOf(data, ctx) {
  const n = data.scores.a.length;
  const rounds = Array.from(data.order.a, (block, at) => ({
    block,
    keys: range(block * data.block, Math.min(n, (block + 1) * data.block)),
    before: at ? data.m.a[at - 1] : Number.NEGATIVE_INFINITY,
    m: data.m.a[at],
    l: data.l.a[at],
    was: at ? data.l.a[at - 1] : 0,
    added: data.added.a[at],
    factor: data.factor.a[at],
    direct: data.direct.a[at],
    unscaled: data.unscaled.a[at],
  }));
  const done = Math.min(rounds.length, Number(ctx.controls.seen ?? rounds.length));
  const word = (/** @type {number} */ place) => tokenText(ctx.run.ids[data.first + place]);
  const quoted = (/** @type {number} */ place) => `${data.first + place} ${word(place)}`;
  const there = ctx.there?.first === data.first && ctx.there.scores.a.length === n ? ctx.there : null;
  return { data, rounds, done, now: rounds[done - 1], word, quoted, there, ctx };
}

/** The positions of a block's keys. @param {OnlineRow} data @param {Round} round */
export function positions({ first }, { keys }) {
  const [from, to] = [first + keys[0], first + keys[keys.length - 1]];
  return from === to ? `${from}` : `${from}–${to}`;
}
