// @ts-check
/**
 * Plans of a model on a cluster: a cell for each tensor and pipeline degree, and the cost of the one that is opened.
 *
 * @import { PlanCell, PlannerCells } from "../../../types/systems"
 * @import { Row, View, ViewContext } from "../../../kit/view"
 */
import { control } from "../../../kit/controls/declared.js";
import { percent, whole } from "../../../kit/numbers/format.js";
import { parameters } from "../../../kit/numbers/magnitude.js";
import { html, nothing, styleMap } from "../../../vendor/lit.js";
import { costed, described, gigabytes, lasting } from "./parts.js";

/** Why a plan cannot be, in a cell. @type {Record<string, string>} */
const WHY = {
  cards: "cards",
  node: "leaves the node",
  heads: "heads",
  blocks: "blocks",
  experts: "experts",
  length: "length",
  batch: "batch",
  memory: "memory",
};
/** Shares of the peak between which a cell fills. */
const SHADE = [0.2, 0.6];
const CARDS = [8, 64, 512, 2048, 8192];

/** @type {View<PlannerCells>} */
export function plans(data, ctx) {
  const { cells, best } = data;
  const opened = cells.find((each) => name(each) === ctx.controls.opened) ?? cells[best ?? 0];
  return html`
    <div class="settings-row">
      ${control(ctx, "model", { as: "select" })} ${control(ctx, "card")}
      ${control(ctx, "cards", { as: "number" })}
      <div class="counts" role="group" aria-label="Numbers of cards">
        ${CARDS.map(
          (each) => html`
            <button class="btn" type="button" aria-pressed=${String(each === data.cards)}
              @click=${() => ctx.control("cards", each)}>${whole(each)}</button>`,
        )}
      </div>
    </div>
    <div class="settings-row ruled">${control(ctx, "tokens")} ${control(ctx, "length")}</div>
    ${
      data.refused
        ? html`<p class="readout lead claim">${data.refused}</p>`
        : html`
          ${summary(data)}
          <div class="side-by-side">
            <div class="grid-scroll">${grid(data, ctx, opened)}</div>
            <div>${opened ? detail(opened, data) : nothing}</div>
          </div>`
    }`;
}

/** @param {PlanCell} cell */
const name = ({ tp, pp }) => `${tp}x${pp}`;

/** @param {PlannerCells} data */
function summary({ model, parameters: count, cards, cluster, cells, best, batch, length, usable }) {
  const refused = cells.filter((each) => each.refused);
  const found = best === null ? null : cells[best];
  const tried = cells.reduce((sum, each) => sum + each.tried, 0);
  const by = Object.entries(
    refused.reduce(
      (sum, { constraint }) => {
        sum[constraint] = (sum[constraint] ?? 0) + 1;
        return sum;
      },
      /** @type {Record<string, number>} */ ({}),
    ),
  );
  const why = by.map(([key, times]) => `${times} by ${WHY[key]}`).join(", ");
  return found?.cost
    ? html`
      <p class="readout lead"><b>${model}</b> (${parameters(count)}) on ${whole(cards)} ${cluster}: the best of
        ${whole(tried)} plans is <b>${found.plan.name}</b>, ${lasting(found.cost.seconds)} a step of
        ${parameters(batch * length)} tokens, <b>${percent(found.cost.mfu, 1)}</b> of the peak,
        ${gigabytes(found.cost.bytes)} of ${gigabytes(usable)}. ${refused.length} of ${cells.length} cells are
        refused${why ? `: ${why}` : ""}.</p>`
    : html`
      <p class="readout lead claim">No plan of this grid holds <b>${model}</b> (${parameters(count)}) on
        ${whole(cards)} ${cluster}. What binds: ${why}. Press a cell to read what would fit.</p>`;
}

/** @param {PlannerCells} data @param {ViewContext<any>} ctx @param {PlanCell | undefined} opened */
function grid({ cells, best }, ctx, opened) {
  const pps = [...new Set(cells.map(({ pp }) => pp))];
  const tps = [...new Set(cells.map(({ tp }) => tp))];
  return html`
    <div class="plan-grid" style=${styleMap({ "--columns": String(pps.length) })}>
      <span class="dim">TP ↓ PP →</span>${pps.map((pp) => html`<span class="dim">${pp}</span>`)}
      ${tps.map(
        (tp) => html`
          <span class="dim">${tp}</span>
          ${cells
            .filter((each) => each.tp === tp)
            .map((each) => square(each, cells.indexOf(each) === best, each === opened, ctx))}`,
      )}
    </div>`;
}

/** @param {PlanCell} cell @param {boolean} top @param {boolean} opened @param {ViewContext<any>} ctx */
function square(cell, top, opened, ctx) {
  const { tp, pp, plan, cost, refused, constraint } = cell;
  const fits = cost && !refused;
  const share = fits ? Math.max(0.06, Math.min(1, (cost.mfu - SHADE[0]) / (SHADE[1] - SHADE[0]))) : 0;
  const fill = `color-mix(in oklab, var(--river) ${Math.round(60 * share)}%, var(--surface))`;
  return html`
    <button type="button" data-key=${name(cell)} aria-pressed=${String(opened)}
      class="plan-cell ${refused ? "refused" : ""} ${top ? "top" : ""}"
      style=${styleMap(fits ? { background: fill } : {})}
      title=${`Tensor ${tp}, pipeline ${pp}: ${fits ? `${percent(cost.mfu, 1)} of the peak` : refused}`}
      @click=${() => ctx.control("opened", name(cell))}>
      ${
        fits
          ? html`<b>${percent(cost.mfu, 0)}</b><small>DP ${plan.dp}</small>`
          : html`<b>–</b><small>${WHY[constraint]}</small>`
      }
    </button>`;
}

/** @param {PlanCell} cell @param {PlannerCells} data */
const detail = ({ tp, pp, plan, cost, refused }, { usable }) => html`
  <p class="sub3">Tensor ${tp} × pipeline ${pp}</p>
  ${refused ? html`<p class="readout claim">${refused}</p>` : html`<p class="hint">${described(plan)}</p>`}
  ${cost ? costed(cost, usable) : nothing}`;

/** @param {PlannerCells} data @returns {Row[]} */
export const rows = ({ cells }) =>
  cells.map(({ plan, cost, refused, constraint }) => ({
    tp: plan.tp,
    pp: plan.pp,
    cp: plan.cp,
    dp: plan.dp,
    ep: plan.ep,
    zero: plan.zero,
    chunks: plan.chunks,
    microbatch: plan.microbatch,
    recompute: plan.recompute,
    seconds: refused ? null : (cost?.seconds ?? null),
    mfu: refused ? null : (cost?.mfu ?? null),
    bytes: cost?.bytes ?? null,
    constraint,
    refused,
  }));
