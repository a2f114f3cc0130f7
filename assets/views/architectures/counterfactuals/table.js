// @ts-check
/**
 * One expert forbidden, or alone allowed: a row an expert.
 *
 * @import { CounterfactualTable, ExpertRow } from "../../../types/architectures"
 * @import { Row, View, ViewContext } from "../../../kit/view"
 */

import { segmented } from "../../../kit/controls/controls.js";
import { control } from "../../../kit/controls/declared.js";
import { select } from "../../../kit/controls/select.js";
import { legend } from "../../../kit/drawing/legend.js";
import { decimal, percent } from "../../../kit/numbers/format.js";
import { table as drawnTable } from "../../../kit/numbers/table.js";
import { baseNote } from "../../../kit/runs/beside.js";
import { token, tokenText } from "../../../kit/text/tokens.js";
import { greatest, range } from "../../../vendor/d3.js";
import { html, nothing } from "../../../vendor/lit.js";
import { chosenExpert, keepButton, lossNote, lossText, nats, pickExpert, stackNote } from "./changes.js";
import { columns, isMoved, nameOf, placeOf, verb, withExpert } from "./table_columns.js";

export const follows = true;

/** So many blocks can stand side by side; more are a list to open. */
const SIDE_BY_SIDE = 12;

/** @type {View<CounterfactualTable>} */
export function table(data, ctx) {
  const expert = chosenExpert(data, ctx);
  return html`
    <div class="counterfactuals">
      <div class="bar">${settings(data, ctx)}
        ${legend([
          ["solid", "the selected token uses it"],
          ["quiet", "the selected token does not use it"],
          ctx.there && ["dot", ctx.beside.name],
          ctx.there && ["dashed", `KL, ${ctx.beside.name}`],
        ])}
      </div>
      ${baseNote(ctx, ctx.there, compared(data, ctx))}
      ${whichBlock(data, ctx)}
      <p class="hint">${unchanged(data)}</p>
      ${drawnTable({
        label: "Experts changed one by one",
        className: "changes",
        columns: columns(data, ctx),
        rows: data.rows,
        rowClass: (row) => (row.expert === null ? "none" : ""),
        selected: (row) => row.expert !== null && row.expert === expert,
        select: (row) => row.expert !== null && pickExpert(ctx, row.expert, { layer: data.layer }),
      })}
      ${chosenRow(data, ctx, expert)}
      <p class="hint">${notes(data)}</p>
    </div>`;
}

/**
 * The expert whose effect differs most from that in the other run, of those that both have tried.
 * @param {CounterfactualTable} data
 * @param {ViewContext<any, CounterfactualTable>} ctx
 */
function compared(data, ctx) {
  const { beside } = ctx;
  const experts = data.rows.filter((row) => row.expert !== null && withExpert(ctx, row));
  const there = (/** @type {ExpertRow} */ row) => withExpert(ctx, row)?.kl ?? 0;
  const most = greatest(experts, (row) => Math.abs(row.kl - there(row)));
  if (!most) return nothing;
  return html`The largest difference between the runs: expert ${most.expert} ${verb(data)} ${placeOf(data)} gives KL
    <b data-kl=${there(most)}>${nats(there(most))}</b> nats in ${beside.the}, <b>${nats(most.kl)}</b> here.`;
}

/**
 * @param {CounterfactualTable} data
 * @param {ViewContext<any, CounterfactualTable>} ctx
 * @returns {Row[]}
 */
export function rows(data, ctx) {
  return data.rows.map((row) => ({
    change: row.expert === null ? "none" : nameOf(row, data),
    expert: row.expert,
    weight: row.weight,
    blocks_that_take_it: row.in_layers,
    places_that_take_it: row.in_places,
    kl: row.kl,
    target: tokenText(data.target),
    change_of_ln_p: row.target,
    p: row.p,
    next: tokenText(row.ids[0]),
    p_of_next: row.probabilities[0],
    loss: row.loss,
    ...(ctx.there ? { [`kl_in_${ctx.beside.column}`]: withExpert(ctx, row)?.kl } : {}),
  }));
}

/** @param {CounterfactualTable} data @param {ViewContext} ctx */
function settings(data, ctx) {
  const { scope } = ctx.controls;
  return html`
    <div class="settings">
      ${control(ctx, "do")} ${control(ctx, "scope")}
      ${scope === "here" || scope === "layer" ? blocks(data, ctx) : nothing}
    </div>`;
}

/** @param {CounterfactualTable} data @param {ViewContext} ctx */
function blocks({ layers, layer: chosen }, ctx) {
  const choose = (/** @type {number} */ to) => open(ctx, to);
  const choices = range(layers).map((each) => /** @type {[number, string]} */ ([each, String(each)]));
  if (layers > SIDE_BY_SIDE) return select({ label: "Block", choices, chosen, choose });
  return html`<span class="setting"><span>Block</span> ${segmented({
    label: "Block",
    choices,
    chosen,
    choose,
  })}</span>`;
}

/** From now on the selected block. @param {ViewContext} ctx @param {number} layer */
function open(ctx, layer) {
  ctx.control("block", "selected");
  ctx.select({ layer });
}

/** Why the view shows another block than selected. @param {CounterfactualTable} data @param {ViewContext} ctx */
function whichBlock({ selected, layer, expert }, ctx) {
  if (selected === null) return nothing;
  return html`<p class="hint which-block">The view opens on <b>expert ${expert} of block ${layer}</b>: of all experts
    that the selected token uses, this one changes the next token most when it is forbidden.
    <button class="linkbtn" type="button" @click=${() => open(ctx, selected)}>Show the selected block
      ${selected}</button></p>`;
}

/** @param {CounterfactualTable} data @param {ViewContext} ctx @param {number | null} expert */
function chosenRow(data, ctx, expert) {
  const row = data.rows.find((each) => each.expert !== null && each.expert === expert);
  return html`
    <div class="chosen-change">
      <p class="readout" aria-live="polite">${row ? said(row, data) : unsaid(data, expert)}</p>
      ${row ? keepButton(ctx, row.edit, nameOf(row, data)) : nothing}
    </div>`;
}

/** What all differences in the table are taken from. @param {CounterfactualTable} data */
function unchanged(data) {
  const loss = isMoved(data) ? html`, loss <b>${lossText(data.rows[0].loss)}</b> nats` : nothing;
  return html`Without a change, ${token(data.target)} has the probability <b>${percent(data.before)}</b>
    (ln p ${decimal(Math.log(data.before), 3)})${loss}. Columns with Δ show differences from that.`;
}

/** @param {ExpertRow} row @param {CounterfactualTable} data */
function said(row, data) {
  const loss = isMoved(data)
    ? html`, loss ${lossText(data.rows[0].loss)} → <b>${lossText(row.loss)}</b> nats`
    : nothing;
  return html`
    <b>Expert ${row.expert}</b> ${verb(data)} ${placeOf(data)}: KL <b>${nats(row.kl)} nats</b>, probability of
    ${token(data.target)} ${percent(data.before)} → <b>${percent(row.p)}</b>${loss}.`;
}

/** @param {CounterfactualTable} data @param {number | null} expert */
const unsaid = (data, expert) =>
  expert === null
    ? "Choose a row. The continuation below then uses that change."
    : `Expert ${expert} is not among the ${data.rows.length - 1} experts with the highest router scores here.`;

/** @param {CounterfactualTable} data */
function notes(data) {
  const others = data.experts - (data.rows.length - 1);
  const left = others ? ` The ${others} experts with the lowest router scores here are not run.` : "";
  return (isMoved(data) ? lossNote(data) : unmoved(data)) + left + stackNote(data);
}

/** @param {CounterfactualTable} data */
const unmoved = ({ tokens, rows }) =>
  tokens > 1
    ? "The text ends at this token, so the change affects only the next token. The loss stays " +
      `${lossText(rows[0].loss)} nats.`
    : "A single token has no loss.";
