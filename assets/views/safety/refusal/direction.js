// @ts-check
/**
 * How far both kinds of requests lie apart, by layer and token; probes and candidates below. A cell that is pressed is
 * the direction that the panel's other view takes.
 *
 * @import { RefusalCandidate, RefusalDirection } from "../../../types/safety"
 * @import { Row, View, ViewContext } from "../../../kit/view"
 */
import { matrix } from "../../../kit/cells/matrix.js";
import { plot } from "../../../kit/chart/plot.js";
import { ramp } from "../../../kit/colour/ramp.js";
import { css } from "../../../kit/colour/theme.js";
import { control } from "../../../kit/controls/declared.js";
import { decimal, percent, signed } from "../../../kit/numbers/format.js";
import { table } from "../../../kit/numbers/table.js";
import { tokenText } from "../../../kit/text/tokens.js";
import { html, nothing } from "../../../vendor/lit.js";

/** Standard deviations that full colour stands for, and pixels. */
const [MOST, NAMES, ROW, FOOT] = [6, 104, 26, 30];

/** @type {View<RefusalDirection>} */
export function direction(data, ctx) {
  return html`
    <div class="settings-row ruled">${control(ctx, "taught")} ${control(ctx, "pairs", { as: "segmented" })}</div>
    <p class="readout lead">${lead(data)}</p>
    ${map(data, ctx)}
    <p class="hint">Each cell: d′ of ${data.held} held-out pairs along the difference of the means of ${data.pairs}
      pairs, in standard deviations; full colour stands for ${MOST}, columns are blocks. Press a cell to take its
      direction in <b>Taken out, put in</b>.</p>
    ${probes(data)}
    ${candidates(data)}
    <p class="hint">The requests are mild ones, written for this page: a locked drawer, a present before its day, a
      copied homework. A model of 0.1 B parameters that was taught one topic shows how a refusal can be found and what a
      placebo is for. It does not show how safe a large model is, nor that its refusals are one direction.</p>`;
}

/** @param {RefusalDirection} data */
function lead(data) {
  const score = html`the log-odds that its answer begins as a refusal are
    <b>${signed(data.forbidden_score, 1)}</b> for forbidden requests and <b>${signed(data.harmless_score, 1)}</b> for
    their twins`;
  if (!data.refuses)
    return html`This model does not tell them apart by a refusal: ${score}. There is no refusal direction to be found
      here; what the map shows is what the words differ in.`;
  return html`This model refuses forbidden requests: ${score}. The direction before block
    <b>${data.best_layer}</b> at token ${data.best_position} is taken.`;
}

/** @param {RefusalDirection} data @param {ViewContext} ctx */
function map(data, ctx) {
  const [layers, positions] = data.apart.shape;
  const width = Math.min(ctx.width - NAMES - 8, layers * 30);
  const ink = ramp("prob");
  const at = (/** @type {{ row: number, column: number }} */ { row, column }) => column * positions + row;
  const chosen = {
    row: positions + Number(ctx.controls.token ?? data.best_position),
    column: Number(ctx.controls.layer ?? data.best_layer),
  };
  return html`<div class="scroll">${matrix({
    rows: positions,
    columns: layers,
    width,
    height: positions * ROW,
    margin: { left: NAMES, right: 2, top: 2, bottom: FOOT },
    colour: (row, column) => ink(share(data.apart.a[at({ row, column })])),
    of: [data],
    label: "Forbidden requests and twins apart, by token of the template and layer",
    told: (cell) => ({
      title: `before block ${cell.column}, ${tokenName(data, cell.row)}`,
      details: [
        ["apart", `${decimal(data.apart.a[at(cell)], 1)} standard deviations`],
        ["length", `${percent(data.length.a[at(cell)], 0)} of the stream’s`],
      ],
    }),
    select: ({ row, column }) => {
      ctx.control("layer", column);
      ctx.control("token", row - positions);
    },
    selected: chosen.row >= 0 && chosen.column < layers ? chosen : null,
    over: (context, cell) => write(context, cell, data),
  })}</div>`;
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {{ width: number, height: number }} cell @param {RefusalDirection} data
 */
function write(context, cell, data) {
  const [layers, positions] = data.apart.shape;
  context.font = `12px ${css("sans")}`;
  context.fillStyle = css("ink2");
  context.textBaseline = "middle";
  context.textAlign = "right";
  for (let row = 0; row < positions; row++)
    context.fillText(tokenText(data.tokens[row]), -8, (row + 0.5) * cell.height, NAMES - 12);
  context.textAlign = "center";
  const step = cell.width < 18 ? 5 : 2;
  for (let layer = 0; layer < layers; layer += step)
    context.fillText(String(layer), (layer + 0.5) * cell.width, positions * cell.height + 12);
}

/** @param {number} apart */
const share = (apart) => Math.max(0, Math.min(1, apart / MOST)) * 0.92;

/** @param {RefusalDirection} data @param {number} row */
const tokenName = ({ tokens }, row) => `at ${tokenText(tokens[row])} (${row - tokens.length})`;

/** @param {RefusalDirection} data */
function probes(data) {
  const { probes: found } = data;
  /** @type {[string, "logistic" | "mass_mean" | "control" | "control_known", string, string?][]} */
  const LINES = [
    ["logistic regression", "logistic", "prob"],
    ["mass mean", "mass_mean", "river-deep"],
    ["control: shuffled labels, held out", "control", "ink2", "4px,3px"],
    ["control: the texts it was fitted to", "control_known", "neg", "1px,3px"],
  ];
  return html`<h3 class="sub3">Probes at the template’s last token</h3>
    ${plot({
      label: "Held-out accuracy of probes by layer",
      height: 260,
      traces: LINES.map(([name, key, color, dash]) => ({
        ...{ name, color, dash, mode: "lines+markers", size: 6, width: 2 },
        x: found.map(({ layer }) => layer),
        y: found.map((each) => each[key]),
        hover: `layer %{x}: %{y:.0%}<extra>${name}</extra>`,
      })),
      x: { title: "before block", tickformat: ",d" },
      y: { title: "accuracy", tickformat: ".0%", range: [0, 1.05] },
    })}
    <p class="hint">Fitted on ${data.pairs} pairs, tried on ${data.held} pairs of other templates. The probe on shuffled
      labels learns its own texts by heart and knows nothing of new ones: only the distance to it is a finding.</p>`;
}

/** @param {RefusalDirection} data */
function candidates(data) {
  if (!data.tried.length) return nothing;
  const best = (/** @type {RefusalCandidate} */ each) =>
    each.layer === data.best_layer && each.position === data.best_position;
  return html`<details><summary>Selection: ${data.tried.length} directions tried on ${data.tried_on} requests of each
      kind${data.recorded ? ", recorded" : ""}</summary>
    ${table({
      label: "Directions that were tried",
      rows: [...data.tried],
      rowClass: (each) => (best(each) ? "on" : ""),
      columns: [
        { name: "block", number: true, cell: ({ layer }) => layer },
        { name: "token", number: true, cell: ({ position }) => position },
        { name: "refusal score, ablated", number: true, cell: ({ ablated }) => signed(ablated, 1) },
        { name: "twins’, added", number: true, cell: ({ induced }) => signed(induced, 1) },
        { name: "KL, nats", number: true, cell: ({ kl }) => decimal(kl, 3) },
        { name: "", cell: (each) => (best(each) ? html`<b>taken</b>` : each.why) },
      ],
    })}</details>`;
}

/** @param {RefusalDirection} data @returns {Row[]} */
export const rows = ({ apart, length, tokens }) =>
  Array.from(apart.a, (value, at) => ({
    layer: Math.floor(at / tokens.length),
    token: (at % tokens.length) - tokens.length,
    apart: value,
    length: length.a[at],
  }));
