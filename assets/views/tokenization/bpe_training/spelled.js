// @ts-check
/**
 * What the tokens of a training spell.
 *
 * @import { BpeTrainingMerges } from "../../../types/tokenization"
 */
import { spelled } from "../../../kit/text/spelled.js";

/** @param {BpeTrainingMerges} data @param {number} id */
export const bytesOf = ({ spelled, ends }, id) => Uint8Array.from(spelled.a.slice(id ? ends.a[id - 1] : 0, ends.a[id]));

/** A token. @param {BpeTrainingMerges} data @param {number} id */
export const written = (data, id) => spelled(bytesOf(data, id));

/**
 * A token inside a line: what is written from the right does not turn the line round.
 * @param {BpeTrainingMerges} data
 * @param {number} id
 */
export const isolated = (data, id) => `\u2068${written(data, id)}\u2069`;

/** Several tokens end to end. @param {BpeTrainingMerges} data @param {number[]} ids */
export const joined = (data, ids) => spelled(Uint8Array.from(ids.flatMap((id) => [...bytesOf(data, id)])));

/** Tokens that stand for one byte. @param {BpeTrainingMerges} data */
export const alphabet = ({ ends }) =>
  ends.a.findLastIndex((/** @type {number} */ end, /** @type {number} */ i) => end === i + 1) + 1;
