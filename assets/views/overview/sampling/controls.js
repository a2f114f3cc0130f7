// @ts-check
/**
 * The sampler's sliders, the order of its steps, and how the picture is drawn.
 *
 * @import { Sampler, ViewContext } from "../../../kit/view"
 * @import { Setting, StageName } from "../../../shell/protocol"
 * @import { State } from "./stages.js"
 */

import { segmented, slider } from "../../../kit/controls/controls.js";
import { ORDERS, SETTINGS } from "../../../shell/server/tables.js";
import { html } from "../../../vendor/lit.js";
import { nameOf, written } from "./words.js";

/**
 * @param {Sampler} settings
 * @param {ViewContext<State>} ctx
 * @param {{ logarithmic: boolean, drawAgain: () => void }} picture
 */
export function controls(settings, ctx, { logarithmic, drawAgain }) {
  return html`
    <div class="settings">
      ${SETTINGS.map((setting) => one(setting, settings, ctx))}
      <div class="order">
        <h3>Order</h3>
        ${segmented({
          label: "Order of the steps",
          choices: ORDERS.map(({ name, meaning }) => [name, name, meaning]),
          chosen: ORDERS.find(({ stages }) => stages.join() === settings.order.join())?.name,
          choose: (chosen) => ctx.setSampler({ order: ORDERS.find(({ name }) => name === chosen)?.stages }),
        })}
        <details>
          <summary>Step by step</summary>
          <ol aria-label="Order of the sampler’s steps">
            ${settings.order.map((step, at) => place(step, at, settings.order, ctx))}
          </ol>
        </details>
      </div>
      <div class="picture">
        ${segmented({
          label: "Axis",
          choices: [
            ["logarithmic", "Log axis"],
            ["linear", "Linear"],
          ],
          chosen: logarithmic ? "logarithmic" : "linear",
          choose: (axis) => ctx.keep({ logarithmic: axis === "logarithmic" }),
        })}
        <button class="btn" type="button" @click=${drawAgain}>Draw again</button>
      </div>
    </div>`;
}

/**
 * @param {Setting} setting
 * @param {Sampler} settings
 * @param {ViewContext<State>} ctx
 */
function one(setting, settings, ctx) {
  const { name, term, least, most, step, meaning } = setting;
  const value = settings[/** @type {Exclude<keyof Sampler, "order">} */ (name)];
  return slider({
    label: term[0].toUpperCase() + term.slice(1),
    value,
    least,
    most: Math.max(most, value),
    step,
    note: meaning,
    format: written(setting),
    move: (moved) => ctx.setSampler({ [name]: moved }),
  });
}

/**
 * A step in the list, with what moves it.
 * @param {StageName} step
 * @param {number} at
 * @param {readonly StageName[]} order
 * @param {ViewContext<State>} ctx
 */
function place(step, at, order, ctx) {
  /** @param {number} by @param {string} sign @param {string} word */
  const mover = (by, sign, word) => html`
    <button class="btn ghost" type="button" aria-label="${nameOf(step)} ${word}" ?disabled=${!order[at + by]}
      @click=${(/** @type {Event} */ event) => move(event, { at, by, order, ctx })}>${sign}</button>`;
  return html`<li><span>${nameOf(step)}</span>${mover(-1, "↑", "earlier")}${mover(1, "↓", "later")}</li>`;
}

/**
 * The focus goes with the step.
 * @param {Event} event
 * @param {{ at: number, by: number, order: readonly StageName[], ctx: ViewContext<State> }} what
 */
function move(event, { at, by, order, ctx }) {
  const list = /** @type {Element} */ (event.currentTarget).closest("ol");
  const moved = [...order];
  [moved[at], moved[at + by]] = [moved[at + by], moved[at]];
  ctx.setSampler({ order: moved });
  requestAnimationFrame(() => {
    const [earlier, later] = list?.children[at + by]?.querySelectorAll("button") ?? [];
    const [same, other] = by < 0 ? [earlier, later] : [later, earlier];
    (same?.disabled ? other : same)?.focus();
  });
}
