// @ts-check
/**
 * What a verifier says of its best of n, and how often that is right, over n.
 *
 * @import { OptimisedJudge, OverOptimised } from "../../../types/frontier"
 * @import { Row, View, ViewContext } from "../../../kit/view"
 */
import { control } from "../../../kit/controls/declared.js";
import { legend } from "../../../kit/drawing/legend.js";
import { dot, line, rule } from "../../../kit/drawing/marks.js";
import { items, picture } from "../../../kit/drawing/picture.js";
import { decimal, percent, whole } from "../../../kit/numbers/format.js";
import { table } from "../../../kit/numbers/table.js";
import { scaleLog } from "../../../vendor/d3.js";
import { html } from "../../../vendor/lit.js";
import { COLOURS, JUDGES } from "./common.js";

/** @type {View<OverOptimised>} */
export function optimised(data, ctx) {
  return html`
    <div class="settings-row">${control(ctx, "stage")} ${control(ctx, "prompts")}</div>
    <p class="readout lead">${data.judges.map((each, at) => html`${at ? " " : ""}${said(data, each)}`)}</p>
    ${legend(
      data.judges.map(
        ({ name }) => /** @type {[any, string]} */ ([{ color: COLOURS[name], shape: "line" }, JUDGES[name]]),
      ),
    )}
    ${curves(data, ctx)}
    ${table({
      label: "Where each verifier is right most often",
      columns: [
        { name: "verifier", cell: ({ name }) => JUDGES[name] },
        { name: "best n", number: true, cell: (each) => whole(data.n[top(each)]) },
        { name: "right at best n", number: true, cell: (each) => percent(each.right[top(each)]) },
        {
          name: `right at ${whole(data.n[data.n.length - 1])}`,
          number: true,
          cell: (each) => percent(last(each.right)),
        },
        { name: "its score at that", number: true, cell: (each) => decimal(last(each.score)) },
        { name: "KL at that, nats", number: true, cell: (each) => decimal(last(each.kl)) },
      ],
      rows: data.judges,
    })}
    <p class="hint">${data.prompts} of ${data.of} held-out prompts; lines at the dots are 95 % intervals over them.
      The verifier selects; the picture shows how often the selected text is right, which no verifier knows. “Taught on
      few” learned from 100 texts. “Likes large answers” is the outcome verifier’s score plus a tenth for each unit of
      the answer.</p>`;
}

/** @param {OverOptimised} data @returns {Row[]} */
export const rows = (data) =>
  data.judges.flatMap(({ name, score, right, half, kl }) =>
    data.n.map((n, at) => ({ verifier: name, n, score: score[at], right: right[at], half: half[at], kl: kl[at] })),
  );

/** @param {string} name */
const start = (name) => name[0].toUpperCase() + name.slice(1);

/** @param {readonly number[]} all */
const last = (all) => all[all.length - 1];

/** @param {OptimisedJudge} each */
const top = ({ right }) => right.indexOf(Math.max(...right));

/** @param {OverOptimised} data @param {OptimisedJudge} each */
function said(data, each) {
  const at = top(each);
  const lost = each.right[at] - last(each.right);
  const apart = lost > each.half[at] + last(each.half);
  return html`${start(JUDGES[each.name])}: the best of ${whole(data.n[at])} is right most often, in
    <b>${percent(each.right[at], 0)}</b>${
      apart
        ? html`; the best of ${whole(last(data.n))} is right in
      <b>${percent(last(each.right), 0)}</b>`
        : ""
    }.`;
}

/** @param {OverOptimised} data @param {ViewContext<any>} ctx */
function curves(data, ctx) {
  return picture({
    label: "How often the best of n is right, by each verifier",
    width: ctx.width,
    height: 320,
    margin: { left: 50, right: 16, top: 12, bottom: 46 },
    x: scaleLog()
      .base(2)
      .domain([1, last(data.n)]),
    y: [0, 1],
    left: { format: (/** @type {number} */ each) => percent(each, 0) },
    bottom: { title: "texts that it chooses from, n", format: whole },
    marks: [
      data.judges.map(({ name, right, half }) => [
        data.n.map((n, at) =>
          rule({
            x: n,
            y: [Math.max(0, right[at] - half[at]), Math.min(1, right[at] + half[at])],
            color: COLOURS[name],
          }),
        ),
        line({ data: data.n, x: Number, y: (_, at) => right[at], color: COLOURS[name], stroke: 2 }),
      ]),
      items({
        data: data.n,
        told: (n, at) => ({
          title: `best of ${whole(n)}`,
          lines: data.judges.map(({ name, right, score }) => [
            JUDGES[name],
            `${percent(right[at])} right; score ${decimal(score[at])}`,
          ]),
        }),
        marks: (n, at) => data.judges.map(({ name, right }) => dot({ x: n, y: right[at], r: 3, color: COLOURS[name] })),
      }),
    ],
  });
}
