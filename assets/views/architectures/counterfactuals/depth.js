// @ts-check
/**
 * Which of its experts the token needs: a row a block, a column a choice of the router, all bars on one scale.
 *
 * @import { NeededExpert, NeededExperts } from "../../../types"
 * @import { Row, View, ViewContext } from "../../../kit/view"
 */
import { percent, tone } from "../../../kit/format.js";
import { legend } from "../../../kit/legend.js";
import { token, tokenText } from "../../../kit/tokens.js";
import { greatest } from "../../../vendor/d3.js";
import { html } from "../../../vendor/lit.js";
import { change, chosenCount, nats, pickExpert } from "./changes.js";
import { neededExperts } from "./needed_experts.js";

export const follows = true;

/** @type {View<NeededExperts>} */
export function depth(data, ctx) {
  const most = /** @type {NeededExpert} */ (greatest(data.cells, ({ kl }) => kl));
  const chosen = data.cells.find((cell) => isChosen(cell, ctx));
  return html`
    <div class="counterfactuals">
      ${legend([
        ["solid", "the answer is another"],
        ["pale", "the answer stays"],
      ])}
      ${neededExperts({
        data,
        most,
        chosen,
        width: ctx.width,
        block: ctx.focus.layer,
        open: (cell) => open(cell, ctx),
      })}
      <p class="readout" aria-live="polite">${said(data, chosen ?? most, most)}</p>
    </div>`;
}

/**
 * @param {NeededExperts} data
 * @returns {Row[]}
 */
export function rows({ cells, target }) {
  return cells.map(({ layer, place, expert, weight, kl, target: changed, p, ids, probabilities, loss }) => ({
    block: layer,
    choice: place + 1,
    expert,
    weight,
    kl,
    target: tokenText(target),
    change_of_ln_p: changed,
    p,
    next: tokenText(ids[0]),
    p_of_next: probabilities[0],
    loss,
  }));
}

/** The table below then shows this very change. @param {NeededExpert} cell @param {ViewContext} ctx */
function isChosen({ layer, expert }, { focus, controls, ...ctx }) {
  const plain = (controls.scope ?? "here") === "here" && (controls.do ?? "forbid") === "forbid";
  const count = chosenCount({ focus, controls, ...ctx });
  return plain && count === null && layer === focus.layer && expert === focus.expert;
}

/** @param {NeededExpert} cell @param {ViewContext} ctx */
function open({ layer, expert }, ctx) {
  if ((ctx.controls.do ?? "forbid") !== "forbid") ctx.control("do", "forbid");
  if ((ctx.controls.scope ?? "here") !== "here") ctx.control("scope", "here");
  pickExpert(ctx, expert, { layer });
}

/** @param {NeededExperts} data @param {NeededExpert} cell @param {NeededExpert} most */
function said({ target, top }, cell, most) {
  const answer = cell.ids[0] === top ? "" : html`, and the answer is ${token(cell.ids[0])} instead of ${token(top)}`;
  return html`
    ${cell === most ? "Most: " : ""}<b>block ${cell.layer}, expert ${cell.expert}</b> has a weight of
    ${percent(cell.weight)}; forbidden, KL <b>${nats(cell.kl)} nats</b>, ln p of ${token(target)}
    <b class=${tone(cell.target)}>${change(cell.target)}</b>${answer}.`;
}
