// @ts-check
/**
 * Accuracy over floating-point operations, a dot and its interval for each way to answer.
 *
 * @import { ComputeAccuracy, ComputeMethod } from "../../../types/frontier"
 * @import { Row, ViewContext } from "../../../kit/view"
 */
import { legend } from "../../../kit/drawing/legend.js";
import { logAxis } from "../../../kit/drawing/log_axis.js";
import { dot, line, rule } from "../../../kit/drawing/marks.js";
import { items, picture } from "../../../kit/drawing/picture.js";
import { decimal, percent, whole } from "../../../kit/numbers/format.js";
import { table } from "../../../kit/numbers/table.js";
import { scaleLog } from "../../../vendor/d3.js";
import { html } from "../../../vendor/lit.js";

/** @type {Record<string, { title: string, color: string }>} */
const KINDS = {
  direct: { title: "at once", color: "ink3" },
  chain: { title: "in steps", color: "prob" },
  vote: { title: "vote", color: "pos" },
  best: { title: "best of n", color: "ok" },
  search: { title: "search", color: "neg" },
};
/** @type {Record<string, string>} */
const MODELS = { small: "small model", base: "taught model", rewarded: "rewarded model" };

/** @param {ComputeMethod} each */
const called = ({ model, kind, n }) => `${MODELS[model]}, ${counted(kind, n)}`;

/** @param {string} kind @param {number} n */
const counted = (kind, n) =>
  ({ vote: `vote of ${n}`, best: `best of ${n}`, search: `search of ${n}` })[kind] ?? KINDS[kind].title;

/** @param {ComputeAccuracy} data @param {ViewContext<any>} ctx @param {string} label of its table */
export function drawn(data, ctx, label) {
  const groups = [...new Set(data.methods.map(({ model, kind }) => `${model} ${kind}`))].map((name) =>
    data.methods.filter(({ model, kind }) => `${model} ${kind}` === name),
  );
  const work = logAxis(data.methods.map((each) => each.flops / 1e6));
  const low = (/** @type {ComputeMethod} */ { right, half }) => Math.max(0, right - (half ?? 0));
  const high = (/** @type {ComputeMethod} */ { right, half }) => Math.min(1, right + (half ?? 0));
  return html`
    <p class="readout lead">${said(data)}</p>
    ${legend([
      ...Object.values(KINDS).map(
        ({ title, color }) => /** @type {[any, string]} */ ([{ color, shape: "dot" }, title]),
      ),
      [{ color: "ink3", shape: "dot", hollow: true }, "hollow: small model"],
      [{ color: "ink3", shape: "line", dash: true }, "dashed: after GRPO"],
    ])}
    ${picture({
      label: "Share of right answers over floating-point operations of an answer",
      width: ctx.width,
      height: 360,
      margin: { left: 50, right: 16, top: 12, bottom: 46 },
      x: scaleLog().domain(work.range.map((exponent) => 10 ** exponent)),
      y: [0, 1],
      left: { format: (/** @type {number} */ each) => percent(each, 0) },
      bottom: {
        title: "million floating-point operations an answer",
        values: work.tickvals,
        format: String,
      },
      marks: [
        groups.map((group) =>
          line({
            data: group,
            x: (each) => each.flops / 1e6,
            y: (each) => each.right,
            color: KINDS[group[0].kind].color,
            dash: group[0].model === "rewarded" ? "4 3" : undefined,
          }),
        ),
        data.methods.map((each) =>
          rule({ x: each.flops / 1e6, y: [low(each), high(each)], color: KINDS[each.kind].color }),
        ),
        items({
          data: data.methods,
          told: (each) => ({
            title: called(each),
            lines: [
              ["right", percent(each.right)],
              ["95 %", `${percent(low(each))} to ${percent(high(each))}`],
              ["FLOP", `${decimal(each.flops / 1e6, 1)} M`],
            ],
          }),
          marks: (each) =>
            dot({
              x: each.flops / 1e6,
              y: each.right,
              r: 4,
              color: KINDS[each.kind].color,
              hollow: each.model === "small",
            }),
        }),
      ],
    })}
    ${table({
      label,
      columns: [
        { name: "way", cell: called },
        { name: "right", number: true, cell: ({ right }) => percent(right) },
        {
          name: "± points",
          title: "Half of the 95 % interval, in percentage points",
          number: true,
          cell: ({ half }) => (half === null ? "–" : decimal(100 * half, 1)),
        },
        { name: "MFLOP", number: true, cell: (each) => decimal(each.flops / 1e6, 2) },
      ],
      rows: data.methods,
    })}
    <p class="hint">${whole(data.prompts)} of ${whole(data.of)} held-out prompts. The small model has
      ${whole(data.parameters.small)} parameters, the taught one ${whole(data.parameters.base)}. A prompt is read
      once for all of its texts. A search of 2 keeps two beginnings; its accuracy is that of the one answer it gives.
      Lines at the dots are 95 % intervals over the prompts.</p>`;
}

/** @param {ComputeAccuracy} data @returns {Row[]} */
export const rowsOf = (data) => data.methods.map((each) => ({ ...each }));

/** @param {ComputeAccuracy} data */
function said({ methods }) {
  const find = (/** @type {string} */ model, /** @type {string} */ kind) =>
    /** @type {ComputeMethod} */ (methods.find((each) => each.model === model && each.kind === kind));
  const [direct, small, steps] = [find("base", "direct"), find("small", "chain"), find("base", "chain")];
  const best = methods.reduce((one, other) => (other.right > one.right ? other : one));
  return html`The taught model answers <b>${percent(direct.right)}</b> of the prompts rightly at once, and
    <b>${percent(steps.right)}</b> in steps, for ${decimal(steps.flops / direct.flops, 1)} times the work. The small
    model in steps reaches <b>${percent(small.right)}</b> for ${decimal(small.flops / direct.flops, 1)} times that work.
    Most often right: ${called(best)}, <b>${percent(best.right)}</b>.`;
}
