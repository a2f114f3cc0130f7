// @ts-check
/**
 * How the recording was made and what its bytes are by formula, in words.
 *
 * @import { RingRecording, RingSteps } from "../../../types/systems"
 */
import { counted, decimal } from "../../../kit/numbers/format.js";
import { max } from "../../../vendor/d3.js";

/** Bytes of a number. */
const FLOAT = 4;

/**
 * @param {RingSteps} data
 * @param {RingRecording} recording
 */
export function honest({ cores, window, softcap, length, d_head }, { ranks, milliseconds, totals: all }) {
  const shared =
    ranks > cores
      ? `${ranks} ranks share ${counted(cores, "processor")} here, so a rank also waits for a processor. `
      : "";
  const rules = window === null ? "" : `A query sees ${window} positions back, as in this layer of the model. `;
  const cap = softcap === null ? "" : "The model’s soft cap bends the scores. ";
  const waits = max(all, ({ wait }) => wait) ?? 0;
  const b = FLOAT * d_head;
  return (
    `The text has N = ${counted(length, "token")}, and both passes take ${decimal(milliseconds, 1)} ms, of which a ` +
    `rank waits up to ${decimal(waits, 1)} ms: on so short a text messages take longer than arithmetic. ${shared}` +
    `${rules}${cap}Each rank is a process with one thread. A first round warms up and is not shown. The gradients ` +
    `belong to half the squared output. The formula for the bytes: a position’s key takes ` +
    `b = ${d_head} · ${FLOAT} = ${b} bytes, and n positions belong to the ` +
    "next rank; a rank sends 2 b (N − n) forward, and 2 b (N − n) + 2 b N backward."
  );
}
