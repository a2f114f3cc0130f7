// @ts-check
/**
 * A format's error on the weights of the other run's model.
 *
 * @import { ErrorsByBits, FormatPoint } from "../../../types/systems"
 * @import { ViewContext } from "../../../kit/view"
 *
 * @typedef {ViewContext<any, ErrorsByBits>} Context
 */
import { nothing, svg } from "../../../vendor/lit.js";

const HALF = 4.5;

/** Of the same format, where it is measured there and fits. @param {FormatPoint} point @param {Context} ctx */
export const realThere = ({ name }, { there }) => there?.points.find((each) => each.name === name)?.real ?? undefined;

/**
 * A diamond at it, where the scale has it.
 * @param {number | undefined} error
 * @param {{ x: number, y: ((error: number) => number) & { domain: () => number[] } }} place
 */
export function diamond(error, { x, y }) {
  const [least, most] = y.domain();
  if (!error || error < least || error > most) return nothing;
  return svg`<path class="there" data-there=${error}
    d="M${x} ${y(error) - HALF}l${HALF} ${HALF}l${-HALF} ${HALF}l${-HALF} ${-HALF}Z" />`;
}
