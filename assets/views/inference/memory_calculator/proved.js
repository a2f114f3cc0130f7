// @ts-check
/**
 * The page's own figures for what the server was asked, held against the server's.
 *
 * @import { MemoryFormats, ServingAnswer, ServingAsked, ServingFit } from "../../../types/inference"
 * @import { Check } from "../../../kit/view"
 */
import { counted } from "../../../kit/numbers/format.js";
import { worst } from "../../../kit/numbers/worst.js";
import { answerOf, formatsOf } from "./answer.js";
import { cardOf } from "./asked.js";

/** Bytes by which sums may differ that are rounded at other places. */
const ROUNDED = 0.5;
const WORD = "largest difference, bytes";

/** @param {ServingAsked} asked */
const where = ({ batch, length, cards }) =>
  `for ${counted(batch, "user")} of ${counted(length, "token")} on ${counted(cards, "card")}`;

/** @param {ServingFit | MemoryFormats} data */
const readOf = ({ ground, asked, name, sizes, wrong }) => ({ asked, card: cardOf(ground, asked), name, sizes, wrong });

/** @param {ServingAnswer} answer */
function bytesOf({ need, weights, stored, tables, total, pace: { weights_read, cache_read } }) {
  return [weights, stored, tables, total, need.copied, need.cache, need.activations, weights_read, cache_read];
}

/** @param {ServingFit} data @returns {Check[]} */
export function provedAnswer(data) {
  const { answer } = data;
  const made = answerOf(data.ground, readOf(data));
  if (!answer || !made) return [];
  const theirs = bytesOf(answer);
  return [
    {
      statement: `The page's bytes of ${answer.name} in ${answer.weights_title} = the server's, ${where(data.asked)}`,
      error: worst(bytesOf(made).map((each, at) => Math.abs(each - theirs[at]))),
      tolerance: ROUNDED,
      word: WORD,
    },
  ];
}

/** @param {MemoryFormats} data @returns {Check[]} */
export function provedFormats(data) {
  const { formats } = data;
  if (!formats.length) return [];
  const made = formatsOf(data.ground, readOf(data));
  return [
    {
      statement: `The page's bytes of ${data.name} in ${formats.length} formats = the server's, ${where(data.asked)}`,
      error: worst(formats.map(({ total }, at) => Math.abs(made[at].total - total))),
      tolerance: ROUNDED,
      word: WORD,
    },
  ];
}
