// @ts-check
/**
 * Each choice, its tokens with their log-probabilities, and the sum.
 *
 * @import { ItemChoice, OneItemOpened } from "../../../types/evaluation"
 */

import { shaded } from "../../../kit/colour/legible.js";
import { ramp } from "../../../kit/colour/ramp.js";
import { decimal, percent, precise } from "../../../kit/numbers/format.js";
import { table } from "../../../kit/numbers/table.js";
import { token, tokenText } from "../../../kit/text/tokens.js";
import { tooltip } from "../../../kit/tooltip.js";
import { html, styleMap } from "../../../vendor/lit.js";
import { isRight } from "./words.js";

/** Nats from which on the colour is full. */
const MOST = 12;
const DEEPEST = 0.85;

/** @param {OneItemOpened} data */
export function scored(data) {
  return table({
    label: "Each choice, token by token",
    className: "keeps-names",
    rows: [...data.choices],
    rowClass: (_, at) => (isRight(data, at) ? "right" : ""),
    columns: [
      { name: "Choice", cell: (choice, at) => html`<b>${choice.text}</b>${isRight(data, at) ? " ✓" : ""}` },
      { name: "tokens and log p", cell: tokens },
      { name: "log p, nats", number: true, title: "The sum, in nats.", cell: ({ total }) => decimal(total) },
      { name: "share of all choices", number: true, title: "Softmax over the choices.", cell: ({ p }) => percent(p) },
      {
        name: "log p without the prompt",
        number: true,
        title: "log p behind BOS alone.",
        cell: ({ alone }) => decimal(alone),
      },
      {
        name: "characters / bytes / tokens",
        number: true,
        title: "The three lengths by which rules divide.",
        cell: ({ characters, bytes, ids }) => `${characters} / ${bytes} / ${ids.length}`,
      },
    ],
  });
}

/** @param {ItemChoice} choice */
function tokens({ ids, logprobs }) {
  const colour = ramp("neg");
  return html`<span class="pieces">${ids.map((id, at) => {
    const told = tooltip(tokenText(id), [
      ["log p", `${decimal(logprobs[at])} nats`],
      ["probability", precise(Math.exp(logprobs[at]))],
    ]);
    const ground = shaded(colour((DEEPEST * Math.min(MOST, -logprobs[at])) / MOST));
    return html`<span class="scored-piece" @pointermove=${told.show} @pointerleave=${told.hide}>
      <i style=${styleMap(ground)}>${token(id, { className: "mono" })}</i
      ><small>${decimal(logprobs[at])}</small></span>`;
  })}</span>`;
}
