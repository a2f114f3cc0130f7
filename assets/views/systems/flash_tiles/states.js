// @ts-check
/**
 * What fast memory held of a row, step by step.
 *
 * @import { Now, Run, Step } from "./run.js"
 */

/** The step that last changed a row up to now; -1 if none did. @param {Now} now @param {number} [row] */
export function lastTouch({ run, at, row: selected }, row = selected) {
  const block = Math.floor(row / run.data.rows);
  for (let step = at; step >= 0; step--) {
    if (run.steps[step].i === block && run.steps[step].phase !== "scores") return step;
  }
  return -1;
}

/**
 * What fast memory held of a row at the end of a step: m, l and O.
 * @param {Run} run @param {Step | undefined} step @param {number} inBlock
 */
export function stateOf(run, step, inBlock) {
  const { m, l, held, unit } = run.data.run;
  if (!step || step.kept < 0) return { m: Number.NEGATIVE_INFINITY, l: 0, o: new Float32Array(run.d) };
  const place = step.kept * run.data.rows + inBlock;
  const o = Float32Array.from(held.a.subarray(place * run.d, (place + 1) * run.d), (share) => share * unit);
  return { m: m.a[place], l: l.a[place], o };
}

/** The tile that the same rows met before this one, if any. @param {Run} run @param {Step} step */
export function before(run, step) {
  if (step.first) return undefined;
  const at = run.steps.indexOf(step);
  return run.steps.slice(0, at).findLast(({ i, phase }) => i === step.i && phase === step.phase);
}
