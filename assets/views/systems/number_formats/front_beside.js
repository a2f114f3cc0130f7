// @ts-check
import { nothing, svg } from "../../../vendor/lit.js";

const HALF = 4.5;

/**
 * A diamond at a format's error on the weights of the other run's model, where the scale has it.
 * @param {number | null | undefined} error
 * @param {{ x: number, y: ((error: number) => number) & { domain: () => number[] } }} place
 */
export function diamond(error, { x, y }) {
  const [least, most] = y.domain();
  if (!error || error < least || error > most) return nothing;
  return svg`<path class="there" data-there=${error}
    d="M${x} ${y(error) - HALF}l${HALF} ${HALF}l${-HALF} ${HALF}l${-HALF} ${-HALF}Z" />`;
}
