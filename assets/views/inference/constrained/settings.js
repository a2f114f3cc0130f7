// @ts-check
/**
 * How the text is drawn.
 *
 * @import { ConstrainedText } from "../../../types"
 * @import { Context } from "./steps.js"
 */
import { number, slider } from "../../../kit/controls.js";
import { html, nothing } from "../../../vendor/lit.js";

const SEEDS = 2 ** 31 - 1;

/**
 * @param {ConstrainedText} data
 * @param {Context} ctx
 */
export function settings(data, ctx) {
  const now = (/** @type {"temperature" | "seed" | "new"} */ name) => {
    const value = Number(ctx.controls[name] ?? data[name]);
    return Number.isFinite(value) ? value : data[name];
  };
  const set = (/** @type {string} */ name) => (/** @type {number} */ value) => ctx.control(name, value);
  return html`
    <div class="settings-row">
      ${slider({
        label: "Temperature",
        value: now("temperature"),
        least: 0,
        most: 2,
        step: 0.1,
        title: "0 takes the likeliest of the allowed tokens",
        format: (value) => (value === 0 ? "0, greedy" : value.toFixed(1)),
        choose: set("temperature"),
      })}
      ${slider({
        label: "At most",
        value: now("new"),
        least: 4,
        most: 64,
        step: 4,
        title: "how many tokens the text may take",
        format: (value) => `${value} tokens`,
        choose: set("new"),
      })}
      ${
        now("temperature") > 0
          ? number({ label: "Seed", value: now("seed"), least: 0, most: SEEDS, choose: set("seed") })
          : nothing
      }
    </div>`;
}
