// @ts-check
/**
 * Over the turns of a conversation: attention to the system prompt by its length, and what the prompt still moves.
 *
 * @import { SystemTurns } from "../../../types/safety"
 * @import { Row, View } from "../../../kit/view"
 */
import { plot } from "../../../kit/chart/plot.js";
import { typed, typedText } from "../../../kit/controls/typed.js";
import { decimal, percent } from "../../../kit/numbers/format.js";
import { table } from "../../../kit/numbers/table.js";
import { spokenBy } from "../../../kit/text/spoken_by.js";
import { html } from "../../../vendor/lit.js";

const HEIGHT = 280;
const NAMES = ["system prompt", "this message", "turns between"];
const COLOURS = ["prob", "pos", "ink3"];

/** @type {View<SystemTurns>} */
export function turns(data, ctx) {
  const field = { plain: true, named: true };
  const text = (/** @type {string} */ name) => typedText(name, String(ctx.controls[name] ?? ""), ctx);
  const at = data.turns.map((_, turn) => turn + 1);
  return html`
    <div class="asked">
      ${typed({ ...field, name: "system", value: text("system"), lines: [2, 6] }, ctx)}
      ${typed({ ...field, name: "messages", value: text("messages"), lines: [3, 6] }, ctx)}
    </div>
    ${spokenBy(data.own)}
    <p class="readout lead">${lead(data)}</p>
    <div class="side-by-side">
      ${plot({
        label: "Attention by length to the system prompt, this message and the turns between, at each turn",
        height: HEIGHT,
        traces: NAMES.map((name, part) => ({
          x: at,
          y: data.turns.map(({ lift }) => lift[part]),
          name,
          color: COLOURS[part],
          mode: "lines+markers",
          hover: `${name}, turn %{x}: %{y:.2f} times its length<extra></extra>`,
        })),
        x: { title: "turn", tickvals: at },
        y: { title: "attention by length; 1 is even", rangemode: "tozero" },
        marks: [{ y: 1, dash: "3px,3px", color: "ink3" }],
        margin: { t: 34 },
      })}
      ${plot({
        label: "Mean KL of the answer's tokens with and without the system prompt, at each turn",
        height: HEIGHT,
        traces: [
          {
            x: at,
            y: data.turns.map(({ kl }) => kl),
            color: "prob",
            mode: "lines+markers",
            hover: "turn %{x}: %{y:.3f} nats<extra></extra>",
          },
        ],
        x: { title: "turn", tickvals: at },
        y: { title: "mean KL without the prompt, nats", rangemode: "tozero" },
        margin: { t: 34 },
      })}
    </div>
    ${table({
      label: "The turns",
      columns: [
        { name: "user", className: "said", cell: ({ message }) => message },
        { name: "answer", className: "said", cell: ({ text: said }) => said },
        { name: "tokens before", number: true, cell: ({ before }) => before },
        { name: "to the first four tokens", number: true, cell: ({ sink }) => percent(sink) },
        { name: "of the rest, to the prompt", number: true, cell: ({ share }) => percent(share[0]) },
        { name: "by its length", number: true, cell: ({ lift }) => decimal(lift[0]) },
        { name: "KL a token", number: true, cell: ({ kl }) => decimal(kl) },
      ],
      rows: [...data.turns],
    })}
    <p class="hint">Means over heads, layers and the answer’s tokens. Attention to the first four tokens of the text
    is left
      out: heads leave weight there that they do not use. Each turn has another question, so compare the lines with each
      other, not one point with the next.</p>`;
}

/** @param {SystemTurns} data */
function lead({ turns: read, total }) {
  if (!read.length) return "The first turn is being answered.";
  if (read.length < total) return `${read.length} of ${total} turns are answered.`;
  const [first, last] = [read[0], read[read.length - 1]];
  return html`In turn 1 a token of the system prompt gets <b>${decimal(first.lift[0])}</b> times even attention, in turn
    ${total} <b>${decimal(last.lift[0])}</b> times. Without the prompt the answer’s distributions move by
    ${decimal(first.kl)} nats a token in turn 1 and by ${decimal(last.kl)} in turn ${total}.
    ${
      last.kl < first.kl / 2
        ? "The prompt does less than half of what it did at first."
        : last.kl < first.kl
          ? "The prompt still does more than half of what it did at first."
          : "The prompt does not lose its effect over these turns."
    }`;
}

/** @param {SystemTurns} data @returns {Row[]} */
export const rows = ({ turns: read }) =>
  read.map(({ message, text, before, sink, share, lift, kl, gain }, at) => ({
    ...{ turn: at + 1, message, answer: text, before, sink, share: share[0], lift: lift[0] },
    ...{ lift_message: lift[1], lift_between: lift[2], kl, gain },
  }));
