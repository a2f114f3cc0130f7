// @ts-check
/**
 * What the model loses over texts of six kinds without each expert: a map of all, one of them by kind, and a list.
 *
 * @import { ForbiddenExperts } from "../../../types/architectures"
 * @import { Row, View, ViewContext } from "../../../kit/view"
 * @import { Place, Sort } from "./losses.js"
 *
 * @typedef {{ place?: Place, sort?: Sort, falling?: boolean, all?: boolean }} Kept
 */
import { control } from "../../../kit/controls/declared.js";
import { legend } from "../../../kit/drawing/legend.js";
import { counted, decimal, percent } from "../../../kit/numbers/format.js";
import { max } from "../../../vendor/d3.js";
import { html, nothing } from "../../../vendor/lit.js";
import { isKept } from "./changes.js";
import { kindLosses } from "./kind_losses.js";
import { lossList } from "./loss_list.js";
import { lossMap } from "./loss_map.js";
import {
  addedOf,
  byChance,
  change,
  forbidding,
  forbidLink,
  isSure,
  kindsOf,
  measured,
  strongest,
  worstOf,
} from "./losses.js";

const WIDE = 860;
const GAP = 40;
/** The map's part of the width. */
const MAP = 0.58;

/** @type {View<ForbiddenExperts, Kept>} */
export function over_texts(data, ctx) {
  const wide = ctx.width >= WIDE;
  const width = wide ? Math.floor((ctx.width - GAP) * MAP) : ctx.width;
  const place = placeOf(data, ctx);
  return html`
    <div class="counterfactuals over-texts">
      <div class="bar">
        <div class="settings">${control(ctx, "texts")} ${control(ctx, "tokens")}</div>
        ${legend([
          ["loss-shade", `loss added, 0 to ${decimal(max(data.added.a) ?? 0)}, √`],
          ["sure-number", "the 95 % interval excludes 0"],
          ["on-the-stack", "forbidden in this run"],
        ])}
      </div>
      <p class="readout said" aria-live="polite">
        ${place ? said(data, ctx, place) : "No expert has been forbidden yet."}
      </p>
      <div class="map-and-kinds ${wide ? "wide" : ""}">
        <div>
          <h3 class="sub3">All experts <small>loss added, nats a token</small></h3>
          ${lossMap({ data, ctx, place, width })}
        </div>
        ${place ? kindLosses({ data, place, width: wide ? ctx.width - GAP - width : ctx.width }) : nothing}
      </div>
      ${lossList({ data, ctx, place })}
      <p class="hint">${note(data)}</p>
    </div>`;
}

/**
 * @param {ForbiddenExperts} data
 * @returns {Row[]}
 */
export const rows = (data) =>
  measured(data).map((place) => ({
    block: data.layers[place.block],
    expert: place.expert,
    loss_added: addedOf(data, place),
    low: addedOf(data, place, data.low),
    high: addedOf(data, place, data.high),
    share_of_tokens: addedOf(data, place, data.share),
    ...Object.fromEntries(kindsOf(data, place).map(({ name, value }) => [name, value])),
  }));

/**
 * The one walked to, else the selected one, else the one that is needed most.
 * @param {ForbiddenExperts} data
 * @param {ViewContext<Kept>} ctx
 */
function placeOf(data, { kept, focus }) {
  if (kept.place) return kept.place;
  const block = data.layers.indexOf(focus.layer ?? -1);
  const expert = focus.expert ?? -1;
  const selected = { block, expert };
  const there = block >= 0 && expert >= 0 && expert < data.n_experts && Number.isFinite(addedOf(data, selected));
  return there ? selected : strongest(data);
}

/** @param {ForbiddenExperts} data @param {ViewContext<Kept>} ctx @param {Place} place */
function said(data, ctx, place) {
  const { name, value } = worstOf(data, place);
  const [low, high] = [data.low, data.high].map((bound) => change(addedOf(data, place, bound)));
  const known = low !== change(Number.NaN);
  const text = forbidding(data, place);
  return html`
    When <b>expert ${place.expert} of block ${data.layers[place.block]}</b> is forbidden, the loss of these texts
    changes by
    <b>${change(addedOf(data, place))} nats</b> a token${known ? html` (95 % interval ${low} to ${high})` : ""}${
      isSure(data, place) || !known ? "" : ", which chance can explain"
    }. ${percent(addedOf(data, place, data.share))} of the tokens use it.
    <b>${name}</b> loses most: ${change(value)}.
    ${isKept(ctx, text) ? "It is forbidden in this run." : ""} ${forbidLink(data, ctx, place)}`;
}

/** @param {ForbiddenExperts} data */
function note(data) {
  const texts = max(data.counted.a) ?? 0;
  const losses = data.kinds.map((kind, at) => `${kind} ${decimal(data.loss.a[at])}`).join(", ");
  const found = measured(data).length;
  const all = data.layers.length * data.n_experts;
  const begun = data.counted.a.every((count) => count > 0);
  const chosen = begun
    ? ` Measured: the ${found} of ${all} experts that most tokens use.`
    : ` ${found} of ${all} experts are measured so far.`;
  return html`
    With the model’s own routing the loss is ${decimal(data.mean_loss, 3)} nats a token (${losses}), over
    ${counted(texts, "text")} and ${counted(data.predicted, "predicted token")}. Each text is compared with itself. The
    95 % intervals are Student’s t over the texts${
      texts < 2 * data.kinds.length ? "" : "; by kind they are wide, because each kind has few texts"
    }. If ${found} experts had no effect, ${byChance(found)} would still be bold by
    chance.${found < all ? chosen : ""}`;
}
