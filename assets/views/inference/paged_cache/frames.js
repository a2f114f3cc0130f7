// @ts-check
/**
 * What a frame says of its blocks: who uses one, how far it is filled, and what the action has done to it.
 *
 * @import { BlockEvent, PoolFrame } from "../../../types/inference"
 */

/** @param {number} block */
export const blockName = (block) => `#${block}`;

/**
 * The requests that are running, by name.
 * @param {PoolFrame} frame
 */
export const running = ({ tables }) => Object.keys(tables).sort();

/**
 * @param {PoolFrame} frame
 * @param {number} block
 */
export const usersOf = (frame, block) => running(frame).filter((name) => frame.tables[name].includes(block));

/**
 * Tokens in an entry of a request's table.
 * @param {PoolFrame} frame
 * @param {string} name
 * @param {number} entry
 * @param {number} size of a block
 */
export const filled = ({ lengths }, name, entry, size) => Math.min(size, lengths[name] - entry * size);

/**
 * Tokens of a block that somebody reads, or that can be found again.
 * @param {PoolFrame} frame
 * @param {number} block
 * @param {number} size
 */
export function readable(frame, block, size) {
  const users = usersOf(frame, block);
  if (!users.length) return frame.findable.includes(block) ? size : 0;
  return Math.max(...users.map((name) => filled(frame, name, frame.tables[name].indexOf(block), size)));
}

/**
 * @param {PoolFrame} frame
 * @param {string} kind
 */
export const eventsOf = ({ events }, kind) => events.filter((event) => event.kind === kind);

/**
 * In a word, what the action has done to a block; empty where it is as it was.
 * @param {PoolFrame} frame
 * @param {number} block
 */
export function happened(frame, block) {
  const here = frame.events.filter((event) => event.block === block);
  const of = (/** @type {string} */ kind) => here.find((event) => event.kind === kind);
  if (of("hit")) return "found";
  const copy = of("copy");
  if (copy) return `copy of ${blockName(copy.source ?? 0)}`;
  if (of("allocate")) return "new";
  return of("free") && !usersOf(frame, block).length ? "freed" : "";
}

/**
 * Whether the action has touched a block; to be left by one of several is not counted.
 * @param {PoolFrame} frame
 * @param {number} block
 */
export function touched(frame, block) {
  const here = frame.events.filter((event) => event.block === block);
  const left = here.every(({ kind }) => kind === "free") && usersOf(frame, block).length > 0;
  return here.length > 0 && !left;
}

/**
 * Whether a slot of a block was written by the action.
 * @param {BlockEvent[]} written of that block
 * @param {number} slot
 * @param {number} size
 */
export const isFresh = (written, slot, size) =>
  written.some(({ start, end }) => slot >= start % size && slot < (start % size) + end - start);
