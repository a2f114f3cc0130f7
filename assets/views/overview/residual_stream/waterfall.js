// @ts-check
/**
 * Every write into the stream at one position, added up toward the target's logit.
 *
 * @import { ResidualWaterfall } from "../../../types/overview"
 * @import { Row, View, ViewContext } from "../../../kit/view"
 * @import { Order, Share } from "./shares.js"
 */

import { segmented } from "../../../kit/controls/controls.js";
import { leadName, overChoice } from "../../../kit/controls/over.js";
import { legend } from "../../../kit/drawing/legend.js";
import { decimal, signed } from "../../../kit/numbers/format.js";
import { OTHER, parted } from "../../../kit/runs/beside.js";
import { writersOf } from "../../../kit/runs/writers.js";
import { token, tokenText } from "../../../kit/text/tokens.js";
import { sum } from "../../../vendor/d3.js";
import { html } from "../../../vendor/lit.js";
import { ordered, sharesOf } from "./shares.js";
import { lying } from "./waterfall_lying.js";
import { standing } from "./waterfall_standing.js";

/** Below this width each bar lies in a row of its own. */
const NARROW = 720;
/** Bars that keep their names. */
const NAMED = { narrow: 14, wide: 24 };

/** @type {View<ResidualWaterfall, { order: Order }>} */
export function waterfall(data, ctx) {
  const order = ctx.kept.order ?? "order";
  const narrow = ctx.width < NARROW;
  const writers = writersOf(ctx);
  const shares = sharesOf(data, ctx.there, writers);
  const draw = narrow ? lying : standing;
  return html`
    <div class="bar">
      ${segmented({
        label: "Order",
        choices: [
          ["order", "In order"],
          ["size", "By size"],
          ["value", "By sign"],
        ],
        chosen: order,
        choose: (chosen) => ctx.keep({ order: chosen }),
      })}
      ${overChoice(ctx, data, [...(ctx.payload("rank")?.ids ?? [])])}
      ${legend([
        ["toward", "toward"],
        ["against", "against"],
        writers.second !== null && ["hollow", writers.first],
        writers.second !== null && ["solid", writers.second],
        ctx.there && ["dashed", ctx.beside.name],
      ])}
    </div>
    <p class="readout">${summary(data, shares, ctx)}${ctx.changed && !ctx.there ? ` ${parted(ctx)}` : ""}</p>
    <div class="figure scroll">
      ${draw({
        data,
        there: ctx.there,
        order,
        steps: ordered(shares, order, narrow ? NAMED.narrow : NAMED.wide),
        width: ctx.width,
        writers,
        label: label(data, shares),
        beside: ctx.beside.short,
        open: (block) => {
          ctx.select({ layer: block });
          ctx.go("walk");
        },
      })}
    </div>`;
}

/**
 * @param {ResidualWaterfall} data
 * @param {ViewContext} ctx
 * @returns {Row[]}
 */
export function rows(data, ctx) {
  return sharesOf(data, ctx.there, writersOf(ctx)).map(({ name, value, before }) => ({
    position: data.position,
    target: tokenText(data.target),
    write: name,
    share: value,
    ...(before === null ? {} : { [ctx.beside.column]: before }),
  }));
}

/**
 * @param {ResidualWaterfall} data
 * @param {Share[]} shares
 * @param {ViewContext} ctx
 */
function summary({ target, measured }, shares, { there, beside }) {
  const [toward, against] = [shares.filter(({ value }) => value > 0), shares.filter(({ value }) => value < 0)];
  const added = (/** @type {Share[]} */ list) => signed(sum(list, ({ value }) => value));
  const changed =
    there &&
    html`; in ${beside.the} its ${leadName(measured)} is ${decimal(there.measured.lead)}: a change of
      <b>${signed(measured.lead - there.measured.lead)}</b> ${beside === OTHER ? "here" : "through the interventions"}`;
  return html`<b>${added(toward)}</b> from ${toward.length} writes toward ${token(target)}, <b>${added(against)}</b>
    from ${against.length}
    against${changed}.`;
}

/**
 * @param {ResidualWaterfall} data
 * @param {Share[]} shares
 */
const label = (data, shares) =>
  `Waterfall of ${shares.length} shares toward ${tokenText(data.target)}, ending at its ` +
  `${leadName(data.measured)} ${decimal(data.measured.lead)}; arrow keys walk the bars`;
