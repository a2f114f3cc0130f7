// @ts-check
/**
 * The fields of a conversation, and means of losses.
 *
 * @import { Drafts } from "../../../kit/controls/typed.js"
 * @import { ViewContext } from "../../../kit/view"
 */
import { typed, typedText } from "../../../kit/controls/typed.js";

/**
 * The fields of the conversation.
 * @param {{ request: string, answer: string, other?: string }} data
 * @param {ViewContext<Drafts>} ctx
 */
export const fields = (data, ctx) =>
  /** @type {("request" | "answer" | "other")[]} */ (["request", "answer", "other"]).map((name) =>
    data[name] === undefined
      ? ""
      : typed({ name, value: typedText(name, data[name] ?? "", ctx), lines: [1, 4], plain: true, named: true }, ctx),
  );

/** Of those that are numbers. @param {(number | null)[]} values */
export function mean(values) {
  const numbers = values.filter((each) => each !== null && Number.isFinite(each)).map(Number);
  return numbers.length ? numbers.reduce((sum, each) => sum + each, 0) / numbers.length : Number.NaN;
}

/** A probability from a loss in nats. @param {number | null} loss */
export const chance = (loss) => (loss === null ? Number.NaN : Math.exp(-loss));
