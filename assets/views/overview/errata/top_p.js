// @ts-check
/**
 * The tokens that top-p keeps, and beside each the token on which the reference's code puts its probability.
 *
 * @import { ErrataTopP } from "../../../types/overview"
 * @import { Content } from "../../../kit/numbers/table"
 * @import { Row, View, ViewContext } from "../../../kit/view"
 */

import { control } from "../../../kit/controls/declared.js";
import { counted, percent, whole } from "../../../kit/numbers/format.js";
import { baseNote, tokenThere } from "../../../kit/runs/beside.js";
import { piece, token, tokenText } from "../../../kit/text/tokens.js";
import { html, nothing, styleMap } from "../../../vendor/lit.js";

const TOKEN = 18;
const NARROW = 620;
/** What the sliders offer of all that may be asked for. */
const OFFERED = { most: 200, least: 0.05 };

/** @type {View<ErrataTopP>} */
export function top_p(data, ctx) {
  const most = data.p.a[0];
  const hidden = data.kept - data.ids.a.length;
  return html`
    <div class="bar">
      ${control(ctx, "temperature")}
      ${control(ctx, "top_k", { most: OFFERED.most, format: (value) => (value ? whole(value) : "off") })}
      ${control(ctx, "top_p", { least: OFFERED.least })}
    </div>
    <p class="readout">After ${token(ctx.run.ids[data.position], { most: TOKEN })}, top-p keeps
      <b>${counted(data.kept, "token")}</b>. The argsort puts <b>${percent(data.distance)}</b> of the probability on
      wrong
      tokens; <b>${percent(data.outside)}</b> of all draws give a token that top-p removed.</p>
    ${baseNote(ctx, ctx.there, otherCut(ctx))}
    <div class="landing ${ctx.width < NARROW ? "narrow" : ""}" role="table"
      aria-label="Each kept probability, its own token, and the token that gets it">
      <div class="heads" role="row">
        <span role="columnheader">its own token</span>
        <span role="columnheader">probability</span>
        <span role="columnheader">lands on</span>
        <span role="columnheader">its id is</span>
      </div>
      ${Array.from(data.ids.a, (id, at) => landing({ id, at, lands: data.lands.a[at], p: data.p.a[at], most }))}
    </div>
    ${
      hidden > 0
        ? html`<p class="hint">${counted(hidden, "more token")}, with ${percent(data.rest)} together, not listed.</p>`
        : nothing
    }
    <p class="hint">Value j belongs to token order[j]. <code>scatter(order.argsort(), values)</code> writes it at the
      <b>rank</b> of the token whose id is j: an unrelated token. <code>scatter(order, values)</code> and
      <code>gather(order.argsort(), values)</code> are both right.</p>`;
}

/** @param {ErrataTopP} data @returns {Row[]} */
export function rows({ ids, lands, p }) {
  return Array.from(ids.a, (id, at) => ({
    rank: at + 1,
    token: tokenText(id),
    id,
    probability: p.a[at],
    lands_on: tokenText(lands.a[at]),
    lands_on_id: lands.a[at],
  }));
}

/** @param {ViewContext<object, ErrataTopP>} ctx @returns {Content} */
function otherCut(ctx) {
  if (!ctx.there) return nothing;
  const { position, kept, distance, outside } = ctx.there;
  return html`${ctx.beside.start}, after ${piece(tokenThere(ctx, position))}, top-p keeps
    <b>${counted(kept, "token")}</b>;
    <b data-distance=${distance}>${percent(distance)}</b> of the probability is on wrong tokens, and ${percent(outside)}
    of
    all draws give a token that top-p removed.`;
}

/** @param {{ id: number, at: number, lands: number, p: number, most: number }} one */
function landing({ id, at, lands, p, most }) {
  const same = id === lands;
  return html`
    <div class="one" role="row">
      <span role="cell" class="own">${token(id, { most: TOKEN })}</span>
      <span role="cell"
        class="share"><i style=${styleMap({
          width: `calc((100% - 62px) * ${p / most})`,
        })}></i><b>${percent(p)}</b></span>
      <span role="cell" class="lands ${same ? "same" : ""}"><i
          aria-hidden="true">→</i>${token(lands, { most: TOKEN })}${same ? html`<small>itself</small>` : nothing}</span>
      <span role="cell" class="rank">${whole(lands)}, the rank of token ${whole(at)}</span>
    </div>`;
}
