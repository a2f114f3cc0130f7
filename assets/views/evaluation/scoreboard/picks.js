// @ts-check
/**
 * Several of a list: each is pressed to add it or take it away. The control holds them with commas between.
 *
 * @import { ViewContext } from "../../../kit/view"
 */
import { EMPTY } from "../../../kit/controls/typed.js";
import { html } from "../../../vendor/lit.js";

/**
 * @param {ViewContext<any>} ctx
 * @param {string} control
 * @param {readonly { key: string, name: string }[]} offered
 */
export function picks(ctx, control, offered) {
  const { label, meaning } = ctx.declared(control);
  const on = String(ctx.controls[control] ?? "")
    .split(",")
    .map((each) => each.trim())
    .filter(Boolean);
  const press = (/** @type {string} */ key) => {
    const now = on.includes(key) ? on.filter((each) => each !== key) : [...on, key];
    ctx.control(control, now.join(",") || EMPTY);
  };
  return html`
    <div class="setting" title=${meaning}><span>${label}</span>
      <div class="several" role="group" aria-label=${label}>${offered.map(
        ({ key, name }) => html`<button type="button" class="btn" aria-pressed=${on.includes(key)}
          @click=${() => press(key)}>${name}</button>`,
      )}</div>
    </div>`;
}
