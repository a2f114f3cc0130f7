// @ts-check
/**
 * What the tokens of a training spell.
 *
 * @import { BpeTrainingMerges } from "../../../types"
 */
import { visible } from "../../../kit/tokens.js";

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const HEX = 16;

/** @param {BpeTrainingMerges} data @param {number} id */
export const bytesOf = ({ spelled, ends }, id) => Uint8Array.from(spelled.a.slice(id ? ends.a[id - 1] : 0, ends.a[id]));

/** The token as it is written: text, or its bytes where they are no whole characters. @param {BpeTrainingMerges} data @param {number} id */
export function written(data, id) {
  const bytes = bytesOf(data, id);
  try {
    return visible(decoder.decode(bytes));
  } catch {
    return `⟨${Array.from(bytes, (byte) => byte.toString(HEX).padStart(2, "0")).join("")}⟩`;
  }
}

/** Tokens that stand for one byte. @param {BpeTrainingMerges} data */
export const alphabet = ({ ends }) =>
  ends.a.findLastIndex((/** @type {number} */ end, /** @type {number} */ i) => end === i + 1) + 1;
