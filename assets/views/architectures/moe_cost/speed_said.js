// @ts-check
/**
 * What the times come to, in words: how much faster or slower the mixture decodes.
 *
 * @import { MoeSpeed } from "../../../types"
 * @import { Kind } from "./speed.js"
 */
import { decimal } from "../../../kit/format.js";
import { figures } from "../../../kit/magnitude.js";
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
  return html`${going ? `Round ${data.done} of ${data.rounds}. ` : nothing}${data.model}, one row:
    <b>${alone ? figures(alone.tokens) : "none yet"}</b> tokens a second.
    ${
      going
        ? nothing
        : [
            verdict(data, "active", "a dense decoder of its active size"),
            verdict(data, "total", "one of its total size"),
          ]
    }`;
}

/**
 * Of one row alone.
 * @param {MoeSpeed} data
 * @param {Kind} other
 * @param {string} what
 */
function verdict(data, other, what) {
  const ratio = ratioTo(data, other, 1);
  if (!ratio) return nothing;
  const spread = between(ratio.low, ratio.high) || decimal(ratio.median);
  if (ratio.clear) {
    return html` Its step takes <b>${decimal(ratio.median)} times</b> as long as that of ${what} (${spread}).`;
  }
  return ` The machine was busy: against ${what}, its step took ${spread} times as long, which is no verdict.`;
}

/**
 * Nothing where both are written alike.
 * @param {number} low
 * @param {number} high
 */
export function between(low, high, write = (/** @type {number} */ value) => decimal(value)) {
  return write(low) === write(high) ? "" : `${write(low)} to ${write(high)}`;
}
