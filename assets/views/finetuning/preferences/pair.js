// @ts-check
/**
 * A pair token by token, the way of its batch, and every loss as a curve with the batch's pairs on it.
 *
 * @import { PreferenceAnswer, PreferenceLoss, PreferencePair } from "../../../types/finetuning"
 * @import { Drafts } from "../../../kit/controls/typed.js"
 * @import { Row, View, ViewContext } from "../../../kit/view"
 */
import { diverging } from "../../../kit/colour/ramp.js";
import { legend } from "../../../kit/drawing/legend.js";
import { dot, line, rule } from "../../../kit/drawing/marks.js";
import { picture } from "../../../kit/drawing/picture.js";
import { halfWidth } from "../../../kit/layout.js";
import { counted, decimal, percent, signed, whole } from "../../../kit/numbers/format.js";
import { table } from "../../../kit/numbers/table.js";
import { strip } from "../../../kit/text/strip.js";
import { tokenText } from "../../../kit/text/tokens.js";
import { html, nothing } from "../../../vendor/lit.js";
import { settings, sum, texts } from "./pair_fields.js";

/** Nats from which on a token's colour is full. */
const MOST = 2;
const SMALL = { width: 208, height: 132, gap: 36 };
/** What stands on the axis of a loss. */
const AXES = /** @type {Record<string, string>} */ ({
  ipo: "margin a token, nats",
  kto: "distance from z, nats",
  orpo: "log odds ratio, nats",
  simpo: "margin a token, nats",
});

/** @type {View<PreferencePair, Drafts>} */
export function pair(data, ctx) {
  const width = halfWidth(ctx.width);
  return html`
    ${settings(ctx)} ${texts(data)}
    <p class="readout lead">${said(data)}</p>
    ${legend([
      ["likelier", `likelier than in the reference, by ${MOST} nats or more`],
      ["less-likely", "less likely"],
    ])}
    ${ratios("Chosen answer", data.chosen)} ${ratios("Rejected answer", data.rejected)}
    ${
      data.way_chosen.shape[0] > 1
        ? html`<h3 class="sub3">The steps so far <small>log-ratio of the whole answer, in nats</small></h3>
          ${legend([
            ["chosen", "chosen, this pair"],
            ["rejected", "rejected, this pair"],
            ["mean", "mean of the batch, dashed"],
          ])}
          ${way(data, Math.min(ctx.width, 2 * width))}`
        : nothing
    }
    ${
      data.losses.length
        ? html`<h3 class="sub3">Every loss over what it reads <small>behind the name: mean of the batch</small></h3>
          ${legend([
            [{ color: "prob", shape: "dot" }, "a pair of the batch; the larger dot is this pair"],
            [{ color: "pos", shape: "dot" }, "KTO: a chosen answer"],
            [{ color: "neg", shape: "dot" }, "KTO: a rejected answer"],
          ])}
          <div class="small-multiples">${data.losses.map((loss) => curve(loss, data, ctx))}</div>
          ${pulls(data)}`
        : nothing
    }
    <p class="hint">A LoRA of rank 8 in the last ${counted(data.blocks, "block")} is trained by AdamW, with all
      ${counted(data.pairs.length, "pair")} in each step. The reference is the model as it was loaded. The other losses
      are worked out for this policy, which was not trained with them. KTO’s z is the mean log-ratio of answers to other
      prompts, at least 0. SimPO and ORPO have no reference; SimPO’s β is ${data.simpo_beta} and its γ ${data.gamma}.
      cDPO and robust DPO take ${percent(data.wrong, 0)} of the labels as wrong.</p>`;
}

/** @param {PreferencePair} data @returns {Row[]} */
export const rows = (data) => [
  ...["chosen", "rejected"].flatMap((which) => {
    const { ids, reference, policy } = which === "chosen" ? data.chosen : data.rejected;
    return ids.map((id, at) => ({
      what: which,
      token: tokenText(id),
      reference: reference.a[at],
      policy: policy.a[at],
    }));
  }),
  ...data.losses.flatMap((loss) =>
    data.pairs.map((_, at) => ({
      what: loss.title,
      pair: at,
      x: loss.x.a[at],
      loss: loss.y.a[at],
      raises: loss.raises.a[at],
      lowers: loss.lowers.a[at],
    })),
  ),
];

/** @param {PreferencePair} data */
function said(data) {
  const [chosen, rejected] = [data.chosen, data.rejected].map(ratio);
  const steps = data.way_chosen.shape[0] - 1;
  if (!steps) return html`Before the first step the policy is the reference: every log-ratio is 0.`;
  return html`After ${counted(steps, "step")} of ${name(data)} the chosen answer has a log-ratio of
    <b>${signed(chosen, 2)}</b> nats, the rejected one <b>${signed(rejected, 2)}</b>: the margin is
    <b>${signed(chosen - rejected, 2)}</b>. ${
      chosen < 0 && chosen > rejected
        ? html`The margin grows, and <b>the chosen answer is less likely than before</b>.`
        : nothing
    }`;
}

/** @param {PreferencePair} data */
const name = ({ losses, method }) => losses.find((each) => each.name === method)?.title ?? method;

/** @param {PreferenceAnswer} answer */
const ratio = ({ policy, reference }) => sum(policy.a) - sum(reference.a);

/** @param {string} title @param {PreferenceAnswer} answer */
function ratios(title, { ids, policy, reference }) {
  const colour = diverging("neg", "pos");
  const by = (/** @type {number} */ at) => Number(policy.a[at]) - Number(reference.a[at]);
  return strip({
    title: `${title}: ${signed(sum(policy.a) - sum(reference.a), 2)} nats`,
    ids,
    colour: (at) => colour(Math.max(-1, Math.min(1, by(at) / MOST))),
    told: (at) => [
      ["log-ratio", `${signed(by(at), 3)} nats`],
      ["probability by the reference", percent(Math.exp(Number(reference.a[at])), 2)],
      ["by the policy", percent(Math.exp(Number(policy.a[at])), 2)],
    ],
  });
}

/** @param {PreferencePair} data @param {number} width */
function way({ way_chosen, way_rejected }, width) {
  const [steps, n] = way_chosen.shape;
  const at = (/** @type {ArrayLike<number | null>} */ a, /** @type {number} */ step) =>
    Array.from({ length: n }, (_, pair) => Number(a[step * n + pair]));
  const lines = [way_chosen, way_rejected].map(({ a }) => ({
    own: Array.from({ length: steps }, (_, step) => at(a, step)[0]),
    mean: Array.from({ length: steps }, (_, step) => sum(at(a, step)) / n),
  }));
  const all = [0, ...lines.flatMap(({ own, mean }) => [...own, ...mean])];
  const colors = ["pos", "neg"];
  return picture({
    label: `Log-ratios of the chosen and the rejected answer over ${counted(steps - 1, "step")}; now ${lines
      .map(({ own }) => signed(own[steps - 1], 2))
      .join(" and ")}`,
    width,
    height: 190,
    margin: { left: 50, right: 12, top: 10, bottom: 42 },
    x: [0, Math.max(1, steps - 1)],
    y: [Math.min(...all), Math.max(...all, 0.01)],
    left: { format: (/** @type {number} */ value) => signed(value, 1) },
    bottom: { title: "steps", count: Math.min(8, Math.max(1, steps - 1)), format: whole },
    marks: [
      rule({ y: 0, color: "line2" }),
      ...lines.flatMap(({ own, mean }, which) => [
        line({ data: mean, x: (_, step) => step, y: Number, color: colors[which], dash: "4 3" }),
        line({ data: own, x: (_, step) => step, y: Number, color: colors[which] }),
        dot({ data: own, x: (_, step) => step, y: Number, color: colors[which] }),
      ]),
    ],
  });
}

/** @param {PreferenceLoss} loss @param {PreferencePair} data @param {ViewContext<Drafts>} ctx */
function curve(loss, data, ctx) {
  const on = loss.name === data.method;
  const [xs, ys, x, y] = [loss.curve_x, loss.curve_y, loss.x, loss.y].map(({ a }) => Array.from(a, Number));
  const n = data.pairs.length;
  return html`<figure aria-current=${on ? "true" : nothing}>
    <figcaption>
      <button class="link" type="button" @click=${() => ctx.control("method", loss.name)}>${loss.title}</button>
      <small>${decimal(sum(y) / y.length, 3)}</small></figcaption>
    ${picture({
      label: `${loss.title}: this pair costs ${decimal(y[0], 3)}, the batch ${decimal(sum(y) / y.length, 3)}`,
      width: Math.min(SMALL.width, Math.floor((ctx.width - SMALL.gap) / 2)),
      height: SMALL.height,
      margin: { left: 34, right: 6, top: 6, bottom: 34 },
      x: [xs[0], xs[xs.length - 1]],
      y: [Math.min(0, ...ys, ...y), Math.max(...ys, ...y)],
      left: { format: (/** @type {number} */ value) => decimal(value, 1), count: 3 },
      bottom: { title: AXES[loss.name] ?? "margin, nats", count: 4 },
      marks: [
        line({ data: xs, x: Number, y: (_, at) => ys[at], color: "ink3" }),
        dot({
          data: x,
          x: Number,
          y: (_, at) => y[at],
          r: (_, at) => (at % n ? 3 : 5),
          color: (_, at) => (loss.name === "kto" ? (at < n ? "pos" : "neg") : "prob"),
        }),
      ],
    })}
  </figure>`;
}

/** @param {PreferencePair} data */
function pulls({ losses, method }) {
  return html`<h3 class="sub3">How hard each loss pulls at this pair</h3>
  ${table({
    label: "How hard each loss pulls at this pair’s answers",
    selected: ({ name: own }) => own === method,
    columns: [
      { name: "loss", cell: ({ title }) => title },
      {
        name: "value for this pair",
        number: true,
        cell: ({ y, name: own, x }) => decimal(own === "kto" ? both(y, x) : y.a[0], 4),
      },
      { name: "raises the chosen by", number: true, cell: ({ raises }) => decimal(raises.a[0], 5) },
      { name: "lowers the rejected by", number: true, cell: ({ lowers }) => decimal(lowers.a[0], 5) },
    ],
    rows: losses,
  })}
  <p class="hint">Raises and lowers: −d loss / d log p(chosen) and d loss / d log p(rejected), for each nat of the whole
    answer. IPO, ORPO and SimPO divide by tokens. Below 0 the loss pulls the other way.</p>`;
}

/**
 * KTO's pair costs the mean of its two answers.
 * @param {PreferenceLoss["y"]} y
 * @param {PreferenceLoss["x"]} x
 */
const both = (y, x) => (Number(y.a[0]) + Number(y.a[x.a.length / 2])) / 2;
