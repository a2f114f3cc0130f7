// @ts-check
/**
 * A selection, kept inside its run.
 *
 * @import { Focus, Run, Tables } from "./protocol"
 */

/**
 * Brings each part of the selection into what the run has of it.
 * @param {Focus} focus
 * @param {Run} run
 * @param {Tables} tables
 */
export function clamp(focus, { ids, model }, { selection }) {
  /** @type {Record<string, number>} */
  const sizes = { tokens: ids.length, n_layers: model.L, n_heads: model.H, d_vocab: model.V, n_experts: model.E };
  for (const { name, size } of selection) {
    const value = focus[name];
    const last = (sizes[size] || Number.POSITIVE_INFINITY) - 1;
    if (value !== null) focus[name] = Math.max(0, Math.min(value, last));
  }
}

/**
 * The parts in which two selections differ.
 * @param {Focus} one
 * @param {Focus} other
 */
export function differing(one, other) {
  const names = /** @type {(keyof Focus)[]} */ (Object.keys(one));
  return names.filter((name) => one[name] !== other[name]);
}
