// @ts-check
/**
 * A row of settings that only a new measurement can answer: the link remembers them, and it is asked for at once.
 *
 * @import { ViewContext } from "./view"
 */
import { html } from "../vendor/lit.js";
import { among } from "./among.js";
import { number, segmented } from "./controls.js";

/**
 * @param {ViewContext<any>} ctx
 * @param {string} name
 * @param {string | number} value
 */
export function ask(ctx, name, value) {
  ctx.control(name, value);
  if (!ctx.measured()) ctx.measure();
}

/**
 * What the link says goes before what was measured.
 * @template {string | number} Value
 * @param {ViewContext<any>} ctx
 * @param {string} name
 * @param {Value} own
 * @returns {Value}
 */
export function asked(ctx, name, own) {
  const said = ctx.controls[name];
  if (said === undefined) return own;
  return /** @type {Value} */ (typeof own === "number" ? Number(said) : String(said));
}

/**
 * One of a few, with its name before it. A number that a link asks for stands among them.
 * @param {ViewContext<any>} ctx
 * @param {{ name: string, label: string, own: string | number, choices: (number | [key: string, name: string])[] }}
 *   setting `own`: what was measured; a number stands for itself
 */
export function few(ctx, { name, label, own, choices }) {
  const chosen = asked(ctx, name, own);
  const named = among(choices, chosen).map((each) =>
    Array.isArray(each) ? each : /** @type {[number, string]} */ ([each, String(each)]),
  );
  return html`
    <div class="setting">
      <span>${label}</span>
      ${segmented({
        label,
        choices: /** @type {[string | number, string][]} */ (named),
        chosen,
        choose: (key) => ask(ctx, name, key),
      })}
    </div>`;
}

/**
 * What a training reads, and from which seed it begins.
 * @param {ViewContext<any>} ctx
 * @param {{ texts: string, seed: number }} own
 * @param {number} most the largest seed
 */
export const trainedOn = (ctx, { texts, seed }, most) => html`
  ${few(ctx, {
    name: "texts",
    label: "Trained on",
    own: texts,
    choices: [
      ["texts", "the six texts"],
      ["passages", "longer passages"],
    ],
  })}
  ${number({
    label: "Seed",
    value: asked(ctx, "seed", seed),
    least: 0,
    most,
    choose: (value) => ask(ctx, "seed", value),
  })}`;
