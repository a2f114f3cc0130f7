// @ts-check
/**
 * A conversation by tokens: who wrote each, whether it is learnt, what it costs.
 *
 * @import { SftConversation } from "../../../types/finetuning"
 * @import { Drafts } from "../../../kit/controls/typed.js"
 * @import { Row, View } from "../../../kit/view"
 */
import { ramp } from "../../../kit/colour/ramp.js";
import { legend } from "../../../kit/drawing/legend.js";
import { counted, decimal } from "../../../kit/numbers/format.js";
import { table } from "../../../kit/numbers/table.js";
import { strip } from "../../../kit/text/strip.js";
import { tokenText } from "../../../kit/text/tokens.js";
import { html } from "../../../vendor/lit.js";
import { fields, mean } from "./fields.js";

/** Nats from which on the colour is full. */
const MOST = 12;
const DEEPEST = 0.85;
const JOINT = "Here the prompt alone and the whole text have other tokens at the border between prompt and answer.";
const OWN = "The template is the model’s own.";
const PLAIN = "This model has no chat template: a plain one stands in.";

/** @type {View<SftConversation, Drafts>} */
export function conversation(data, ctx) {
  const colour = ramp("neg");
  const learnt = places(data).filter((at) => data.learnt.a[at]);
  return html`
    ${fields(data, ctx)}
    <p class="readout lead">${data.template ? OWN : PLAIN} Of ${counted(data.ids.length, "token")},
      <b>${learnt.length}</b> are learnt, at a mean loss of
      <b>${decimal(mean(learnt.map((at) => data.loss.a[at])), 2)}</b> nats.</p>
    ${legend([
      ["costs", `loss, 0 to ${MOST} nats or more`],
      ["learnt", "learnt"],
      ["written", "written by the template"],
    ])}
    ${strip({
      title: "The conversation as the model reads it",
      ids: data.ids,
      look: (at) => `${data.learnt.a[at] ? "learnt" : ""} ${data.mark.a[at] ? "written" : ""}`,
      colour: (at) => {
        const loss = data.loss.a[at];
        return loss === null || Number.isNaN(loss) ? null : colour((DEEPEST * Math.min(loss, MOST)) / MOST);
      },
      told: (at) => [
        ["token", String(at)],
        ["loss", at ? `${decimal(data.loss.a[at], 3)} nats` : "none: nothing stands before it"],
        ["counts in the loss", data.learnt.a[at] ? "yes" : "no"],
        ["written by", data.mark.a[at] ? "the template" : "a turn"],
      ],
    })}
    ${table({
      label: "The first token of the answer by three ways to mask",
      columns: [
        { name: "mask", cell: ({ name }) => name },
        { name: "first token learnt", number: true, cell: ({ at }) => at },
        { name: "token", cell: ({ at }) => (data.ids[at] === undefined ? "none" : tokenText(data.ids[at])) },
        { name: "mean loss, nats", number: true, cell: ({ at }) => loss(data, at) },
      ],
      rows: [
        { name: "by the token’s place in the text", at: data.first },
        { name: "by the number of the prompt’s tokens", at: data.by_length },
        { name: "logits[n:-1] against tokens[n+1:]", at: data.by_length + 1 },
      ],
    })}
    <p class="hint">The third way is a slice often seen: n tokens of prompt are left out of logits and tokens alike.
      Logits at position n − 1 predict token n, and they are left out too, so that the answer’s first token is never
      learnt. ${data.first === data.by_length ? "" : JOINT}</p>`;
}

/** @param {SftConversation} data @returns {Row[]} */
export const rows = (data) =>
  data.ids.map((id, at) => ({
    position: at,
    token: tokenText(id),
    loss: data.loss.a[at],
    learnt: Number(data.learnt.a[at]),
    template: Number(data.mark.a[at]),
  }));

/** @param {SftConversation} data */
const places = (data) => data.ids.map((_, at) => at);

/** Of all tokens from this one on. @param {SftConversation} data @param {number} first */
function loss(data, first) {
  const found = mean(Array.from(data.loss.a).slice(first));
  return Number.isNaN(found) ? "–" : decimal(found, 3);
}
