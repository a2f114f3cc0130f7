// @ts-check
/**
 * Held-out questions, sorted: how many are right, against a blind twin and against the commonest answer.
 *
 * @import { Mistakes, Sorted } from "../../../types/frontier"
 * @import { Row, View } from "../../../kit/view"
 */
import { plot } from "../../../kit/chart/plot.js";
import { control } from "../../../kit/controls/declared.js";
import { intervals } from "../../../kit/drawing/intervals.js";
import { legend } from "../../../kit/drawing/legend.js";
import { decimal, percent, whole } from "../../../kit/numbers/format.js";
import { table } from "../../../kit/numbers/table.js";
import { sum } from "../../../vendor/d3.js";
import { html } from "../../../vendor/lit.js";

const HEIGHT = 220;

/** @type {View<Mistakes>} */
export function mistakes(data, ctx) {
  const by = String(ctx.controls.by ?? "kind");
  const sorted = data.by[by] ?? data.by.kind;
  return html`
    <p class="readout lead">${said(data)}</p>
    <div class="settings-row">${control(ctx, "by")}</div>
    ${legend([
      [{ color: "river-deep", shape: "dot" }, "the model, with its 95 % interval"],
      [{ color: "neg", shape: "dot", hollow: true }, "its blind twin"],
    ])}
    ${intervals({
      rows: sorted.map((each) => ({
        name: each.name,
        value: each.right,
        low: each.low,
        high: each.high,
        twin: each.blind,
        words: `${percent(each.right, 0)} of ${whole(each.n)}; blind ${percent(each.blind, 0)}`,
      })),
      width: ctx.width,
      domain: [0, 1],
      format: (value) => percent(value, 0),
      title: "questions answered rightly",
      label: `Share of right answers by ${by}, with 95 % intervals`,
    })}
    ${table({
      className: "keeps-names",
      label: `Right answers by ${by}, of the model, its blind twin and the commonest answer`,
      rows: sorted,
      columns: [
        { name: by === "hidden" ? "share hidden" : by, cell: ({ name }) => name },
        { name: "questions", number: true, cell: ({ n }) => whole(n) },
        { name: "right", number: true, cell: (each) => html`${percent(each.right)} <small>${between(each)}</small>` },
        { name: "blind twin", number: true, cell: ({ blind }) => percent(blind) },
        { name: "commonest answer", number: true, cell: ({ usual }) => percent(usual) },
      ],
    })}
    <h3 class="sub3">Pairs of colour and shape that were never trained on</h3>
    <p class="readout">Green triangles and purple crosses stood in no trained scene, though green things, triangles,
      purple things and crosses did. Asked about them, <b>${percent(data.unseen.right)}</b> are right
      (${between(data.unseen)}, ${whole(data.unseen.n)} questions); of the same kinds of question about other pairs
      ${percent(data.seen.right)} (${between(data.seen)}).</p>
    <h3 class="sub3">The commonest mistakes</h3>
    ${table({
      label: "The commonest wrong answers",
      rows: data.confused,
      columns: [
        { name: "kind", cell: ({ kind }) => kind },
        { name: "true", cell: ({ answer }) => answer },
        { name: "said", cell: ({ said: word }) => word },
        { name: "times", number: true, cell: ({ count }) => whole(count) },
        { name: "for example", cell: ({ example }) => example },
      ],
    })}
    <h3 class="sub3">The training <small>${whole(data.steps)} steps, ${whole(data.parameters)} parameters</small></h3>
    <div class="side-by-side">
      ${plot({
        label: "Loss over the steps of the training",
        height: HEIGHT,
        traces: [{ x: data.curve.map(({ step }) => step), y: data.curve.map(({ loss }) => loss), color: "ink3" }],
        x: { title: "step" },
        y: { title: "loss, nats a word", rangemode: "tozero" },
      })}
      ${plot({
        label: "Held-out accuracy over the steps of the training, the mean of the kinds of question",
        height: HEIGHT,
        traces: [
          {
            x: measured(data).map(({ step }) => step),
            y: measured(data).map(({ right }) => Number(right)),
            color: "prob",
            mode: "lines+markers",
          },
        ],
        x: { title: "step" },
        y: { title: "right, mean of the kinds", range: [0, 1], tickformat: ".0%" },
      })}
    </div>
    <p class="hint">${whole(data.scenes)} held-out scenes, one question of each kind that a scene allows; an answer is
      right where the likeliest of all words is the true one. Intervals are Wilson’s, of 95 %. Trained on
      ${data.machine}; all trainings together took ${decimal(data.seconds / 60, 0)} minutes of processor time. One
      seed.</p>`;
}

/** @param {Mistakes} data @returns {Row[]} */
export const rows = (data) =>
  Object.entries(data.by).flatMap(([by, sorted]) =>
    sorted.map(({ name, n, right, low, high, blind, usual }) => ({
      ...{ by, name, questions: n, right, low, high },
      ...{ blind, commonest: usual },
    })),
  );

/** @param {Mistakes} data */
const measured = ({ curve }) => curve.filter(({ right }) => right !== null);

/** @param {Sorted} each */
const between = ({ low, high }) => `${percent(low, 0)} to ${percent(high, 0)}`;

/** @param {Mistakes} data */
function said(data) {
  const kinds = data.by.kind;
  const all = sum(kinds, ({ n }) => n);
  const share = (/** @type {(each: Sorted) => number} */ of) => sum(kinds, (each) => of(each) * each.n) / all;
  return html`Of ${whole(all)} held-out questions the model answers <b>${percent(share(({ right }) => right))}</b>
    rightly, its blind twin ${percent(share(({ blind }) => blind))}, the commonest answer
    ${percent(share(({ usual }) => usual))}. Whole captions are right in
    ${percent(data.captions_right, 0)} of ${whole(data.captions_of)} scenes.`;
}
