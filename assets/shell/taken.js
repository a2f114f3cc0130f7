// @ts-check
/**
 * What the page makes of a run that has come.
 *
 * @import { Intervention, Run, RunSent } from "./protocol"
 */

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
