// @ts-check
/**
 * The columns of the table of experts, as many as there is room for, and the words for a change.
 *
 * @import { CounterfactualTable, ExpertRow } from "../../../types/architectures"
 * @import { Column } from "../../../kit/numbers/table.js"
 * @import { ViewContext } from "../../../kit/view"
 */

import { counted, percent, tone } from "../../../kit/numbers/format.js";
import { under } from "../../../kit/runs/beside.js";
import { token } from "../../../kit/text/tokens.js";
import { max } from "../../../vendor/d3.js";
import { html, nothing } from "../../../vendor/lit.js";
import { cellBar } from "./cell_bar.js";
import { change, isKept, isNoise, keepLink, lossNote, nats } from "./changes.js";

/** Below these widths columns are left out, and bars are shorter. */
const NARROW = 620;
const MIDDLE = 900;
const BARS = { middle: 84, wide: 168 };

/** @type {Record<string, [name: string, title: string]>} */
const TAKEN = {
  here: ["Weight", "The expert’s weight for the selected token"],
  layer: ["Weight, tokens", "The expert’s weight for the selected token, and how many tokens use it"],
  token: ["Used", "In how many blocks the selected token uses it"],
  all: ["Used", "By the selected token and by all tokens, counted once for each block"],
};

/** @param {CounterfactualTable} data */
export const verb = (data) => (data.do === "forbid" ? "forbidden" : "forced");

/** @param {CounterfactualTable} data */
export function placeOf({ scope, layer }) {
  if (scope === "here") return `in block ${layer} for this token`;
  if (scope === "layer") return `in block ${layer}`;
  return scope === "token" ? "for this token in all blocks" : "everywhere";
}

/** @param {ExpertRow} row @param {CounterfactualTable} data */
export const nameOf = (row, data) => `Expert ${row.expert} ${verb(data)} ${placeOf(data)}`;

/**
 * Whether the change can move the loss: the last token of a text has no successor in it.
 * @param {CounterfactualTable} data
 */
export function isMoved({ scope, position, tokens }) {
  const alone = scope === "here" || scope === "token";
  return tokens > 1 && !(alone && position === tokens - 1);
}

/**
 * @param {CounterfactualTable} data
 * @param {ViewContext<any, CounterfactualTable>} ctx
 * @returns {Column<ExpertRow>[]}
 */
export function columns(data, ctx) {
  const narrow = ctx.width < NARROW;
  const width = ctx.width < MIDDLE ? BARS.middle : BARS.wide;
  const most = Math.max(max([...data.rows, ...(ctx.there?.rows ?? [])], ({ kl }) => kl) ?? 0, 1e-9);
  const [name, title] = TAKEN[data.scope];
  /** @type {Column<ExpertRow>[]} */
  const before = [
    { name: "Expert", cell: (row) => expertName(row, data, ctx, narrow) },
    { name, title, cell: (row) => taken(row, data) },
    {
      name: "KL, nats",
      title: "KL(p || p with the change), the next token after the selected one",
      cell: (row) => (row.expert === null ? html`<span class="muted">0</span>` : klOf(row, ctx)),
      number: true,
    },
  ];
  /** @type {Column<ExpertRow>} */
  const bar = {
    name: html`<span class="unseen">KL, drawn</span>`,
    cell: (row) => (row.expert === null ? nothing : barOf(row, ctx, { most, width })),
  };
  /** @type {Column<ExpertRow>} */
  const next = { name: narrow ? "Next" : "Top next token", cell: (row) => answer(row, data) };
  /** @type {Column<ExpertRow>} */
  const action = {
    name: html`<span class="unseen">Action</span>`,
    cell: (row) => (row.expert === null ? nothing : keepLink(ctx, row.edit, nameOf(row, data))),
    number: true,
  };
  if (narrow) return [...before, next, action];
  return [...before, bar, targetColumn(data), next, ...probabilityAndLoss(data), action];
}

/**
 * The same expert's in the other run, where it was tried there.
 * @param {Pick<ViewContext<any, CounterfactualTable>, "there">} ctx
 * @param {ExpertRow} row
 */
export const withExpert = ({ there }, { expert }) => there?.rows.find((row) => row.expert === expert);

/** @param {ExpertRow} row @param {ViewContext<any, CounterfactualTable>} ctx */
function klOf(row, ctx) {
  const there = withExpert(ctx, row);
  const told = there && !(isNoise(row.kl) && isNoise(there.kl));
  return under(nats(row.kl), ctx.beside, told ? nats(there.kl) : undefined);
}

/**
 * @param {ExpertRow} row
 * @param {ViewContext<any, CounterfactualTable>} ctx
 * @param {{ most: number, width: number }} scale
 */
const barOf = (row, ctx, { most, width }) =>
  cellBar(row.kl, most, { width, own: row.in_layers > 0, was: withExpert(ctx, row)?.kl });

/** @param {ExpertRow} row @param {CounterfactualTable} data @param {ViewContext} ctx @param {boolean} narrow */
function expertName(row, data, ctx, narrow) {
  if (row.expert === null) return "no change";
  const kept = isKept(ctx, row.edit) ? html` <span class="muted">on the stack</span>` : nothing;
  return html`<span data-expert=${row.expert}
    title=${nameOf(row, data)}>${narrow ? row.expert : `Expert ${row.expert}`}</span>${kept}`;
}

/** @param {ExpertRow} row @param {CounterfactualTable} data */
function taken(row, data) {
  if (row.expert === null) return nothing;
  return html`<span class=${row.in_layers > 0 ? "own" : "muted"}>${takenText(row, data)}</span>`;
}

/** @param {ExpertRow} row @param {CounterfactualTable} data */
function takenText({ weight, in_layers, in_places }, { scope, layers }) {
  const own = weight ?? 0;
  if (scope === "here") return own > 0 ? percent(own) : "not used";
  if (scope === "layer") {
    if (own > 0) return `${percent(own)}, ${counted(in_places, "token")}`;
    return in_places ? counted(in_places, "other token") : "by no token";
  }
  if (scope === "token") return in_layers ? `in ${in_layers} of ${counted(layers, "block")}` : "in no block";
  return in_places ? `${in_layers ? `${in_layers} here, ` : ""}${in_places} in total` : "never";
}

/**
 * @param {CounterfactualTable} data
 * @returns {Column<ExpertRow>}
 */
const targetColumn = (data) => ({
  name: html`Δ ln p of ${token(data.target, { className: "mono" })}`,
  title: "Change of the target’s log-probability, nats",
  cell: (row) =>
    row.expert === null
      ? html`<span class="muted">0</span>`
      : html`<span class=${Math.abs(row.target) < 5e-5 ? "muted" : tone(row.target)}>${change(row.target)}</span>`,
  number: true,
});

/** In bold where it is another than the run's. @param {ExpertRow} row @param {CounterfactualTable} data */
function answer(row, { rows }) {
  const changed = row.ids[0] !== rows[0].ids[0];
  const className = `mono tokword${changed ? " another" : ""}`;
  return html`${token(row.ids[0], { className })}${changed ? html` <span class="muted">changed</span>` : nothing}`;
}

/**
 * @param {CounterfactualTable} data
 * @returns {Column<ExpertRow>[]}
 */
function probabilityAndLoss(data) {
  const [base] = data.rows;
  /** @type {Column<ExpertRow>} */
  const probability = { name: "its probability", cell: (row) => percent(row.probabilities[0]), number: true };
  if (!isMoved(data)) return [probability];
  const loss = (/** @type {ExpertRow} */ row) =>
    row.expert === null ? html`<span class="muted">0</span>` : change(row.loss - base.loss);
  return [probability, { name: "Δ loss", title: `Change of the loss. ${lossNote(data)}`, cell: loss, number: true }];
}
