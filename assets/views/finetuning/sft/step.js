// @ts-check
/**
 * One step on the answer: every token's probability before and after, there and in a text that is not trained on.
 *
 * @import { SftStep } from "../../../types/finetuning"
 * @import { Drafts } from "../../../kit/controls/typed.js"
 * @import { Row, View } from "../../../kit/view"
 */
import { diverging } from "../../../kit/colour/ramp.js";
import { control } from "../../../kit/controls/declared.js";
import { legend } from "../../../kit/drawing/legend.js";
import { bar } from "../../../kit/drawing/marks.js";
import { picture } from "../../../kit/drawing/picture.js";
import { counted, decimal, percent, signed, whole } from "../../../kit/numbers/format.js";
import { table } from "../../../kit/numbers/table.js";
import { strip } from "../../../kit/text/strip.js";
import { tokenText } from "../../../kit/text/tokens.js";
import { html } from "../../../vendor/lit.js";
import { chance, fields, mean } from "./fields.js";

/** Nats from which on the colour is full. */
const MOST = 3;
const HEIGHT = 150;

/** @type {View<SftStep, Drafts>} */
export function step(data, ctx) {
  return html`
    ${fields(data, ctx)}
    <div class="settings-row">${control(ctx, "length")} ${control(ctx, "seed")}</div>
    <p class="readout lead">${said(data)}</p>
    ${legend([
      ["likelier", `likelier, by ${MOST} nats or more`],
      ["less-likely", "less likely"],
      ["learnt", "learnt"],
    ])}
    ${changes("The conversation", data.ids, data.before.a, data.after.a, (at) => Boolean(data.learnt.a[at]))}
    ${changes("The text that is not trained on", data.other_ids, data.other_before.a, data.other_after.a, () => false)}
    ${table({
      label: "Mean loss before and after the step",
      columns: [
        { name: "tokens", cell: ({ name }) => name },
        { name: "number", number: true, cell: ({ n }) => n },
        { name: "before, nats", number: true, cell: ({ before }) => decimal(before, 3) },
        { name: "after", number: true, cell: ({ after }) => decimal(after, 3) },
        { name: "change", number: true, cell: ({ before, after }) => signed(after - before, 3) },
      ],
      rows: parts(data),
    })}
    <h3 class="sub3">Where in depth the gradient lies</h3>
    ${depth(data, ctx.width)}
    <p class="hint">A LoRA adapter of rank 8 has ${whole(data.trained)} numbers here. Its B is zero at first, so that
      only B has a gradient: A gets none. The step goes down the gradient by
      ${decimal(data.length, 2)}, whatever the gradient’s norm is, here ${decimal(data.gradient, 3)}.</p>`;
}

/** @param {SftStep} data @returns {Row[]} */
export const rows = (data) => [
  ...data.ids.map((id, at) => row("conversation", id, at, data.before.a[at], data.after.a[at])),
  ...data.other_ids.map((id, at) => row("other", id, at, data.other_before.a[at], data.other_after.a[at])),
];

/**
 * @param {string} text @param {number} id @param {number} position
 * @param {number | null} before @param {number | null} after
 */
const row = (text, id, position, before, after) => ({ text, position, token: tokenText(id), before, after });

/** @param {SftStep} data */
function said(data) {
  const [answer, , other] = parts(data);
  return html`The answer’s mean loss goes from <b>${decimal(answer.before, 2)}</b> to <b>${decimal(answer.after, 2)}</b>
    nats a token; that of the text that is not trained on from <b>${decimal(other.before, 2)}</b> to
    <b>${decimal(other.after, 2)}</b>.`;
}

/** @param {SftStep} data */
function parts(data) {
  const learnt = data.ids.map((_, at) => at).filter((at) => data.learnt.a[at]);
  const rest = data.ids.map((_, at) => at).filter((at) => at && !data.learnt.a[at]);
  const of = (
    /** @type {string} */ name,
    /** @type {number[]} */ places,
    before = data.before.a,
    after = data.after.a,
  ) => ({
    name,
    n: places.length,
    before: mean(places.map((at) => before[at])),
    after: mean(places.map((at) => after[at])),
  });
  const other = data.other_ids.map((_, at) => at).slice(1);
  return [
    of("the answer: learnt", learnt),
    of("the rest of the conversation", rest),
    of("the text that is not trained on", other, data.other_before.a, data.other_after.a),
  ];
}

/**
 * @param {string} title
 * @param {readonly number[]} ids
 * @param {ArrayLike<number | null>} before
 * @param {ArrayLike<number | null>} after
 * @param {(at: number) => boolean} learnt
 */
function changes(title, ids, before, after, learnt) {
  const colour = diverging("neg", "pos");
  return strip({
    title,
    ids,
    look: (at) => (learnt(at) ? "learnt" : ""),
    colour: (at) => (at ? colour(Math.max(-1, Math.min(1, (Number(before[at]) - Number(after[at])) / MOST))) : null),
    told: (at) =>
      at
        ? [
            ["probability before", percent(chance(before[at]), 2)],
            ["after", percent(chance(after[at]), 2)],
            ["change of the loss", `${signed(Number(after[at]) - Number(before[at]), 3)} nats`],
          ]
        : [["probability", "none: nothing stands before it"]],
  });
}

/** @param {SftStep} data @param {number} width */
function depth(data, width) {
  const shares = Array.from(data.by_layer.a, Number);
  return picture({
    label: `Share of the gradient’s square by block, ${counted(shares.length, "block")}; most in block ${shares.indexOf(
      Math.max(...shares),
    )}`,
    width,
    height: HEIGHT,
    margin: { left: 46, right: 8, top: 8, bottom: 40 },
    x: [-0.5, shares.length - 0.5],
    y: [0, Math.max(...shares)],
    left: { format: (/** @type {number} */ share) => percent(share, 0) },
    bottom: { title: "block" },
    marks: [
      bar({
        data: shares,
        x: (/** @type {number} */ _, /** @type {number} */ at) => [at - 0.4, at + 0.4],
        y: (/** @type {number} */ share) => [0, share],
        color: "prob",
      }),
    ],
  });
}
