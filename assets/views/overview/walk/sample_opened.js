// @ts-check
/**
 * The last stage of the walk: the sampler's draw, and what it was made from.
 *
 * @import { WalkRiver } from "../../../types"
 * @import { Context } from "./blocks.js"
 * @import { Opened } from "./operands.js"
 */
import { decimal, percent, whole } from "../../../kit/format.js";
import { token } from "../../../kit/tokens.js";
import { html } from "../../../vendor/lit.js";
import { drawLine } from "./draw_line.js";

/** @param {WalkRiver} data */
export function sampleSays({ sample, vocabulary }) {
  if (!sample) return "Inside the prompt nothing is drawn: the next token is given.";
  if (sample.temperature === 0) return "Greedy: the likeliest token is taken, nothing is drawn.";
  if (sample.kept === vocabulary) return `Nothing is cut: one of ${whole(vocabulary)} tokens is drawn.`;
  return `${sample.kept === 1 ? "One token is" : `${whole(sample.kept)} tokens are`} left after the cut; one is drawn.`;
}

/**
 * @param {WalkRiver} data
 * @param {Context} ctx
 * @returns {Opened}
 */
export function sampleOpened(data, ctx) {
  const { sample } = data;
  if (!sample) {
    const given = html`${data.next_given === null ? "nothing follows" : token(data.next_given)} it stands in the prompt;
      the model gave it ${percent(data.next_given_p ?? 0)}`;
    return { formula: "next = text[position + 1]", operands: [["given", given]] };
  }
  const greedy = sample.temperature === 0;
  return {
    formula: greedy ? "next = argmax(logits)" : "next = first token whose running sum passes u",
    operands: [
      ["settings", sample.words],
      [sample.forced ? "forced" : "drawn", drawn(sample, greedy)],
    ],
    picture: drawLine(sample, ctx.width),
  };
}

/**
 * @param {NonNullable<WalkRiver["sample"]>} sample
 * @param {boolean} greedy
 */
function drawn({ chosen, forced, u, low, high }, greedy) {
  if (chosen === null) return "nothing yet: this run generated no token here";
  if (forced) return html`${token(chosen)} chosen by hand, not drawn`;
  if (u === null || greedy) return token(chosen);
  return html`${token(chosen)} u = ${decimal(u, 4)} falls in ${decimal(low, 4)} to ${decimal(high, 4)}`;
}
