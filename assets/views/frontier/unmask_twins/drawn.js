// @ts-check
/**
 * The bound of one text by more and more draws of two estimators, beside the causal twin's exact loss.
 *
 * @import { BoundDrawn } from "../../../types/frontier"
 * @import { Drafts } from "../../../kit/controls/typed.js"
 * @import { Row, View } from "../../../kit/view"
 */
import { plot } from "../../../kit/chart/plot.js";
import { control } from "../../../kit/controls/declared.js";
import { typed, typedText } from "../../../kit/controls/typed.js";
import { legend } from "../../../kit/drawing/legend.js";
import { logAxis } from "../../../kit/drawing/log_axis.js";
import { counted, decimal, whole } from "../../../kit/numbers/format.js";
import { table } from "../../../kit/numbers/table.js";
import { html } from "../../../vendor/lit.js";

const HEIGHT = 280;
/** @type {Record<string, { name: string, color: string, shift: number }>} */
const LOOKS = {
  count: { name: "by count, weight L/k", color: "prob", shift: 0.97 },
  time: { name: "by time, weight 1/p", color: "neg", shift: 1.03 },
};

/** @type {View<BoundDrawn, Drafts>} */
export function drawn(data, ctx) {
  const n = data.tokens.length;
  return html`
    ${typed({ name: "text", value: typedText("text", data.text, ctx), lines: [1, 4], plain: true, named: true }, ctx)}
    <p class="hint">${counted(n, "token")} are read${data.left_out ? `; ${data.left_out} are left out` : ""}.</p>
    <div class="settings-row ruled">${control(ctx, "draws")} ${control(ctx, "eps")} ${control(ctx, "seed")}</div>
    <p class="readout lead">${told(data)}</p>
    <div class="side-by-side">
      <div><h3 class="sub3">The mean of the draws so far <small>with its interval of 95 %</small></h3>
        ${plot({
          label: "The bound by more and more draws of both estimators, and the twin’s loss",
          height: HEIGHT,
          traces: data.estimators.map(({ name, running }) => ({
            x: running.map(({ draws }) => draws * LOOKS[name].shift),
            y: running.map(({ mean }) => mean),
            mode: "lines+markers",
            size: 6,
            color: LOOKS[name].color,
            name: LOOKS[name].name,
            legend: false,
            whiskers: {
              low: running.map((each) => each.mean - each.half),
              high: running.map((each) => each.mean + each.half),
            },
            hover: `%{y:.2f} ${LOOKS[name].name}<extra></extra>`,
          })),
          x: { title: "draws", ...logAxis([4, data.asked]) },
          y: { title: "nats a token" },
          marks: [
            { y: data.causal, color: "ink2", dash: "dash", label: "causal twin, exact", side: "right", below: true },
          ],
          margin: { r: 14, t: 12 },
        })}</div>
      <div><h3 class="sub3">Each draw</h3>
        ${plot({
          label: "Every draw of both estimators",
          height: HEIGHT,
          traces: data.estimators.map(({ name, values }) => ({
            x: Array.from(values.a, (_, at) => at + 1),
            y: values,
            mode: "markers",
            size: 5,
            alpha: 0.7,
            color: LOOKS[name].color,
            name: LOOKS[name].name,
            legend: false,
            hover: `draw %{x}: %{y:.2f} ${LOOKS[name].name}<extra></extra>`,
          })),
          x: { title: "draw", range: [0, data.asked + 1] },
          y: { title: "nats a token", rangemode: "tozero" },
          margin: { r: 14, t: 12 },
        })}</div>
    </div>
    ${legend(
      data.estimators.map(
        ({ name }) =>
          /** @type {[{ color: string, shape: "dot" }, string]} */ ([
            { color: LOOKS[name].color, shape: "dot" },
            LOOKS[name].name,
          ]),
      ),
    )}
    ${table({
      label: "Both estimators",
      rows: data.estimators,
      columns: [
        { name: "estimator", cell: ({ name }) => LOOKS[name].name },
        { name: "draws", number: true, cell: ({ values }) => whole(values.a.length) },
        { name: "mean", number: true, cell: (each) => decimal(last(each).mean) },
        { name: "± 95 %", number: true, cell: (each) => decimal(last(each).half) },
        { name: "spread of a draw", number: true, title: "Standard deviation", cell: ({ spread }) => decimal(spread) },
        { name: "largest draw", number: true, cell: ({ largest }) => decimal(largest) },
      ],
    })}
    <p class="hint">All in nats a token. Intervals are Student’s: they are too narrow where single draws weigh a lot, as
      they do by time, when few tokens are hidden. The masked model’s loss lies at or below the bound; the twin’s is
      exact. The token before the text is the end of another one, given to both.</p>`;
}

/** @param {BoundDrawn["estimators"][number]} each */
const last = ({ running }) => running[running.length - 1];

/** @param {BoundDrawn} data */
function told({ estimators, causal, tokens }) {
  const [count, time] = estimators;
  const n = tokens.length;
  const [ours, spread] = [last(count), time.spread / count.spread];
  return html`After ${whole(count.values.a.length)} draws the masked model’s bound is <b>${decimal(ours.mean)} ±
    ${decimal(ours.half)}</b> nats a token by count; its twin loses <b>${decimal(causal)}</b> exactly
    (${decimal(causal * n, 0)} nats for the text). A draw by time varies <b>${decimal(spread, 1)}</b> times as much
      as one
    by count${
      spread > 1 ? html`: it takes ${decimal(spread * spread, 1)} times as many draws for the same interval` : ""
    }.`;
}

/** @param {BoundDrawn} data @returns {Row[]} */
export const rows = ({ estimators }) =>
  estimators.flatMap(({ name, values }) =>
    Array.from(values.a, (nats, at) => ({ estimator: name, draw: at + 1, nats_a_token: nats })),
  );
