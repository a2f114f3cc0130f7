// @ts-check
/** A slider over values that are listed: see steps.js. */
import { slider } from "./controls.js";

/**
 * @param {{ label: string, steps: number[], value: number, format: (value: number) => string,
 *   choose: (value: number) => void, title?: string }} options `choose` is called at each step
 */
export function ladder({ label, steps, value, format, choose, title }) {
  return slider({
    label,
    title,
    value: steps.indexOf(value),
    least: 0,
    most: steps.length - 1,
    format: (at) => format(steps[at]),
    move: (at) => choose(steps[at]),
  });
}
