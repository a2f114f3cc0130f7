// @ts-check
/**
 * An answer under a system prompt, token by token: what it has by the prompt, and by the placebo.
 *
 * @import { SystemEffect, SystemWithout } from "../../../types/safety"
 * @import { Row, View } from "../../../kit/view"
 */
import { plot } from "../../../kit/chart/plot.js";
import { typed, typedText } from "../../../kit/controls/typed.js";
import { counted, decimal, signed } from "../../../kit/numbers/format.js";
import { table } from "../../../kit/numbers/table.js";
import { spokenBy } from "../../../kit/text/spoken_by.js";
import { tokenText } from "../../../kit/text/tokens.js";
import { html } from "../../../vendor/lit.js";

const HEIGHT = 300;
/** @type {Record<string, readonly [color: string, symbol: string]>} */
const LOOKS = {
  removed: ["prob", "circle"],
  behind: ["pos", "diamond"],
  placebo: ["ink3", "square"],
  shuffled: ["neg", "triangle-up"],
  template: ["river-deep", "cross"],
};

/** @type {View<SystemEffect>} */
export function effect(data, ctx) {
  const field = { plain: true, named: true };
  const text = (/** @type {string} */ name) => typedText(name, String(ctx.controls[name] ?? ""), ctx);
  return html`
    <div class="asked">
      ${typed({ ...field, name: "system", value: text("system"), lines: [2, 6] }, ctx)}
      ${typed({ ...field, name: "passage", value: text("passage"), lines: [1, 6] }, ctx)}
      ${typed({ ...field, name: "user", value: text("user"), single: true }, ctx)}
    </div>
    ${spokenBy(data.own)}
    <p class="readout lead">${lead(data)}</p>
    ${table({
      label: "What the model answers",
      columns: [
        { name: "the system prompt", cell: ({ name, about }) => html`<b>${name}</b><br /><small>${about}</small>` },
        { name: "the model’s own answer", className: "said", cell: ({ text: said }) => said || "nothing" },
        {
          name: "nats lost",
          number: true,
          title: "By how much less likely the answer under the prompt is here",
          cell: ({ total }) => (total === null ? "…" : decimal(total)),
        },
        {
          name: "mean KL, nats",
          number: true,
          cell: (each) => (each.kl ? decimal(meanOf(each.kl.a)) : each.total === 0 ? "0.00" : "…"),
        },
      ],
      rows: [
        { name: "as given", about: counted(data.tokens, "token"), text: data.text, total: 0, kl: null },
        ...data.without,
      ],
    })}
    ${chart(data)}
    <p class="hint">At each token of the answer under the prompt: how far the distribution of the next token is from
    the one
      that the model has there otherwise (KL, whole vocabulary, exact). The answer itself stays the same, so the first
      tokens tell most: later ones see what was already written.</p>`;
}

/** @param {SystemEffect} data */
function lead({ without, text, tokens }) {
  const by = (/** @type {string} */ name) => without.find((each) => each.name === name);
  const [removed, placebo, behind] = ["removed", "placebo", "behind"].map(by);
  if (!removed || removed.total === null || !placebo || placebo.total === null) {
    return html`Under the system prompt the model says “<b>${text}</b>”. It is read again without it.`;
  }
  const same = removed.text === text;
  return html`Under the prompt of ${counted(tokens, "token")} the model says “<b>${text}</b>”, without it
    ${same ? "the same" : html`“<b>${removed.text}</b>”`}. The prompt raises its answer by
    <b>${decimal(removed.total)} nats</b> against an empty system turn, and by ${decimal(placebo.total)} against other
    words of its length.
    ${
      removed.total < 1
        ? "That is little: on this question the prompt changes nothing that the model would not have said."
        : placebo.total < removed.total / 2
          ? "Other words do half of it or more: it matters that something stands there, more than what it says."
          : "Other words do not do it: what it says matters."
    }
    ${behind?.total == null ? "" : `Moved behind the question, it costs ${signed(behind.total)} nats.`}`;
}

/** @param {SystemEffect} data */
function chart({ ids, without }) {
  const measured = without.filter((each) => each.kl);
  return plot({
    label: "KL divergence at each token of the answer, by what stands in place of the system prompt",
    height: HEIGHT,
    traces: measured.map(({ name, kl }) => ({
      x: ids.map((_, at) => at),
      y: kl?.a ?? [],
      name,
      color: LOOKS[name]?.[0] ?? "ink",
      symbol: LOOKS[name]?.[1] ?? "circle",
      mode: "lines+markers",
      size: 6,
      customdata: ids.map(tokenText),
      hover: `“%{customdata}” ${name}: %{y:.3f} nats<extra></extra>`,
    })),
    x: { title: "token of the answer", tickvals: ids.map((_, at) => at), ticktext: ids.map(tokenText), tickangle: -40 },
    y: { title: "KL, nats", rangemode: "tozero" },
    margin: { t: 34, b: 84 },
  });
}

/** @param {ArrayLike<number>} values */
const meanOf = (values) => Array.from(values).reduce((sum, each) => sum + each, 0) / Math.max(1, values.length);

/** @param {SystemEffect} data @returns {Row[]} */
export const rows = ({ ids, without }) =>
  without.flatMap(({ name, kl, gain }) =>
    ids.map((id, at) => ({ in_place: name, at, token: tokenText(id), kl: kl?.a[at], gain: gain?.a[at] })),
  );
