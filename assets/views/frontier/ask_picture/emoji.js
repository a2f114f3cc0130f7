// @ts-check
/**
 * A picture of an emoji, a question by rule, the answer; and what the held-out pictures show of the model.
 *
 * @import { EmojiAsked, OfSort } from "../../../types/frontier"
 * @import { Row, View, ViewContext } from "../../../kit/view"
 */
import { plot } from "../../../kit/chart/plot.js";
import { control } from "../../../kit/controls/declared.js";
import { answerBars } from "../../../kit/drawing/answer_bars.js";
import { legend } from "../../../kit/drawing/legend.js";
import { percent, whole } from "../../../kit/numbers/format.js";
import { table } from "../../../kit/numbers/table.js";
import { html } from "../../../vendor/lit.js";

const LARGEST = 320;
const WIDE = { from: 700, gap: 36 };
/** Right answers from which on something counts as learned here. */
const KNOWN = 0.75;

/** @type {View<EmojiAsked>} */
export function emoji(data, ctx) {
  const wide = ctx.width > WIDE.from;
  const side = Math.min(LARGEST, ctx.width);
  const bars = wide ? ctx.width - side - WIDE.gap : ctx.width;
  const sort = data.sorts.find(({ name }) => name === ctx.controls.sort) ?? data.sorts[0];
  return html`
    <div class="settings-row">
      ${control(ctx, "sort")} ${control(ctx, "about")} ${control(ctx, "emoji", { as: "slider" })}
    </div>
    <p class="readout lead">Asked “${data.question}” the model answers <b>${data.answer}</b>; ${truth(data)}. About an
      empty page it gives “${data.answers[0].word}” ${percent(data.answers[0].blank)}. ${guessed(sort, ctx)}</p>
    <div class="picture-and-answer">
      <figure class="asked-picture">
        <img src=${data.image} width=${side} height=${side} alt="A picture of an emoji: ${data.true_caption}" />
      </figure>
      <div>
        ${legend([
          [{ color: "prob" }, "with the picture"],
          [{ color: "ink3" }, "about an empty page"],
        ])}
        ${answerBars({
          label: `Probability of each answer to “${data.question}”`,
          width: Math.min(620, bars),
          answers: data.answers.map(({ word }) => ({ name: word, right: word === data.truth })),
          rows: [
            { title: "with the picture", p: data.answers.map(({ share }) => share), color: "prob" },
            { title: "about an empty page", p: data.answers.map(({ blank }) => blank), color: "ink3" },
          ],
        })}
      </div>
    </div>
    <dl class="captions">
      <dt>Its caption</dt><dd>${data.caption}</dd>
      <dt>By rule</dt><dd>${data.true_caption}</dd>
    </dl>
    ${measured(data, sort)}
    ${mistakes(sort)}
    ${learned(data)}
    ${scenes(data)}`;
}

/** @param {EmojiAsked} data @returns {Row[]} */
export const rows = (data) =>
  data.sorts.flatMap(({ name, counted }) =>
    counted.map(({ kind, n, right, low, high, blank, usual }) => ({
      ...{ pictures: name, kind, questions: n, right, low, high, empty_page: blank, commonest_answer: usual },
    })),
  );

/** @param {EmojiAsked} data */
function truth({ truth: right, answer, trained, question }) {
  if (!right) return "the rule has no answer for this emoji";
  if (!trained && question === "what is this ?") return html`it is a ${right}, a word that the model has never read`;
  return right === answer ? "that is right" : html`right is <b>${right}</b>`;
}

/** Said where such questions are answered no better than by the commonest answer.
 * @param {OfSort} sort @param {ViewContext<any>} ctx */
function guessed({ counted }, ctx) {
  const own = counted.find(({ kind }) => kind === ctx.controls.about);
  return own && own.low <= own.usual
    ? html`<b>It has not learned this question</b>: it is right in ${percent(own.right, 0)}, and the commonest answer
        alone in ${percent(own.usual, 0)}.`
    : "";
}

/** @param {{ low: number, high: number }} each */
const between = ({ low, high }) => `${percent(low, 0)} to ${percent(high, 0)}`;

/** @param {EmojiAsked} data @param {OfSort} sort */
function measured(data, sort) {
  return html`
    <h3 class="sub3">Held-out pictures: ${sort.name} <small>95 % intervals</small></h3>
    ${table({
      label: `Right answers about held-out pictures: ${sort.name}`,
      rows: sort.counted,
      columns: [
        { name: "asked about", cell: ({ kind }) => (kind === "presence" ? "is this a …?" : kind) },
        { name: "questions", number: true, cell: ({ n }) => whole(n) },
        { name: "right", number: true, cell: (each) => html`${percent(each.right)} <small>${between(each)}</small>` },
        { name: "empty page", number: true, cell: ({ blank }) => percent(blank) },
        { name: "commonest answer", number: true, cell: ({ usual }) => percent(usual) },
      ],
    })}
    <p class="hint">Trained on pictures of ${data.emoji} emoji on grey pages, each 40 to 72 pixels large. “Other sizes
      and backgrounds”: the same emoji, smaller or larger, on coloured pages. “Never trained on”: ${data.kept_out} emoji
      that no trained picture shows; the model has no word for their names, so these are not counted. Questions about
      one emoji are alike, so that intervals for other emoji are wider.</p>`;
}

/** @param {OfSort} sort */
function mistakes(sort) {
  return html`
    <h3 class="sub3">What it gets wrong <small>commonest wrong names and kinds</small></h3>
    ${table({
      label: `The commonest wrong names and kinds: ${sort.name}`,
      rows: sort.mistakes,
      columns: [
        { name: "emoji", cell: ({ char, name }) => `${char} ${name}` },
        { name: "asked about", cell: ({ kind }) => kind },
        { name: "said", cell: ({ said }) => said },
        { name: "times", number: true, cell: ({ count, of }) => `${count} of ${of}` },
      ],
    })}`;
}

/** @param {EmojiAsked} data */
function learned({ curve, pairs }) {
  const x = curve.map(({ step }) => step);
  const marks = { mode: "lines+markers", size: 4 };
  return html`
    <h3 class="sub3">What is learned when <small>held-out pictures drawn anew, and held-out scenes</small></h3>
    ${plot({
      label: "Right answers over the steps of the training: names, “is this a …?”, and scenes",
      height: 260,
      traces: [
        { name: "what is this?", x, y: curve.map(({ name }) => name), color: "prob", ...marks },
        { name: "is this a …?", x, y: curve.map(({ presence }) => presence), color: "neg", ...marks },
        { name: "scenes, all kinds", x, y: curve.map(({ scenes: right }) => right), color: "ink3", ...marks },
      ],
      x: { title: "step" },
      y: { range: [0, 1.03], tickformat: ".0%" },
      margin: { r: 14 },
    })}
    <p class="hint">To name an emoji, its picture is enough. “Is this a …?” compares the picture with a word, and half
      of the answers are yes: ${percent(pairs, 0)} of the texts of a step ask nothing else, so that no earlier answer
      gives the name away. ${whenLearned(curve)}</p>`;
}

/** @param {EmojiAsked["curve"]} curve */
function whenLearned(curve) {
  const named = curve.find(({ name }) => name >= KNOWN)?.step;
  const compared = curve.find(({ presence }) => presence >= KNOWN)?.step;
  const first = named
    ? `Three in four names are right from step ${named} on`
    : "Names are never right in three of four";
  return compared
    ? `${first}, three in four of these answers from step ${compared} on.`
    : `${first}; these answers never are: the model has not learned the comparison.`;
}

/** @param {EmojiAsked} data */
function scenes(data) {
  return html`
    <h3 class="sub3">Drawn scenes, asked of this model too <small>the same held-out questions</small></h3>
    ${table({
      label: "Right answers about drawn scenes, by this model and by the model of scenes alone",
      rows: data.scenes,
      columns: [
        { name: "asked about", cell: ({ kind }) => kind },
        { name: "questions", number: true, cell: ({ n }) => whole(n) },
        {
          name: "this model",
          number: true,
          cell: (each) => html`${percent(each.right)} <small>${between(each)}</small>`,
        },
        {
          name: "scenes alone",
          number: true,
          cell: ({ alone, alone_low, alone_high }) =>
            html`${percent(alone)} <small>${between({ low: alone_low, high: alone_high })}</small>`,
        },
      ],
    })}
    <p class="hint">This model is the model of scenes, trained on for ${whole(data.steps)} steps;
      ${percent(data.share, 0)} of the texts were about emoji, the others about scenes. Each was trained from one seed:
      the table says what these two models do, not which training is better.</p>`;
}
