// @ts-check
/**
 * Which of its experts the token needs: a row a block, a column a choice of the router, all bars on one scale.
 *
 * @import { NeededExpert, NeededExperts } from "../../../types/architectures"
 * @import { Row, View, ViewContext } from "../../../kit/view"
 */

import { legend } from "../../../kit/drawing/legend.js";
import { percent, tone } from "../../../kit/numbers/format.js";
import { baseNote } from "../../../kit/runs/beside.js";
import { token, tokenText } from "../../../kit/text/tokens.js";
import { greatest, maxIndex } from "../../../vendor/d3.js";
import { html } from "../../../vendor/lit.js";
import { change, chosenCount, nats, pickExpert } from "./changes.js";
import { neededExperts, taken } from "./needed_experts.js";

export const follows = true;

/** @type {View<NeededExperts>} */
export function depth(data, ctx) {
  const most = /** @type {NeededExpert} */ (greatest(data.cells, ({ kl }) => kl));
  const chosen = data.cells.find((cell) => isChosen(cell, ctx));
  return html`
    <div class="counterfactuals">
      <div class="bar">${legend([
        ["solid", "the next token changes"],
        ["pale", "the next token stays"],
        ...(ctx.there ? [/** @type {[string, string]} */ (["dashed", ctx.beside.name])] : []),
      ])}</div>
      ${baseNote(ctx, ctx.there, ctx.there && comparison(data, ctx))}
      ${neededExperts({
        data,
        most,
        chosen,
        ctx,
        width: ctx.width,
        block: ctx.focus.layer,
        open: (cell) => open(cell, ctx),
      })}
      <p class="readout" aria-live="polite">${said(data, chosen ?? most, most)}</p>
    </div>`;
}

/**
 * How many of the experts the token uses in both runs, and which of them differs most between them.
 * @param {NeededExperts} data
 * @param {ViewContext<object, NeededExperts>} ctx
 */
function comparison(data, ctx) {
  const { beside } = ctx;
  const both = data.cells.flatMap((cell) => taken(ctx, cell) ?? []);
  const apart = data.cells.map((cell) => {
    const was = taken(ctx, cell);
    return was ? Math.abs(cell.kl - was.kl) : 0;
  });
  const most = data.cells[maxIndex(apart)];
  const was = taken(ctx, most);
  const here = `The token uses ${data.cells.length} experts here; it also uses ${both.length} of them in ${beside.the}`;
  if (!was) return `${here}.`;
  return html`${here}. Block ${most.layer}, expert ${most.expert} differs most: when it is forbidden, KL is
    <b>${nats(most.kl)} nats</b> here and <b>${nats(was.kl)}</b> in ${beside.the}.`;
}

/**
 * @param {NeededExperts} data
 * @param {ViewContext<object, NeededExperts>} ctx
 * @returns {Row[]}
 */
export function rows(data, ctx) {
  return data.cells.map((cell) => ({
    block: cell.layer,
    choice: cell.place + 1,
    expert: cell.expert,
    weight: cell.weight,
    kl: cell.kl,
    target: tokenText(data.target),
    change_of_ln_p: cell.target,
    p: cell.p,
    next: tokenText(cell.ids[0]),
    p_of_next: cell.probabilities[0],
    loss: cell.loss,
    ...(ctx.there ? { [`kl_in_${ctx.beside.column}`]: taken(ctx, cell)?.kl } : {}),
  }));
}

/** The table below then shows this very change. @param {NeededExpert} cell @param {ViewContext} ctx */
function isChosen({ layer, expert }, { focus, controls, ...ctx }) {
  const plain = controls.scope === "here" && controls.do === "forbid";
  const count = chosenCount({ focus, controls, ...ctx });
  return plain && count === null && layer === focus.layer && expert === focus.expert;
}

/** @param {NeededExpert} cell @param {ViewContext} ctx */
function open({ layer, expert }, ctx) {
  if (ctx.controls.do !== "forbid") ctx.control("do", "forbid");
  if (ctx.controls.scope !== "here") ctx.control("scope", "here");
  pickExpert(ctx, expert, { layer });
}

/** @param {NeededExperts} data @param {NeededExpert} cell @param {NeededExpert} most */
function said({ target, top }, cell, most) {
  const answer =
    cell.ids[0] === top
      ? ""
      : html`, and the likeliest next token becomes ${token(cell.ids[0])} instead of ${token(top)}`;
  return html`
    ${cell === most ? "The largest effect: block" : "Block"} <b>${cell.layer}, expert ${cell.expert}</b> has the weight
    ${percent(cell.weight)}. When it is forbidden, KL is <b>${nats(cell.kl)} nats</b>, ln p of ${token(target)} changes
    by
    <b class=${tone(cell.target)}>${change(cell.target)}</b>${answer}.`;
}
