// @ts-check
/**
 * What the times come to, in words: how much faster or slower the mixture decodes.
 *
 * @import { MoeSpeed } from "../../../types/architectures"
 * @import { TimesAsLong } from "../../../types/shared"
 * @import { Kind } from "./speed.js"
 */
import { decimal } from "../../../kit/numbers/format.js";
import { figures } from "../../../kit/numbers/magnitude.js";
import { range, verdict } from "../../../kit/numbers/timing.js";
import { html, nothing } from "../../../vendor/lit.js";

/**
 * @param {MoeSpeed} data
 * @param {string} name
 * @param {number} batch
 */
export const speedOf = (data, name, batch) => data.speeds.find((each) => each.name === name && each.batch === batch);

/**
 * @param {MoeSpeed} data
 * @param {string} other
 * @param {number} batch
 */
export const ratioTo = (data, other, batch) => data.ratios.find((each) => each.other === other && each.batch === batch);

/** @param {MoeSpeed} data */
export const measuring = ({ done, rounds }) => done < rounds;

/** @param {MoeSpeed} data */
export function said(data) {
  const alone = speedOf(data, "mixture", 1);
  const going = measuring(data);
  return html`${going ? `Round ${data.done} of ${data.rounds}. ` : nothing}${data.model} writes
    <b>${alone ? figures(alone.tokens) : "no"}</b> tokens a second${alone ? "" : " yet"} with one sequence.
    ${
      going
        ? nothing
        : [
            longer(data, "active", "a dense decoder of its active size"),
            longer(data, "total", "a dense decoder of its total size"),
          ]
    }`;
}

/**
 * Of one row alone.
 * @param {MoeSpeed} data
 * @param {Kind} other
 * @param {string} what
 */
function longer(data, other, what) {
  const ratio = ratioTo(data, other, 1);
  if (!ratio) return nothing;
  const said = (/** @type {TimesAsLong} */ times) =>
    html`A step takes <b>${decimal(times.median)} times</b> as long as with ${what} (${range(times)}).`;
  return html` ${verdict(ratio, said, `its step compared with ${what}`)}`;
}

/**
 * Nothing where both are written alike.
 * @param {number} low
 * @param {number} high
 */
export function between(low, high, write = (/** @type {number} */ value) => decimal(value)) {
  return write(low) === write(high) ? "" : `${write(low)} to ${write(high)}`;
}
