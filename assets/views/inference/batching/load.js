// @ts-check
/**
 * The load that is served: how many requests, how soon one after another, and with what room.
 *
 * @import { BatchingContest } from "../../../types"
 * @import { ViewContext } from "../../../kit/view"
 */
import { number, slider } from "../../../kit/controls.js";
import { decimal } from "../../../kit/format.js";
import { html } from "../../../vendor/lit.js";

const SEEDS = 9999;

/**
 * @param {BatchingContest} data
 * @param {ViewContext} ctx
 */
export function load(data, ctx) {
  const set = (/** @type {string} */ name) => (/** @type {number} */ value) => ctx.control(name, value);
  return html`
    <div class="load">
      ${slider({ label: "Requests", value: data.requests.length, least: 2, most: 12, choose: set("requests") })}
      ${slider({ label: "Slots, rows a pass", value: data.slots, least: 1, most: 6, choose: set("slots") })}
      ${slider({
        label: "Mean gap, decode steps",
        value: Math.log2(data.gap),
        least: -2,
        most: 4,
        step: 0.5,
        format: (power) => decimal(2 ** power, power < 0 ? 2 : 1),
        choose: (power) => ctx.control("gap", Number((2 ** power).toFixed(3))),
      })}
      ${slider({
        label: `Pool, blocks of ${data.pool.size} tokens`,
        value: data.pool.blocks,
        least: data.pool.least,
        most: 32,
        choose: set("blocks"),
      })}
      ${number({ label: "Seed", value: data.seed, least: 0, most: SEEDS, choose: set("seed") })}
    </div>`;
}
