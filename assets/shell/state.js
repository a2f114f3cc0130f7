// @ts-check
/**
 * What the page's state is made of: that it is listened to, a selection inside its run, a run that has come.
 *
 * @import { Intervention, Run } from "../kit/view"
 * @import { Focus, RunSent, Sampler, Tables } from "./protocol"
 * @import { Listener } from "./store"
 */

/** Whoever draws it hears what has changed. */
export class Listened {
  /** @type {Set<Listener>} */
  listeners = new Set();

  /** @param {Listener} listener */
  on(listener) {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** @type {Listener} */
  tell(what, detail) {
    for (const listener of [...this.listeners]) listener(what, detail);
  }
}

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
 * The settings of which the sliders say another value than the run has.
 * @template {{ name: string }} Each
 * @param {Record<string, any>} sampler
 * @param {{ sampler: Record<string, any> }} run
 * @param {Each[]} settings
 */
export const moved = (sampler, run, settings) =>
  settings.filter(({ name }) => (sampler[name] ?? run.sampler[name]) !== run.sampler[name]);

/**
 * What the sliders try, which is to be tried on the next run of this text as well.
 * @param {{ run: Run | null, sampler: Partial<Sampler>, tables: Tables }} store
 * @returns {Partial<Sampler>}
 */
export function tried({ run, sampler, tables }) {
  /** @type {Record<string, any>} */
  const said = sampler;
  return Object.fromEntries(run ? moved(said, run, tables.settings).map(({ name }) => [name, said[name]]) : []);
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

/**
 * With the likeliest next token after each position.
 * @param {RunSent} run
 * @returns {Run}
 */
export function taken(run) {
  const { ids, nextIds, nextP } = run;
  const ranks = nextIds.shape[1];
  return {
    ...run,
    next: ids.map((_, position) => ({ id: nextIds.a[position * ranks], p: nextP.a[position * ranks] })),
  };
}

/**
 * The interventions of the run, which are on, and those of the stack that it does not have, which are off.
 * @param {Run["interventions"]} now
 * @param {Intervention[]} stack
 */
export function stacked(now, stack) {
  const off = stack.filter((each) => !now.some(({ text }) => text === each.text));
  return [...now.map((each) => ({ ...each, on: true })), ...off.map((each) => ({ ...each, on: false }))];
}
