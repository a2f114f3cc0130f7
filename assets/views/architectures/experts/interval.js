// @ts-check
/**
 * A share as a bar, and across it the interval that shuffled labels give: filled where the share lies beyond it.
 *
 * @typedef {{ value: number, low: number, high: number }} Measured
 */
import { svg } from "../../../vendor/lit.js";

const BAR = 10;

/**
 * @param {Measured} measured
 * @param {(value: number) => number} x pixels of a share
 * @param {number} y of the middle
 * @param {boolean} beyond
 */
export function interval({ value, low, high }, x, y, beyond) {
  return svg`
    <rect class="taken ${beyond ? "beyond" : ""}" x=${x(0)} y=${y - BAR / 2} width=${Math.max(0.8, x(value) - x(0))}
      height=${BAR} rx="1" />
    <path class="whisker" d="M${x(low)} ${y}H${x(high)}M${x(low)} ${y - 3}v6M${x(high)} ${y - 3}v6" />`;
}
