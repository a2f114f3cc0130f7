// @ts-check
/**
 * Fields in which a person writes what is said, each with its name above it.
 *
 * @import { ViewContext } from "../../../kit/view"
 */
import { typed, typedText } from "../../../kit/controls/typed.js";
import { html, nothing } from "../../../vendor/lit.js";

/** A template is read by the model: a text is taken later than where it is only cut. */
const PAUSE = 450;

/**
 * @param {object} options
 * @param {string} options.name of the control
 * @param {string} options.value
 * @param {string} [options.note]
 * @param {number} [options.lines]
 * @param {boolean} [options.mono]
 * @param {string} [options.empty] how a link says that there is no text
 * @param {ViewContext<any>} ctx
 */
export function field({ name, value, note, lines = 2, mono, empty }, ctx) {
  return html`
    <label class="field">
      <span><b>${ctx.declared(name).label}</b>${note ? html` <small>${note}</small>` : nothing}</span>
      ${typed(
        {
          name,
          value: typedText(name, value, ctx),
          empty,
          lines: [lines, lines],
          plain: !mono,
          pause: PAUSE,
        },
        ctx,
      )}
    </label>`;
}
