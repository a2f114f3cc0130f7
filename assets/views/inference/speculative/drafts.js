// @ts-check
/**
 * What each draft is worth: how often it would be kept, what it costs, and the speed that the formula promises.
 *
 * @import { DraftsWorth, DraftWorth, SpeculationRounds } from "../../../types/inference"
 * @import { TimesAsLong } from "../../../types/shared"
 * @import { Content } from "../../../kit/numbers/table"
 * @import { BesideWords, Row, View } from "../../../kit/view"
 * @import { Context } from "./promise.js"
 */

import { decimal, percent } from "../../../kit/numbers/format.js";
import { timed } from "../../../kit/numbers/magnitude.js";
import { table } from "../../../kit/numbers/table.js";
import { cell, verdict } from "../../../kit/numbers/timing.js";
import { under } from "../../../kit/runs/beside.js";
import { html, nothing } from "../../../vendor/lit.js";
import { isPartial, kindName, times } from "./kinds.js";
import { draftThere, promise } from "./promise.js";

/** Below this width chart and table stand under one another; below the other, the table leaves its last column out. */
const WIDE = 860;
const NARROW = 520;
const GAP = 36;

/** @type {View<DraftsWorth>} */
export function drafts(data, ctx) {
  const run = /** @type {SpeculationRounds | undefined} */ (ctx.payload("rounds"));
  const kind = String(ctx.controls.draft ?? run?.draft ?? "int4");
  const gamma = Number(ctx.controls.gamma);
  const wide = ctx.width >= WIDE;
  /** @param {string} kind */
  const open = (kind) => {
    ctx.control("draft", kind);
    if (!ctx.payload("rounds")) ctx.measure("rounds");
  };
  return html`
    <div class="speculation worth ${wide ? "wide" : ""}">
      <div>
        <h3 class="sub3">Predicted speed <small>× plain decoding, by γ</small></h3>
        ${promise({ data, run, kind, width: wide ? (ctx.width - GAP) / 2 : ctx.width, open, ctx })}
      </div>
      <div>
        ${worth({ data, kind, gamma, narrow: ctx.width < NARROW, open, ctx })}
        ${ctx.there ? html`<p class="readout basenote">${compared(ctx.there, ctx.beside)}</p>` : nothing}
        <p class="hint">${best(data)} ${method(data)}</p>
      </div>
    </div>`;
}

/**
 * @param {DraftsWorth} data
 * @param {Context} ctx
 * @returns {Row[]}
 */
export function rows({ drafts }, ctx) {
  const { there, beside } = ctx;
  return drafts.flatMap((draft) =>
    draft.speedup.map((speedup, at) => ({
      draft: kindName(draft.kind),
      gamma: at + 1,
      speedup,
      low: draft.low[at],
      high: draft.high[at],
      tokens_a_pass: draft.tokens[at],
      kept: draft.alpha,
      cost: draft.cost,
      best: draft.best === at + 1,
      ...(there
        ? {
            [`kept_in_${beside.column}`]: draftThere(draft.kind, ctx)?.alpha ?? null,
            [`speedup_in_${beside.column}`]: draftThere(draft.kind, ctx)?.speedup[at] ?? null,
          }
        : {}),
    })),
  );
}

/**
 * @param {{ data: DraftsWorth, kind: string, gamma: number, narrow: boolean, open: (kind: string) => void,
 *   ctx: Context }} options
 */
function worth({ data, kind, gamma, narrow, open, ctx }) {
  /** @param {DraftWorth} draft @param {Content} here @param {(draft: DraftWorth) => string} said */
  const both = (draft, here, said) => {
    const other = draftThere(draft.kind, ctx);
    return under(here, ctx.beside, other && said(other));
  };
  const at = Math.min(gamma, data.drafts[0].speedup.length) - 1;
  const number = true;
  const whole = data.rounds >= data.of_rounds;
  /** @param {DraftWorth} draft */
  const name = ({ kind }) => `${kindName(kind)}${isPartial(kind) ? `, ${data.blocks} of ${data.n_layers}` : ""}`;
  return table({
    label: "The drafts",
    rows: data.drafts,
    columns: [
      { name: "Draft", cell: name },
      {
        name: "accepted",
        title: "Mean of Σ min(p, q)",
        cell: (draft) => both(draft, percent(draft.alpha), ({ alpha }) => percent(alpha)),
        number,
      },
      { name: "cost", title: "One drafted token, in plain steps", cell: ({ cost }) => decimal(cost), number },
      {
        name: `speed, γ = ${gamma}`,
        title: "Expected, in times plain decoding’s",
        cell: (draft) =>
          both(
            draft,
            html`${times(draft.speedup[at])}<small>${decimal(draft.low[at])} to ${decimal(draft.high[at])}</small>`,
            ({ speedup }) => times(speedup[at]),
          ),
        number,
      },
      {
        name: "best γ",
        title: "Whether the middle half of the rounds lies above 1, below 1, or on both sides",
        cell: (draft) => html`${draft.best}${whole ? html`<small>${cell(atBest(draft), pays)}</small>` : nothing}`,
        number,
      },
      ...(narrow
        ? []
        : [
            {
              name: "a pass",
              title: `Tokens expected a pass at γ = ${gamma}`,
              cell: (/** @type {DraftWorth} */ { tokens }) => decimal(tokens[at]),
              number,
            },
          ]),
    ],
    selected: (draft) => draft.kind === kind,
    select: (draft) => open(draft.kind),
  });
}

/**
 * What drafts are worth at the positions of the other run.
 * @param {DraftsWorth} there
 * @param {BesideWords} beside
 */
function compared({ drafts, positions, rounds }, beside) {
  const top = most(drafts);
  const at = top.best - 1;
  return html`${beside.start}, over ${positions} positions and ${rounds} rounds, the best prediction is that of
    ${kindName(top.kind)} with γ = ${top.best}: <b>${times(top.speedup[at])}</b> (${decimal(top.low[at])} to
    ${decimal(top.high[at])}), and <b data-alpha=${top.alpha}>${percent(top.alpha)}</b> of it would be kept.`;
}

/** @param {DraftsWorth} data */
function best({ drafts, rounds, of_rounds }) {
  if (rounds < of_rounds) return `Round ${rounds} of ${of_rounds} so far.`;
  const costly = drafts.every(({ verdict }) => verdict === "costs");
  const top = most(costly ? drafts : drafts.filter(({ verdict }) => verdict !== "costs"));
  const name = `${kindName(top.kind)} with γ = ${top.best}`;
  const said = (/** @type {TimesAsLong} */ { median, low, high }) => {
    const promised = `${times(median)} (${decimal(low)} to ${decimal(high)})`;
    return costly
      ? `No draft pays here: the best one, ${name}, is predicted at ${promised}.`
      : `The best prediction is that of ${name}: ${promised}.`;
  };
  return verdict(atBest(top), said, `whether the best draft pays, ${name}`);
}

/** Of which most is promised. @param {DraftWorth[]} drafts */
const most = (drafts) => drafts.reduce((top, one) => (atBest(one).median > atBest(top).median ? one : top));

/** How many times as fast a draft is at its best γ. @param {DraftWorth} draft @returns {TimesAsLong} */
function atBest({ speedup, low, high, best, verdict }) {
  const at = best - 1;
  return { median: speedup[at], low: low[at], high: high[at], clear: verdict !== "unclear" };
}

/** @param {TimesAsLong} times */
const pays = ({ median }) => (median > 1 ? "pays" : "costs");

/** @param {DraftsWorth} data */
function method({ positions, step, rounds, rows, pass_cost, found }) {
  const costs = rows.slice(1).map((count, at) => `${count} tokens ${decimal(pass_cost[at + 1])}`);
  return (
    `Speed = (1 − α^(γ+1)) / (1 − α) / (γ · cost + pass), where α is the accepted share over ${positions} positions ` +
    `of this run. A plain step takes ${timed(step.ms)} (median of ${rounds} rounds, middle half ${timed(step.low)} ` +
    `to ` +
    `${timed(step.high)}). A checking pass costs, in plain steps: ${costs.join(", ")}. Look-up finds a place to copy ` +
    `from at ${found} of ${positions} positions; the others count as rejected.`
  );
}
