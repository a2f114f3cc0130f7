// @ts-check
/**
 * One more step: what each term does to the chosen and to the rejected answer, predicted and measured.
 *
 * @import { PreferenceFall, PreferenceMoved } from "../../../types/finetuning"
 * @import { Drafts } from "../../../kit/controls/typed.js"
 * @import { Row, View } from "../../../kit/view"
 */
import { legend } from "../../../kit/drawing/legend.js";
import { bar, rule, text } from "../../../kit/drawing/marks.js";
import { picture } from "../../../kit/drawing/picture.js";
import { counted, decimal, percent, signed } from "../../../kit/numbers/format.js";
import { table } from "../../../kit/numbers/table.js";
import { piece, tokenText } from "../../../kit/text/tokens.js";
import { html, nothing } from "../../../vendor/lit.js";
import { settings, sum, texts } from "./pair_fields.js";

const ROW = 26;
/** A curve is longer than its slope by this share before it is said. */
const CURVED = 0.15;
const WIDEST = 620;

/** @type {View<PreferenceFall, Drafts>} */
export function falls(data, ctx) {
  const width = Math.min(WIDEST, ctx.width);
  return html`
    ${settings(ctx, ["scope", "length"])} ${texts(data)}
    <p class="readout lead">${said(data)}</p>
    ${legend([
      ["likelier", "makes it more likely"],
      ["less-likely", "makes it less likely"],
      ["measured", "measured after the step, dashed"],
    ])}
    <h3 class="sub3">The chosen answer <small>change of its log-probability, in nats</small></h3>
    ${cascade("chosen answer", data.chosen, data.terms, width)}
    <h3 class="sub3">The rejected answer <small>in nats, on a scale of its own</small></h3>
    ${cascade("rejected answer", data.rejected, data.terms, width)}
    ${curved(data)}
    <div class="side-by-side">
      <div>${tokens("Chosen answer, token by token", data.chosen)}</div>
      <div>${tokens("Rejected answer, token by token", data.rejected)}</div>
    </div>
    <p class="hint">Each bar is the inner product of the answer’s gradient and a term of the step, times the step’s
      length over the norm of the whole gradient. The gradients of the two answers have norms of
      ${decimal(data.norms[0], 2)} and ${decimal(data.norms[1], 2)}, and a cosine of ${signed(data.cosine, 2)}. The step
      is plain gradient descent by ${decimal(data.length, 2)} on a LoRA in the last ${counted(data.blocks, "block")},
      after ${counted(data.steps, "step")} of AdamW. In the tables each of the pair’s terms moves the weights alone, as
      far as within the step, and the tokens are measured again.</p>`;
}

/** @param {PreferenceFall} data @returns {Row[]} */
export const rows = (data) =>
  [data.chosen, data.rejected].flatMap((moved, which) => [
    ...data.terms.map((term, at) => ({ answer: which ? "rejected" : "chosen", term, change: moved.predicted[at] })),
    ...moved.ids.map((id, at) => ({
      answer: which ? "rejected" : "chosen",
      token: tokenText(id),
      before: moved.before.a[at],
      after: moved.after.a[at],
      by_chosen_term: Number(moved.by_chosen.a[at]) - Number(moved.before.a[at]),
      by_rejected_term: Number(moved.by_rejected.a[at]) - Number(moved.before.a[at]),
    })),
  ]);

/** @param {PreferenceMoved} moved */
const change = ({ before, after }) => sum(after.a) - sum(before.a);

/** @param {PreferenceFall} data */
function said(data) {
  const [mine, theirs] = [change(data.chosen), change(data.rejected)];
  const [raised, lowered, ...others] = data.chosen.predicted;
  const rest = others.reduce((all, each) => all + each, 0);
  const verdict =
    mine < 0
      ? html`This step makes the chosen answer <b>less likely</b>: <b>${signed(mine, 3)}</b> nats.`
      : html`This step makes the chosen answer <b>more likely</b>: <b>${signed(mine, 3)}</b> nats.`;
  const through =
    lowered < 0 && data.cosine > 0
      ? html`the term that lowers the rejected answer gives <b>${signed(lowered, 3)}</b>, because the two answers’
          gradients share a direction (cosine ${decimal(data.cosine, 2)})`
      : html`the term of the rejected answer gives <b>${signed(lowered, 3)}</b>`;
  return html`${verdict} By the slope, its own term gives <b>${signed(raised, 3)}</b>; ${through}${
    others.length ? html`; the other terms give <b>${signed(rest, 3)}</b>` : nothing
  }. The rejected answer moves by <b>${signed(theirs, 3)}</b>, so that the margin
    ${mine > theirs ? "grows" : "does not grow"}.`;
}

/** @param {string} name @param {PreferenceMoved} moved @param {readonly string[]} terms @param {number} width */
function cascade(name, moved, terms, width) {
  let end = 0;
  const steps = moved.predicted.map((by, at) => {
    const from = end;
    end += by;
    return { name: terms[at], from, to: end, by };
  });
  const all = [...steps, { name: "together", from: 0, to: end, by: end }];
  const measured = change(moved);
  const reach = [0, measured, ...all.flatMap(({ from, to }) => [from, to])];
  const told = all.map(({ name: term, by }) => `${term} ${signed(by, 3)}`);
  const narrow = width < 480;
  const left = narrow ? 8 : 210;
  return picture({
    label: `Change of the ${name}: ${told.join(", ")}; measured ${signed(measured, 3)}`,
    width,
    height: all.length * (narrow ? ROW + 16 : ROW) + 34,
    margin: { left, right: 60, top: 4, bottom: 30 },
    x: [Math.min(...reach), Math.max(...reach, 1e-6)],
    y: [all.length, 0],
    bottom: { format: (/** @type {number} */ value) => signed(value, 2), count: 4 },
    marks: [
      rule({ x: 0, color: "line2" }),
      bar({
        data: all,
        x: ({ from, to }) => (from < to ? [from, to] : [to, from]),
        y: (_, at) => [at + (narrow ? 0.5 : 0.2), at + 0.85],
        color: ({ by }) => (by < 0 ? "neg" : "pos"),
      }),
      narrow
        ? text({
            data: all,
            x: () => Math.min(...reach),
            y: (_, at) => at + 0.3,
            text: ({ name: term }) => term,
            anchor: "start",
          })
        : text({
            data: all,
            x: () => Math.min(...reach),
            dx: -8,
            y: (_, at) => at + 0.6,
            text: ({ name: term }) => term,
            anchor: "end",
          }),
      text({
        data: all,
        x: ({ from, to }) => Math.max(from, to),
        dx: 6,
        y: (_, at) => at + (narrow ? 0.75 : 0.6),
        text: ({ by }) => signed(by, 3),
        anchor: "start",
      }),
      rule({ x: measured, color: "prob", dash: "4 3" }),
    ],
  });
}

/** @param {PreferenceFall} data */
function curved({ chosen, terms }) {
  const predicted = chosen.predicted.reduce((all, each) => all + each, 0);
  const real = change(chosen);
  if (!terms.length || Math.abs(predicted - real) < CURVED * Math.abs(real) + 0.002) return nothing;
  return html`<p class="hint"><b>The step is too long for its slope:</b> the gradients predict ${signed(predicted, 3)},
    measured is ${signed(real, 3)}. A shorter step brings the two together.</p>`;
}

/** @param {string} title @param {PreferenceMoved} moved */
function tokens(title, { ids, before, after, by_chosen, by_rejected }) {
  const by = (/** @type {{ a: ArrayLike<number | null> }} */ { a }, /** @type {number} */ at) =>
    signed(Number(a[at]) - Number(before.a[at]), 3);
  return html`
    <h3 class="sub3">${title}</h3>
    ${table({
      label: title,
      columns: [
        { name: "token", cell: (at) => html`<bdi>${piece(tokenText(ids[at]), "mono")}</bdi>` },
        { name: "p before", number: true, cell: (at) => percent(Math.exp(Number(before.a[at])), 1) },
        { name: "chosen term", number: true, cell: (at) => by(by_chosen, at) },
        { name: "rejected term", number: true, cell: (at) => by(by_rejected, at) },
        { name: "whole step", number: true, cell: (at) => by(after, at) },
      ],
      rows: ids.map((_, at) => at),
    })}`;
}
