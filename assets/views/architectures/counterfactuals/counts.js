// @ts-check
/**
 * The same weights with fewer or more experts a token: a row a number.
 *
 * @import { CounterfactualCounts, CountRow } from "../../../types/architectures"
 * @import { Column } from "../../../kit/numbers/table.js"
 * @import { Row, View, ViewContext } from "../../../kit/view"
 */

import { control } from "../../../kit/controls/declared.js";
import { legend } from "../../../kit/drawing/legend.js";
import { counted, percent } from "../../../kit/numbers/format.js";
import { table } from "../../../kit/numbers/table.js";
import { under } from "../../../kit/runs/beside.js";
import { token, tokenText } from "../../../kit/text/tokens.js";
import { least, max } from "../../../vendor/d3.js";
import { html, nothing } from "../../../vendor/lit.js";
import { cellBar } from "./cell_bar.js";
import { chosenCount, isKept, keepLink, lossNote, lossText, nats, stackNote } from "./changes.js";
import { comparedCounts, withCount } from "./compared_counts.js";
import { LANE, lossLane } from "./loss_lane.js";

export const follows = true;

const NARROW = 620;
const MIDDLE = 900;
const BARS = { middle: 70, wide: 130 };

/** @type {View<CounterfactualCounts>} */
export function counts(data, ctx) {
  return html`
    <div class="counterfactuals">
      <div class="bar">
        ${control(ctx, "where", {
          choices: [
            ["all", "Every block"],
            ["layer", `Block ${data.layer}`],
          ],
        })}
        ${legend([
          ["loss-dot", "loss; line: the run’s own"],
          ["quiet", "KL"],
          ctx.there && ["dot", `${ctx.beside.name}; dashed line: its own`],
          ctx.there && ["dashed", `KL, ${ctx.beside.name}`],
        ])}
      </div>
      ${comparedCounts(data, ctx)}
      ${table({
        label: "Loss and KL by experts a token uses",
        className: "changes",
        columns: columns(data, ctx),
        rows: data.rows.slice(1),
        selected: ({ k }) => k === chosenCount(ctx),
        select: ({ k }) => ctx.control("pick", `k${k}`),
      })}
      <p class="hint">${lossNote(data)}${lowest(data)}${stackNote(data)}</p>
    </div>`;
}

/**
 * @param {CounterfactualCounts} data
 * @param {ViewContext} ctx
 * @returns {Row[]}
 */
export function rows(data, ctx) {
  return data.rows.map((row) => ({
    experts_a_token: row.k,
    trained: row.k === data.trained,
    router_share: row.kept,
    loss: row.loss,
    kl: row.kl,
    target: tokenText(data.target),
    change_of_ln_p: row.target,
    p: row.p,
    next: tokenText(row.ids[0]),
    p_of_next: row.probabilities[0],
    ...(ctx.there
      ? {
          [`loss_in_${ctx.beside.column}`]: withCount(ctx, row.k)?.loss,
          [`kl_in_${ctx.beside.column}`]: withCount(ctx, row.k)?.kl,
        }
      : {}),
  }));
}

/** @param {CounterfactualCounts} data */
function lowest({ rows, trained, tokens }) {
  const read = rows.slice(1).filter(({ loss }) => loss !== null);
  const best = least(read, ({ loss }) => loss);
  if (!best) return "";
  const here = ` On these ${counted(tokens - 1, "token")} the loss is lowest with ${counted(best.k ?? 0, "expert")}`;
  if (best.k === trained) return `${here}, the number that the model was trained with.`;
  const own = read.find(({ k }) => k === trained);
  const below = own ? `, ${lossText((own.loss ?? 0) - (best.loss ?? 0))} nats below the loss with ${trained}` : "";
  const short = "One short text does not show that another number is better.";
  return `${here}${below}; the model was trained with ${trained}. ${short}`;
}

/** @param {CountRow} row @param {CounterfactualCounts} data */
const nameOf = ({ k }, { where, layer }) =>
  `${counted(k ?? 0, "expert")} for each token in ${where === "all" ? "every block" : `block ${layer}`}`;

/**
 * @param {CounterfactualCounts} data
 * @param {ViewContext} ctx
 * @returns {Column<CountRow>[]}
 */
function columns(data, ctx) {
  const narrow = ctx.width < NARROW;
  const middle = ctx.width < MIDDLE;
  const lane = narrow ? LANE.narrow : middle ? LANE.middle : LANE.wide;
  const most = Math.max(max([...data.rows, ...(ctx.there?.rows ?? [])], ({ kl }) => kl) ?? 0, 1e-9);
  const other = (/** @type {CountRow} */ { k }) => withCount(ctx, k);
  const both = (/** @type {(row: CountRow) => string} */ text) => (/** @type {CountRow} */ row) => {
    const there = other(row);
    return under(text(row), ctx.beside, there && text(there));
  };
  /** @type {Column<CountRow>[]} */
  const losses = [
    { name: "loss", title: lossNote(data), cell: both(({ loss }) => lossText(loss)), number: true },
    ...(data.rows[0].loss === null
      ? []
      : [
          {
            name: html`<span class="unseen">loss, drawn</span>`,
            cell: (/** @type {CountRow} */ row) => lossLane(row, data, ctx, lane),
          },
        ]),
    { name: "KL, nats", title: "At the selected position", cell: both(({ kl }) => nats(kl)), number: true },
  ];
  /** @type {Column<CountRow>} */
  const action = {
    name: html`<span class="unseen">Action</span>`,
    cell: (row) => keepLink(ctx, row.edit, nameOf(row, data)),
    number: true,
  };
  /** @type {Column<CountRow>} */
  const count = { name: narrow ? "k" : "Experts a token", cell: (row) => countName(row, data, ctx) };
  if (narrow) return [count, ...losses, action];
  const width = middle ? BARS.middle : BARS.wide;
  return [
    count,
    {
      name: "router’s share",
      title: "Mean share of the router’s probability that these experts have",
      cell: ({ kept }) => percent(kept ?? 0),
      number: true,
    },
    ...losses,
    {
      name: html`<span class="unseen">KL, drawn</span>`,
      cell: (row) => cellBar(row.kl, most, { width, was: other(row)?.kl }),
    },
    { name: "Top next tokens", cell: (row) => answers(row, data) },
    action,
  ];
}

/** @param {CountRow} row @param {CounterfactualCounts} data @param {ViewContext} ctx */
function countName(row, data, ctx) {
  return html`
    <span data-k=${row.k} title=${nameOf(row, data)}>${row.k}</span>
    ${row.k === data.trained ? html`<span class="trained">trained</span>` : nothing}
    ${isKept(ctx, row.edit) ? html`<span class="muted">on the stack</span>` : nothing}`;
}

/** @param {CountRow} row @param {CounterfactualCounts} data */
function answers({ ids, probabilities }, { rows }) {
  const another = (/** @type {number} */ id, /** @type {number} */ at) => at === 0 && id !== rows[0].ids[0];
  return html`
    <span class="answers">
      ${ids.map(
        (id, at) =>
          html`<span>${token(id, { className: `mono tokword${another(id, at) ? " another" : ""}` })}
            ${percent(probabilities[at])}</span>`,
      )}
    </span>`;
}
