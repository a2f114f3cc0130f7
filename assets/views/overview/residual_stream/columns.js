// @ts-check
/**
 * The columns of the lens that have been read. Of a long text the server reads a window around the selection; windows
 * of one run that touch are joined, so that what was read once stays.
 *
 * @import { LensBefore, ResidualLens } from "../../../types/overview"
 * @import { Run } from "../../../kit/view"
 *
 * @typedef {object} Columns
 * @property {Run} run
 * @property {ResidualLens} from the answer that came last
 * @property {ResidualLens} window all that is drawn
 */

/** Columns that are drawn at once. */
const WIDEST = 96;

/** @param {ResidualLens} window */
const endOf = ({ start, n }) => start + n;

/**
 * @param {ResidualLens} window
 * @param {number} position
 */
export const holds = (window, position) => position >= window.start && position < endOf(window);

/**
 * Where a cell's token stands in the arrays; `place` 0 is the likeliest.
 * @param {ResidualLens} window
 * @param {number} depth
 * @param {number} position
 */
export const cellAt = (window, depth, position, place = 0) =>
  (depth * window.n + position - window.start) * window.k + place;

/**
 * The unchanged run's likeliest token of a cell, where both runs read the same text.
 * @param {ResidualLens} window
 * @param {number} depth
 * @param {number} position
 */
export function cellBefore(window, depth, position) {
  const { base, start } = window;
  if (!base || position - start >= base.n) return null;
  const at = depth * base.n + position - start;
  const id = base.ids.a[at];
  return {
    id,
    p: base.probs.a[at],
    moved: base.moved.a[at],
    changed: id !== window.ids.a[cellAt(window, depth, position)],
  };
}

/**
 * What is drawn after an answer: it alone, or with what was read before.
 * @param {Columns | undefined} held
 * @param {ResidualLens} data
 * @param {Run} run
 * @returns {Columns}
 */
export function withAnswer(held, data, run) {
  if (held?.run !== run) return { run, from: data, window: data };
  if (held.from === data) return held;
  return { run, from: data, window: joined(held.window, data) };
}

/**
 * Two windows of one run as one, or the second alone where they do not touch. Where they grow too wide together, what
 * lies farthest from the second is left out.
 * @param {ResidualLens} held
 * @param {ResidualLens} read
 * @returns {ResidualLens}
 */
export function joined(held, read) {
  if (read.start > endOf(held) || endOf(read) < held.start) return read;
  if (read.start >= held.start && endOf(read) <= endOf(held)) return held;
  const [start, end] = span(held, read);
  const { depths, k } = read;
  const n = end - start;
  const [ids, probs] = [new Int32Array(depths * n * k), new Float32Array(depths * n * k)];
  for (let depth = 0; depth < depths; depth++) {
    for (let position = start; position < end; position++) {
      const source = holds(read, position) ? read : held;
      const from = cellAt(source, depth, position);
      const to = (depth * n + position - start) * k;
      ids.set(source.ids.a.subarray(from, from + k), to);
      probs.set(source.probs.a.subarray(from, from + k), to);
    }
  }
  const shape = [depths, n, k];
  const window = { ...read, start, n, ids: { a: ids, shape }, probs: { a: probs, shape }, base: null };
  return { ...window, base: joinedBefore(held, read, window) };
}

/**
 * @param {ResidualLens} held
 * @param {ResidualLens} read
 */
function span(held, read) {
  const start = Math.min(held.start, read.start);
  const end = Math.max(endOf(held), endOf(read));
  if (end - start <= WIDEST) return [start, end];
  if (read.start < held.start) return [start, Math.max(start + WIDEST, endOf(read))];
  return [Math.min(end - WIDEST, read.start), end];
}

/**
 * The unchanged run in the joined window: its columns before the first token that differs.
 * @param {ResidualLens} held
 * @param {ResidualLens} read
 * @param {ResidualLens} window
 * @returns {LensBefore | null}
 */
function joinedBefore(held, read, window) {
  const alike = Math.max(...[held, read].map(({ start, base }) => (base ? start + base.n : 0)));
  const n = Math.min(endOf(window), alike) - window.start;
  if (n <= 0) return null;
  const cells = window.depths * n;
  const [ids, probs, moved] = [new Int32Array(cells), new Float32Array(cells), new Float32Array(cells)];
  let changed = 0;
  for (let depth = 0; depth < window.depths; depth++) {
    for (let column = 0; column < n; column++) {
      const position = window.start + column;
      const cell = cellBefore(holds(read, position) ? read : held, depth, position);
      if (!cell) continue;
      ids[depth * n + column] = cell.id;
      probs[depth * n + column] = cell.p;
      moved[depth * n + column] = cell.moved;
      if (cell.changed) changed++;
    }
  }
  const shape = [window.depths, n];
  return { n, ids: { a: ids, shape }, probs: { a: probs, shape }, moved: { a: moved, shape }, changed };
}
