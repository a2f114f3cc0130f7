// @ts-check
/**
 * The tokens of a generation and the passes that read them: the prompt's tokens share one, each new token has its own.
 *
 * @import { PhasesPicture, TimedPass } from "../../../types/inference"
 *
 * @typedef {object} Fed a token that was read
 * @property {number} position
 * @property {number} id
 * @property {number} [written] the token that its pass wrote
 * @property {number} pass
 * @property {number} from milliseconds from the start, as its share of the pass
 * @property {number} to
 */
import { median as middle } from "../../../vendor/d3.js";

/** @typedef {{ passes: readonly TimedPass[] }} Passes the prefill, and the steps */

/** @param {Passes} data */
export const prefillOf = ({ passes }) => passes[0];

/** @param {Passes} data */
export const stepsOf = ({ passes }) => passes.slice(1);

/**
 * @param {TimedPass[]} steps at least one
 * @param {(pass: TimedPass) => number} [value]
 */
export const median = (steps, value = ({ ms }) => ms) => middle(steps, value) ?? Number.NaN;

/** @param {PhasesPicture} data */
export const lastFed = ({ prompt, passes }) => prompt.length + passes.length - 2;

/**
 * The pass that reads a position; the last token that is written is read by none.
 * @param {PhasesPicture} data
 * @param {number} position
 */
export const passOf = ({ prompt, passes }, position) =>
  Math.min(passes.length - 1, Math.max(0, position - prompt.length + 1));

/**
 * @param {PhasesPicture} data
 * @returns {Fed[]}
 */
export function fedTokens(data) {
  const { prompt } = data;
  const count = prompt.length;
  const { ms } = prefillOf(data);
  const share = ms / count;
  const read = prompt.map((id, at) => ({ id, position: at, pass: 0, from: at * share, to: (at + 1) * share }));
  let from = ms;
  const written = stepsOf(data).map((pass, at) => {
    const begins = from;
    from += pass.ms;
    const position = count + at;
    return { id: data.new[at], written: data.new[at + 1], position, pass: at + 1, from: begins, to: from };
  });
  return [...read, ...written];
}
