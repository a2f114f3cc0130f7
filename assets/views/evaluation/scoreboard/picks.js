// @ts-check
/**
 * Several of a list, in groups: each is pressed to add it or take it away. The control holds them with commas between.
 *
 * @import { ViewContext } from "../../../kit/view"
 *
 * @typedef {{ key: string, name: string }} Pick
 */
import { EMPTY } from "../../../kit/controls/typed.js";
import { html, nothing } from "../../../vendor/lit.js";

/**
 * @param {ViewContext<any>} ctx
 * @param {string} control
 * @param {readonly { name: string, of: readonly Pick[] }[]} groups what each is called; nothing where there is only one
 */
export function picks(ctx, control, groups) {
  const { label, meaning } = ctx.declared(control);
  const on = picked(ctx, control);
  const press = (/** @type {string} */ key) => {
    const now = on.includes(key) ? on.filter((each) => each !== key) : [...on, key];
    ctx.control(control, now.join(",") || EMPTY);
  };
  return html`
    <div class="picks" title=${meaning} role="group" aria-label=${label}>
      ${groups
        .filter(({ of }) => of.length)
        .map(
          ({ name, of }) => html`
            <span>${name || label}</span>
            <div class="cluster" role="group" aria-label=${name || nothing}>${of.map(
              ({ key, name }) => html`<button type="button" class="btn" aria-pressed=${on.includes(key)}
                @click=${() => press(key)}>${name}</button>`,
            )}</div>`,
        )}
    </div>`;
}

/** What the control holds. @param {ViewContext<any>} ctx @param {string} control */
export const picked = ({ controls }, control) =>
  String(controls[control] ?? "")
    .split(",")
    .map((each) => each.trim())
    .filter(Boolean);
