// @ts-check
/**
 * Which round and which of its tokens is open, and how far the rounds are shown while they are played.
 *
 * @import { SpeculationRounds, SpecRound } from "../../../types/inference"
 * @import { ViewContext } from "../../../kit/view"
 *
 * @typedef {object} Played what the page keeps
 * @property {string} of what the rest belongs to: another measurement begins anew
 * @property {number} at the open round
 * @property {number} pick its open token; the model's own stands after the last drafted one
 * @property {number | null} upto the last round that is shown; null for all
 * @property {boolean} judged whether the open round has been decided, while it plays
 * @property {boolean} playing
 * @property {"sampled" | "raw"} look which distribution
 *
 * @typedef {object} Scene the same with nothing left open
 * @property {number} at
 * @property {SpecRound} round
 * @property {number} pick
 * @property {number} upto
 * @property {boolean} waiting whether the open round's draft has not been judged yet
 * @property {boolean} playing
 * @property {boolean} raw the distributions before the sampler
 * @property {(change: Partial<Played>) => void} show
 */

/** @param {SpecRound} round */
const decisive = ({ accepted, ids }) => Math.min(accepted, ids.length);

/** @param {SpeculationRounds} data */
function nameOf({ draft, blocks, gamma, temperature, seed, new: wanted, n_prompt, context }) {
  return JSON.stringify([draft, blocks, gamma, temperature, seed, wanted, n_prompt, context]);
}

/**
 * @param {SpeculationRounds} data with at least one round
 * @param {ViewContext<Played>} ctx
 * @returns {Scene}
 */
export function sceneOf(data, ctx) {
  const of = nameOf(data);
  const mine = ctx.kept.of === of ? ctx.kept : { playing: ctx.kept.playing };
  const last = data.rounds.length - 1;
  const telling = data.rounds.findIndex(({ accepted, ids }) => accepted > 0 && accepted < ids.length);
  const at = Math.min(mine.at ?? Math.max(0, telling), last);
  const round = data.rounds[at];
  const playing = Boolean(mine.playing);
  const ended = !playing && mine.judged === false;
  return {
    at,
    round,
    pick: ended ? decisive(round) : Math.min(mine.pick ?? decisive(round), round.ids.length),
    upto: Math.min(mine.upto ?? last, last),
    waiting: playing && mine.judged === false && round.ids.length > 0,
    playing,
    raw: (mine.look ?? (data.temperature === 0 ? "raw" : "sampled")) === "raw",
    show: (change) => ctx.keep({ at, pick: mine.pick, upto: mine.upto, look: mine.look, judged: true, ...change, of }),
  };
}

/**
 * One step of Play, or of the buttons beside it. While it plays each draft is shown before it is judged.
 * @param {SpeculationRounds} data
 * @param {ViewContext<Played>} ctx
 * @param {Scene} scene
 * @param {number} to round
 */
export function step(data, ctx, { waiting, round, show }, to) {
  if (ctx.kept.playing && waiting && to > 0) return show({ judged: true, pick: decisive(round) });
  const judged = !ctx.kept.playing || !data.rounds[to].ids.length;
  return show({ at: to, upto: to, judged, pick: judged ? decisive(data.rounds[to]) : 0 });
}

/**
 * The tokens of a round in the order of the text: the model's own follows the one that it replaces, or the last one.
 * @param {SpecRound} round
 */
export function order({ ids, accepted }) {
  const drafted = ids.map((_, at) => at);
  return [...drafted.slice(0, accepted + 1), ids.length, ...drafted.slice(accepted + 1)];
}
