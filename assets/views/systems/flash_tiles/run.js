// @ts-check
/**
 * One algorithm's run on the head, unpacked: steps with their moves, and what holds after so many of them.
 *
 * @import { FlashTiles } from "../../../types/systems"
 * @import { ViewContext } from "../../../kit/view"
 *
 * @typedef {"standard" | "fa1" | "fa2"} Algorithm
 * @typedef {{ name: string, block: number, bytes: number }} Move
 *
 * @typedef {object} Step
 * @property {"scores" | "softmax" | "output" | "tile"} phase
 * @property {number} i block of queries
 * @property {number} j block of keys; -1 where the step takes whole rows
 * @property {boolean} first whether the rows meet their first tile
 * @property {boolean} last whether they meet their last
 * @property {Move[]} reads
 * @property {Move[]} writes
 * @property {number} flops
 * @property {number} extra bytes in slow memory beside Q, K, V and O, at its end
 * @property {number} kept where its rows are kept; -1 if they are not
 *
 * @typedef {object} Run
 * @property {FlashTiles} data
 * @property {Algorithm} algorithm
 * @property {Step[]} steps
 * @property {number} n
 * @property {number} d
 * @property {number} below blocks of queries
 * @property {number} across blocks of keys
 *
 * @typedef {{ where: string, row: number, column: number }} Cursor a cell that is read
 * @typedef {{ playing?: boolean, cursor?: Cursor | null, shows?: string }} Kept
 *
 * @typedef {object} Now the run, and where a person stands in it
 * @property {Run} run
 * @property {number} at the step, from 0
 * @property {Step} step
 * @property {number} row the selected query, in the window
 * @property {(at: number) => string} word
 * @property {(at: number) => string} quoted with its position
 * @property {ViewContext<Kept>} ctx
 */
import { whole } from "../../../kit/numbers/format.js";
import { tokenText } from "../../../kit/text/tokens.js";
import { range } from "../../../vendor/d3.js";
import { stateOf } from "./states.js";

const PHASES = /** @type {const} */ (["scores", "softmax", "output", "tile"]);
const NAMES = ["Q", "K", "V", "O", "S", "P", "m, l", "L"];
/** Numbers of a step and of a move. */
const OF_STEP = 5;
const OF_MOVE = 5;
/** @type {Record<string, string>} */
export const SHORT = { standard: "Standard", fa1: "FA-1", fa2: "FA-2" };

/** @type {WeakMap<FlashTiles, Run>} */
const unpacked = new WeakMap();

/** @param {FlashTiles} data @returns {Run} */
export function runOf(data) {
  const found = unpacked.get(data) ?? unpack(data);
  unpacked.set(data, found);
  return found;
}

/** @param {FlashTiles} data @returns {Run} */
function unpack(data) {
  const { steps, moves, kept } = data.run;
  const made = range(steps.shape[0]).map((at) => {
    const [phase, i, j, flops, extra] = steps.a.subarray(at * OF_STEP, (at + 1) * OF_STEP);
    const place = { i, j, first: true, last: true, kept: kept.a[at] };
    return { phase: PHASES[phase], ...place, reads: listOf(), writes: listOf(), flops, extra };
  });
  for (let at = 0; at < moves.shape[0]; at++) {
    const [step, way, name, block, bytes] = moves.a.subarray(at * OF_MOVE, (at + 1) * OF_MOVE);
    (way ? made[step].writes : made[step].reads).push({ name: NAMES[name], block, bytes });
  }
  markEnds(made);
  const [n, d] = data.q.shape;
  const [below, across] = [Math.ceil(n / data.rows), Math.ceil(n / data.columns)];
  return { data, algorithm: /** @type {Algorithm} */ (data.algorithm), steps: made, n, d, below, across };
}

/** @returns {Move[]} */
const listOf = () => [];

/** A row's first and last tile of each phase. @param {Step[]} steps */
function markEnds(steps) {
  /** @type {Map<string, Step>} */
  const latest = new Map();
  for (const step of steps) {
    const key = step.phase + step.i;
    const before = latest.get(key);
    if (before) before.last = step.first = false;
    latest.set(key, step);
  }
}

/** @param {FlashTiles} data @param {ViewContext<Kept>} ctx @returns {Now} */
export function nowOf(data, ctx) {
  const run = runOf(data);
  const asked = Number(ctx.controls.step ?? firstShown(run, (ctx.focus.position ?? 0) - data.first) + 1);
  const step = Math.min(run.steps.length, asked) - 1;
  const position = ctx.focus.position ?? 0;
  const word = (/** @type {number} */ row) => tokenText(ctx.run.ids[data.first + row]);
  return {
    run,
    at: step,
    step: run.steps[step],
    row: Math.max(0, Math.min(run.n - 1, position - data.first)),
    word,
    quoted: (row) => `${data.first + row} ${word(row)}`,
    ctx,
  };
}

/**
 * The step that is shown first: where the rescale of the selected row shows most, its factor neither 1 nor 0; else the
 * row's last one.
 * @param {Run} run
 * @param {number} selected
 */
function firstShown(run, selected) {
  const row = Math.max(0, Math.min(run.n - 1, selected));
  const [block, inBlock] = [Math.floor(row / run.data.rows), row % run.data.rows];
  let [best, most] = [lastSeen(run, row, block), 0];
  let was = stateOf(run, undefined, 0);
  run.steps.forEach((step, at) => {
    if (step.phase !== "tile" || step.i !== block) return;
    const is = stateOf(run, step, inBlock);
    const factor = Math.exp(was.m - is.m);
    const shows = factor * (1 - factor);
    if (!step.first && shows > most) [best, most] = [at, shows];
    was = is;
  });
  return best;
}

/** The last step that gives a row something. @param {Run} run @param {number} row @param {number} block */
function lastSeen(run, row, block) {
  const gives = (/** @type {Step} */ { phase, i, j }) =>
    i === block &&
    (phase === "tile" || phase === "output") &&
    sees(run, row, Math.min(row, (j + 1) * run.data.columns - 1));
  const found = run.steps.findLastIndex((step) => gives(step) && step.j * run.data.columns <= row);
  return found < 0 ? run.steps.length - 1 : found;
}

/** Whether a query sees a key. @param {Run} run @param {number} query @param {number} key */
export function sees({ data }, query, key) {
  if (!data.causal) return true;
  return key <= query && (data.sliding === null || query - key < data.sliding);
}

/** The tiles that the loops meet, as numbers. @param {Run} run */
export const tilesOf = (run) => new Set(run.steps.filter(({ j }) => j >= 0).map(({ i, j }) => i * run.across + j));

/** The positions of a block. @param {Run} run @param {number} block @param {number} size */
export function positions({ data, n }, block, size) {
  const [from, to] = [data.first + block * size, data.first + Math.min(n, (block + 1) * size) - 1];
  return from === to ? `${from}` : `${from}–${to}`;
}

/** What was counted in the first so many steps. @param {Run} run @param {number} [count] */
export function counted(run, count = run.steps.length) {
  const sums = { read: 0, written: 0, extra: 0, flops: 0 };
  for (const step of run.steps.slice(0, count)) {
    for (const { bytes } of step.reads) sums.read += bytes;
    for (const { bytes } of step.writes) sums.written += bytes;
    sums.extra = Math.max(sums.extra, step.extra);
    sums.flops += step.flops;
  }
  return sums;
}

/** How often each block was read and written up to the step. @param {Now} now */
export function tally({ run, at }) {
  /** @type {Map<string, { read: number, written: number }>} */
  const found = new Map();
  const of = (/** @type {string} */ name, /** @type {number} */ block) => {
    const key = `${name} ${block}`;
    const count = found.get(key) ?? { read: 0, written: 0 };
    found.set(key, count);
    return count;
  };
  for (const step of run.steps.slice(0, at + 1)) {
    for (const { name, block } of step.reads) of(name, block).read += 1;
    for (const { name, block } of step.writes) of(name, block).written += 1;
  }
  return of;
}

/** Bytes as the page counts them here: exact. @param {number} count */
export const bytes = (count) => `${whole(count)} B`;
