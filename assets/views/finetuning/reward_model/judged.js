// @ts-check
/**
 * Three heads on held-out pairs: differences of rewards, calibration, twins.
 *
 * @import { RewardJudged } from "../../../types/finetuning"
 * @import { Drafts } from "../../../kit/controls/typed.js"
 * @import { Row, View } from "../../../kit/view"
 */
import { legend } from "../../../kit/drawing/legend.js";
import { dot, line, rule } from "../../../kit/drawing/marks.js";
import { items, picture } from "../../../kit/drawing/picture.js";
import { halfWidth } from "../../../kit/layout.js";
import { counted, decimal, percent, signed } from "../../../kit/numbers/format.js";
import { table } from "../../../kit/numbers/table.js";
import { html, nothing } from "../../../vendor/lit.js";
import { average, trained } from "./parts.js";

const ROW = 18;
const CALIBRATION = 230;

/** @type {View<RewardJudged, Drafts>} */
export function judged(data, ctx) {
  const width = halfWidth(ctx.width);
  return html`
    ${trained(ctx)}
    <p class="readout lead">${said(data)}</p>
    <div class="side-by-side">
      <div>
        <h3 class="sub3">Held-out pairs <small>a row each, the surest first; a dot for each head</small></h3>
        ${legend([
          ["right", "the chosen answer has the higher reward"],
          ["wrong", "the rejected one has"],
        ])}
        ${differences(data, width)}
      </div>
      <div>
        <h3 class="sub3">Calibration <small>of the heads’ mean</small></h3>
        ${calibration(data, width)}
        <p class="hint">P(chosen preferred) = σ(difference of rewards). Expected calibration error
          ${decimal(data.ece, 3)} on ${counted(data.requests.length, "pair")}: few pairs make it noisy. The larger a
          dot, the more pairs; on the dashed line confidence and share are equal.</p>
      </div>
    </div>
    ${twins(data)}
    <p class="hint">The model stays as it is; a head is one vector of weights, read at the last token of the answer’s
      turn. Each is the minimum of the Bradley-Terry loss with its ridge on ${data.pairs} pairs, drawn with replacement
      by its own seed. ${data.about}</p>`;
}

/** @param {RewardJudged} data @returns {Row[]} */
export const rows = (data) => [
  ...data.requests.map((request, at) => ({
    what: "held-out pair",
    request,
    chosen: mean(data.chosen, at),
    rejected: mean(data.rejected, at),
  })),
  ...data.twins.flatMap(({ name, change }) =>
    Array.from(change.a, (each, at) => ({ what: name, request: data.requests[at], change: each })),
  ),
];

/** @param {{ a: ArrayLike<number | null>, shape: readonly number[] }} values @param {number} at */
function mean({ a, shape }, at) {
  const [heads, n] = shape;
  return average(Array.from({ length: heads }, (_, head) => Number(a[head * n + at])));
}

/** @param {RewardJudged} data */
function said(data) {
  const heads = Array.from(data.agreement.a, Number);
  const [low, high] = [Math.min(...heads), Math.max(...heads)];
  const n = data.requests.length;
  return html`The heads agree with the rule on <b>${percent(low, 0)}</b>${
    low === high ? nothing : html` to <b>${percent(high, 0)}</b>`
  } of ${counted(n, "held-out pair")}, their mean on <b>${percent(data.together, 0)}</b>; guessing gives 50 %.
    ${data.twins.length < data.asked ? "The twins are being read." : fooled(data)}`;
}

/** @param {RewardJudged} data */
function fooled({ twins: all, beaten, requests }) {
  const most = [...all].sort((one, other) => other.beats - one.beats)[0];
  if (!most) return nothing;
  return most.beats > beaten
    ? html`With <b>${most.name}</b>, ${most.beats} of ${requests.length} rejected answers beat the chosen one; without
        it, ${beaten}.`
    : html`None of the twins beats the chosen answer more often than the rejected answer does by itself (${beaten} of
        ${requests.length}).`;
}

/** @param {RewardJudged} data @param {number} width */
function differences(data, width) {
  const [heads, n] = data.chosen.shape;
  const by = (/** @type {number} */ head, /** @type {number} */ at) =>
    Number(data.chosen.a[head * n + at]) - Number(data.rejected.a[head * n + at]);
  const pairs = Array.from({ length: n }, (_, at) => ({
    at,
    values: Array.from({ length: heads }, (__, head) => by(head, at)),
  })).sort((one, other) => average(other.values) - average(one.values));
  const every = pairs.flatMap(({ values }) => values);
  return picture({
    label: `Differences of rewards of ${counted(n, "held-out pair")}`,
    width,
    height: n * ROW + 44,
    margin: { left: 12, right: 12, top: 4, bottom: 40 },
    x: [Math.min(0, ...every), Math.max(0.01, ...every)],
    y: [n, 0],
    bottom: { title: "r(chosen) − r(rejected), logits" },
    marks: [
      rule({ x: 0, color: "line2" }),
      items({
        data: pairs,
        told: ({ values, at }) => ({
          title: data.requests[at],
          lines: [
            ["chosen", data.chosen_texts[at]],
            ["rejected", data.rejected_texts[at]],
            ["differences", values.map((each) => signed(each, 2)).join(", ")],
          ],
        }),
        hit: (_, row) => ({ y: [row, row + 1] }),
        marks: ({ values }, row) =>
          dot({ data: values, x: Number, y: row + 0.5, color: (each) => (each > 0 ? "pos" : "neg") }),
      }),
    ],
  });
}

/** @param {RewardJudged} data @param {number} width */
function calibration(data, width) {
  const bins = data.count
    .map((count, at) => ({ count, x: Number(data.confidence.a[at]), y: Number(data.accuracy.a[at]) }))
    .filter(({ count }) => count);
  const told = bins.map(({ x, y, count }) => `confidence ${percent(x, 0)}, right ${percent(y, 0)} of ${count}`);
  return picture({
    label: `Calibration: ${told.join("; ")}`,
    width: Math.min(width, 360),
    height: CALIBRATION,
    margin: { left: 46, right: 12, top: 26, bottom: 42 },
    x: [0.5, 1],
    y: [0, 1],
    left: { title: "share right", format: (/** @type {number} */ value) => percent(value, 0) },
    bottom: { title: "confidence", format: (/** @type {number} */ value) => percent(value, 0) },
    marks: [
      line({ data: [0.5, 1], x: Number, y: Number, color: "ink3", dash: "4 3" }),
      dot({ data: bins, x: ({ x }) => x, y: ({ y }) => y, r: ({ count }) => 3 + Math.sqrt(count), color: "prob" }),
    ],
  });
}

/** @param {RewardJudged} data */
function twins(data) {
  if (!data.twins.length) return nothing;
  return html`<h3 class="sub3">Where it is fooled <small>the rejected answer, and its twin</small></h3>
    ${table({
      label: "What twins of the rejected answers do to the reward",
      columns: [
        { name: "twin", cell: ({ name }) => name },
        { name: "for example", cell: ({ example }) => html`<bdi>${example}</bdi>` },
        {
          name: "change of the reward, logits",
          number: true,
          cell: ({ change }) => spread(Array.from(change.a, Number)),
        },
        { name: "beats the chosen one", number: true, cell: ({ beats }) => `${beats} of ${data.requests.length}` },
      ],
      rows: [...data.twins],
    })}
    <p class="hint">Mean over the held-out pairs, ± its standard error. The rejected answer itself beats the chosen
      one in ${data.beaten} of ${data.requests.length}.</p>`;
}

/** @param {number[]} values */
function spread(values) {
  const n = values.length;
  const middle = average(values);
  const error = Math.sqrt(values.reduce((sum, each) => sum + (each - middle) ** 2, 0) / (n - 1) / n);
  return n > 1 ? `${signed(middle, 2)} ± ${decimal(error, 2)}` : signed(middle, 2);
}
