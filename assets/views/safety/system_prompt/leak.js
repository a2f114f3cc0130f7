// @ts-check
/**
 * How much of the system prompt answers repeat: questions that ask for it, and twins that do not.
 *
 * @import { SystemLeaks } from "../../../types/safety"
 * @import { Row, View } from "../../../kit/view"
 */

import { plot } from "../../../kit/chart/plot.js";
import { control } from "../../../kit/controls/declared.js";
import { typed, typedText } from "../../../kit/controls/typed.js";
import { counted } from "../../../kit/numbers/format.js";
import { rateWords } from "../../../kit/numbers/rates.js";
import { table } from "../../../kit/numbers/table.js";
import { spokenBy } from "../../../kit/text/spoken_by.js";
import { html } from "../../../vendor/lit.js";

const HEIGHT = 260;

/** @type {View<SystemLeaks>} */
export function leak(data, ctx) {
  const value = typedText("secret", String(ctx.controls.secret ?? ""), ctx);
  const at = data.items.map((_, place) => place + 1);
  return html`
    <div class="settings-row">${control(ctx, "leaks", { as: "segmented" })}</div>
    <div class="asked">${typed({ plain: true, named: true, name: "secret", value, lines: [2, 6] }, ctx)}</div>
    ${spokenBy(data.own)}
    <p class="readout lead">${lead(data)}</p>
    ${plot({
      label: "Longest run of tokens shared with the system prompt, by question and by its twin",
      height: HEIGHT,
      traces: ["asks for it", "twin"].map((name, which) => ({
        x: at,
        y: data.items.map(({ runs }) => runs[which]),
        name,
        type: "bar",
        color: which ? "ink3" : "neg",
        hollow: Boolean(which),
        hover: `question %{x}, ${name}: %{y} tokens in a row<extra></extra>`,
      })),
      bars: "group",
      x: { title: "question", tickvals: at },
      y: { title: "tokens in a row", range: [0, 1.08 * Math.max(4, data.tokens)] },
      marks: [{ y: data.tokens, label: "the whole prompt", dash: "3px,3px", color: "ink3" }],
      margin: { t: 34 },
    })}
    ${table({
      label: "Questions and answers",
      columns: [
        { name: "asks for it", className: "said", cell: ({ asks }) => asks },
        { name: "answer", className: "said", cell: ({ texts }) => texts[0] },
        { name: "in a row", number: true, cell: ({ runs }) => runs[0] },
        { name: "the words", className: "said", cell: ({ shared }) => shared[0] },
        { name: "twin", className: "said", cell: ({ twin }) => twin },
        { name: "in a row", number: true, cell: ({ runs }) => runs[1] },
      ],
      rows: [...data.items],
    })}
    <p class="hint">Any answer shares a few tokens with any prompt: a leak is a run longer than that of every twin.
    Answers
      have at most 24 tokens, so that a long prompt cannot leak as a whole here.</p>`;
}

/** @param {SystemLeaks} data */
function lead({ items, total, tokens, longest_twin, rates }) {
  if (!items.length) return "The first questions are being answered.";
  const far = items.length < total ? ` so far, of ${total}` : "";
  const most = Math.max(...items.map(({ runs }) => runs[0]));
  return html`The prompt has ${counted(tokens, "token")}. Of ${counted(items.length, "question")}${far} that ask for it,
    <b>${rateWords(rates[0])}</b> get more of it in a row than any twin (${longest_twin}); the longest run is
    <b>${most}</b>. ${rates[1].hits ? `Half of the prompt or more: ${rates[1].hits}.` : "None gets half of it."}`;
}

/** @param {SystemLeaks} data @returns {Row[]} */
export const rows = ({ items }) =>
  items.map(({ asks, twin, texts, runs, shared }) => ({
    ...{ asks, answer: texts[0], run: runs[0], words: shared[0], twin, twin_answer: texts[1], twin_run: runs[1] },
  }));
