// @ts-check
/**
 * What a training is made of, as a row of choices: pressed, the link remembers it and the training is asked for at once.
 *
 * @import { ViewContext } from "./view"
 * @typedef {Record<string, [label: string, choices: [key: number | string, name: string][]]>} Choices
 */
import { html } from "../vendor/lit.js";
import { number, segmented } from "./controls.js";

const LARGEST_SEED = 2 ** 31 - 1;

/**
 * @param {ViewContext<any>} ctx
 * @param {Choices} few
 * @param {Record<string, string | number>} own the values of what is shown, the seed's among them
 */
export function jobSettings(ctx, few, own) {
  const chosen = (/** @type {string} */ name) =>
    typeof own[name] === "number" ? Number(ctx.controls[name] ?? own[name]) : String(ctx.controls[name] ?? own[name]);
  const ask = (/** @type {string} */ name, /** @type {string | number} */ value) => {
    ctx.control(name, value);
    if (!ctx.measured()) ctx.measure();
  };
  return html`
    <div class="settings-row ruled" style="--named: 118px">
      ${Object.entries(few).map(
        ([name, [label, choices]]) => html`
          <div class="setting">
            <span>${label}</span>
            ${segmented({ label, choices, chosen: chosen(name), choose: (key) => ask(name, key) })}
          </div>`,
      )}
      ${number({ label: "Seed", value: Number(chosen("seed")), least: 0, most: LARGEST_SEED, choose: (value) => ask("seed", value) })}
    </div>`;
}
