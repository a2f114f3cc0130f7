// @ts-check
/**
 * 64 drawn texts, their votes and scores; pass@k, the vote and best of n over k, exact and estimated.
 *
 * @import { VotedAnswers, VotedCount } from "../../../types/frontier"
 * @import { Drafts } from "../../../kit/controls/typed.js"
 * @import { Row, View, ViewContext } from "../../../kit/view"
 */
import { control } from "../../../kit/controls/declared.js";
import { typed, typedText } from "../../../kit/controls/typed.js";
import { legend } from "../../../kit/drawing/legend.js";
import { bar, dot, line, rule, text } from "../../../kit/drawing/marks.js";
import { items, picture } from "../../../kit/drawing/picture.js";
import { decimal, percent } from "../../../kit/numbers/format.js";
import { table } from "../../../kit/numbers/table.js";
import { scaleLog } from "../../../vendor/d3.js";
import { html, nothing } from "../../../vendor/lit.js";
import { COLOURS, JUDGES } from "./common.js";

/** Texts in the table. */
const MOST = 12;

/** @type {View<VotedAnswers, Drafts>} */
export function votes(data, ctx) {
  const last = data.counts[data.counts.length - 1];
  return html`
    <div class="settings-row">
      ${typed({ name: "prompt", value: typedText("prompt", data.prompt, ctx), single: true, named: true }, ctx)}
      ${control(ctx, "stage")} ${control(ctx, "temperature")} ${control(ctx, "seed")}
    </div>
    ${
      data.refused
        ? html`<p class="readout" role="alert">${data.refused} <span class="mono">${data.prompt}</span> is shown.</p>`
        : nothing
    }
    <p class="readout lead">One text is right with probability <b>${percent(data.counts[0].passed)}</b>. Of ${last.k}
      texts at least one is right with <b>${percent(last.passed)}</b>, their vote with
      <b>${percent(last.majority)}</b>, and the text that the outcome verifier likes best with
      <b>${percent(last.best[0])}</b>.</p>
    <h3 class="sub3">Answers to ${data.prompt} <small>bars: all texts, dots: ${data.samples.length} drawn ones;
      ✓ is right</small></h3>
    ${answers(data, ctx)}
    <h3 class="sub3">Right, by the number of texts <small>lines: exact, dots: from the drawn texts</small></h3>
    ${legend([
      [{ color: COLOURS.pass, shape: "line" }, "pass@k"],
      [{ color: COLOURS.vote, shape: "line" }, "vote of k"],
      ...data.judges.map(
        (each) =>
          /** @type {[any, string]} */ ([{ color: COLOURS[each], shape: "line" }, `best of k, ${JUDGES[each]}`]),
      ),
    ])}
    ${curves(data, ctx)}
    <h3 class="sub3">The drawn texts, the commonest first <small>and each verifier’s score</small></h3>
    ${table({
      label: "Drawn texts, the commonest first",
      columns: [
        { name: "text", cell: (each) => html`<span class="mono">${each.text}</span>` },
        { name: "drawn", number: true, cell: (each) => String(each.times) },
        { name: "answer", cell: (each) => `${each.answer < 0 ? "none" : each.answer} ${each.right ? "✓" : "✗"}` },
        ...data.judges.map((judge, at) => ({
          name: JUDGES[judge],
          number: true,
          cell: (/** @type {{ scores: readonly number[] }} */ each) => percent(each.scores[at]),
        })),
      ],
      rows: distinct(data).slice(0, MOST),
    })}
    <p class="hint">A prompt is read from left to right, and each result keeps its last digit only. A verifier’s score
      is its probability that the text is right. Best of ${last.k} lies
      ${decimal(last.kl[0])} nats (outcome) from the model; the bound, whatever the scores, is ${decimal(last.bound)}.
      ${data.texts.toLocaleString("en")} texts were counted; ${percent(data.rest)} of the mass lies in less likely ones
      and in what is no answer.</p>`;
}

/** @param {VotedAnswers} data @returns {Row[]} */
export const rows = (data) => [
  ...data.counts.map(({ k, passed, majority, best, kl, bound }) => ({
    ...{ k, passed, majority, bound },
    ...Object.fromEntries(
      data.judges.flatMap((name, at) => [
        [`best_${name}`, best[at]],
        [`kl_${name}`, kl[at]],
      ]),
    ),
  })),
  ...data.samples.map(({ text: written, answer, right }) => ({ text: written, answer, right: Number(right) })),
];

/** Each text once, with how often it was drawn. @param {VotedAnswers} data */
function distinct({ samples }) {
  const found = [...new Set(samples.map(({ text: written }) => written))].map((written) => {
    const same = samples.filter((each) => each.text === written);
    return { ...same[0], times: same.length };
  });
  return found.sort((one, other) => other.times - one.times);
}

/** Probabilities of the answers, and the drawn texts' votes. @param {VotedAnswers} data @param {ViewContext<any>}
 * ctx */
function answers(data, ctx) {
  const votes = data.p.map((_, digit) => data.samples.filter(({ answer }) => answer === digit).length);
  const most = Math.max(...data.p, ...votes.map((each) => each / data.samples.length));
  return picture({
    label: "Probability of each answer, and the share of drawn texts that vote for it",
    width: ctx.width,
    height: 170,
    margin: { left: 50, right: 16, top: 18, bottom: 40 },
    x: [-0.6, 9.6],
    y: [0, most * 1.1],
    left: { format: (/** @type {number} */ each) => percent(each, 0) },
    bottom: { title: "answer", format: String, count: 10 },
    marks: [
      items({
        data: data.p,
        told: (p, digit) => ({
          title: `${digit}${digit === data.answer ? ", right" : ""}`,
          lines: [
            ["probability", percent(p)],
            ["votes", `${votes[digit]} of ${data.samples.length}`],
          ],
        }),
        marks: (p, digit) => [
          bar({ x: digit, y: [0, p], thick: 22, color: digit === data.answer ? COLOURS.right : COLOURS.wrong }),
          dot({ x: digit, y: votes[digit] / data.samples.length, r: 4, color: "ink" }),
        ],
      }),
      text({ x: data.answer, y: most * 1.1, dy: 2, anchor: "middle", text: "✓" }),
    ],
  });
}

/** @param {VotedAnswers} data @param {ViewContext<any>} ctx */
function curves(data, ctx) {
  const x = (/** @type {VotedCount} */ { k }) => k;
  /** @type {{ name: string, color: string, exact: (at: VotedCount) => number, drawn: (at: VotedCount) => number }[]} */
  const lines = [
    { name: "pass@k", color: COLOURS.pass, exact: (at) => at.passed, drawn: (at) => at.sampled_passed },
    { name: "vote", color: COLOURS.vote, exact: (at) => at.majority, drawn: (at) => at.sampled_majority },
    ...data.judges.map((judge, place) => ({
      name: `best, ${JUDGES[judge]}`,
      color: COLOURS[judge],
      exact: (/** @type {VotedCount} */ at) => at.best[place],
      drawn: (/** @type {VotedCount} */ at) => at.sampled_best[place],
    })),
  ];
  return picture({
    label: "How often the answer is right, over the number of texts",
    width: ctx.width,
    height: 300,
    margin: { left: 50, right: 16, top: 12, bottom: 46 },
    x: scaleLog().base(2).domain([1, 64]),
    y: [0, 1],
    left: { format: (/** @type {number} */ each) => percent(each, 0) },
    bottom: { title: "texts, k", format: String },
    marks: [
      rule({ y: 0 }),
      lines.map(({ exact, color }) => line({ data: data.counts, x, y: exact, color, stroke: 2 })),
      items({
        data: data.counts,
        told: (at) => ({
          title: `k = ${at.k}`,
          lines: lines.map(({ name, exact, drawn }) => [name, `${percent(exact(at))}; drawn ${percent(drawn(at))}`]),
        }),
        marks: (at) => lines.map(({ drawn, color }) => dot({ x: at.k, y: drawn(at), r: 3, color })),
      }),
    ],
  });
}
