// @ts-check
/**
 * A mixture's decoding against dense decoders of its active and of its total size, by the clock.
 *
 * @import { DecodeSpeed, MixtureRatio, MoeSpeed } from "../../../types/architectures"
 * @import { Row, View } from "../../../kit/view"
 * @import { Column } from "../../../kit/numbers/table.js"
 *
 * @typedef {"mixture" | "active" | "total"} Kind
 */

import { plot } from "../../../kit/chart/plot.js";
import { control } from "../../../kit/controls/declared.js";
import { counted, decimal } from "../../../kit/numbers/format.js";
import { figures, parameters } from "../../../kit/numbers/magnitude.js";
import { table } from "../../../kit/numbers/table.js";
import { cell, NONE } from "../../../kit/numbers/timing.js";
import { html, nothing } from "../../../vendor/lit.js";
import { between, measuring, ratioTo, said, speedOf } from "./speed_said.js";

/** @type {{ kind: Kind, name: string, column: string, color: string, dash?: string }[]} */
const KINDS = [
  { kind: "mixture", name: "mixture", column: "mixture", color: "prob" },
  { kind: "active", name: "dense, active size", column: "active size", color: "ink2", dash: "4px,3px" },
  { kind: "total", name: "dense, total size", column: "total size", color: "river-deep" },
];

/** @type {View<MoeSpeed>} */
export function speed(data, ctx) {
  return html`
    <div class="settings-row">${control(ctx, "rounds")}</div>
    <p class="readout lead">${said(data)}</p>
    <div class="halves">
      <div>
        <h3 class="sub3">Tokens a second, all sequences together</h3>
        ${curves(data)}
      </div>
      <div>
        ${steps(data)}
        <p class="hint">${method(data)}</p>
      </div>
    </div>`;
}

/**
 * @param {MoeSpeed} data
 * @returns {Row[]}
 */
export function rows(data) {
  return data.speeds.map((each) => {
    const ratio = ratioTo(data, each.name, each.batch);
    return {
      decoder: each.name,
      rows: each.batch,
      step_ms: each.step_ms,
      low_ms: each.low_ms,
      high_ms: each.high_ms,
      tokens_a_second: each.tokens,
      mixture_step_times: ratio?.median,
      ratio_low: ratio?.low,
      ratio_high: ratio?.high,
      clear: ratio?.clear,
    };
  });
}

/** @param {MoeSpeed} data */
function curves(data) {
  return plot({
    label: "Tokens a second against sequences in the batch",
    height: 290,
    traces: KINDS.map(({ kind, name, color, dash }) =>
      curve(
        data.speeds.filter((each) => each.name === kind),
        { name, color, dash },
      ),
    ),
    x: { title: "sequences in the batch", type: "log", tickvals: data.batches },
    y: { title: "tokens a second", rangemode: "tozero" },
    margin: { t: 34 },
  });
}

/**
 * The middle half of the rounds stands as whiskers.
 * @param {DecodeSpeed[]} speeds
 * @param {{ name: string, color: string, dash?: string }} style
 */
function curve(speeds, style) {
  return {
    ...style,
    x: speeds.map(({ batch }) => batch),
    y: speeds.map(({ tokens }) => tokens),
    mode: "lines+markers",
    size: 7,
    error_y: {
      type: "data",
      symmetric: false,
      array: speeds.map(({ fast, tokens }) => fast - tokens),
      arrayminus: speeds.map(({ slow, tokens }) => tokens - slow),
      thickness: 1,
      width: 3,
    },
    hover: `${style.name}: %{y:.0f}<extra></extra>`,
  };
}

/** @param {MoeSpeed} data */
function steps(data) {
  /** @type {Column<number>[]} */
  const columns = [
    { name: "rows", title: "sequences in the batch", number: true, cell: String },
    ...KINDS.map(({ kind, column }) => ({
      name: column,
      number: true,
      title: "milliseconds a step",
      cell: (/** @type {number} */ batch) => stepTime(speedOf(data, kind, batch)),
    })),
    {
      name: "÷ active",
      title: "step of the mixture ÷ step of the dense decoder of its active size",
      number: true,
      cell: (batch) => stepRatio(ratioTo(data, "active", batch), data),
    },
    {
      name: "÷ total",
      title: "step of the mixture ÷ step of the dense decoder of its total size",
      number: true,
      cell: (batch) => stepRatio(ratioTo(data, "total", batch), data),
    },
    {
      name: "read",
      title: "experts read in each block",
      number: true,
      cell: (batch) => decimal(data.read[data.batches.indexOf(batch)], 1),
    },
  ];
  return table({ label: "A step of decoding, by sequences in the batch", columns, rows: data.batches });
}

/** @param {DecodeSpeed | undefined} step */
function stepTime(step) {
  if (!step) return nothing;
  const { step_ms, low_ms, high_ms } = step;
  return html`${figures(step_ms)} ms${spread(between(low_ms, high_ms, figures))}`;
}

/**
 * @param {MixtureRatio | undefined} ratio
 * @param {MoeSpeed} data
 */
function stepRatio(ratio, data) {
  if (!ratio) return nothing;
  const said = cell(ratio, ({ median }) => `${decimal(median)} ×`, measuring(data) ? "" : NONE);
  return html`${said}${spread(between(ratio.low, ratio.high))}`;
}

/** @param {string} text */
const spread = (text) => (text ? html`<small>${text}</small>` : nothing);

/** @param {MoeSpeed} data */
const method = (data) =>
  `Medians of ${counted(data.done, "round")} of ${data.new} steps each; below each median, the quartiles of the ` +
  `rounds. Each sequence begins with ${data.prompt} tokens of a passage; the decoders take turns, with ` +
  `${counted(data.threads, "thread")}. Ratios are taken within a round; “${NONE}”: the quartiles include 1. The ` +
  `dense decoders have one feed-forward layer ${data.k} or ${data.n_experts} times as wide as an expert ` +
  `(${parameters(data.parameters.active)} and ${parameters(data.parameters.total)} parameters). Their weights are ` +
  "random, which does not change the time of a step. Experts read: in each block, by the formula of the view above.";
