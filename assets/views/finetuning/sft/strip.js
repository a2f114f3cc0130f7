// @ts-check
/**
 * A text in tokens, each coloured by a number of its own.
 *
 * @import { Colour } from "../../../kit/colour/theme"
 * @import { Drafts } from "../../../kit/controls/typed.js"
 * @import { ViewContext } from "../../../kit/view"
 */
import { shaded } from "../../../kit/colour/legible.js";
import { rove } from "../../../kit/controls/roving.js";
import { typed, typedText } from "../../../kit/controls/typed.js";
import { token, tokenText } from "../../../kit/text/tokens.js";
import { tooltip } from "../../../kit/tooltip.js";
import { html, styleMap } from "../../../vendor/lit.js";

/**
 * @param {object} strip
 * @param {string} strip.title
 * @param {readonly number[]} strip.ids
 * @param {(at: number) => Colour | null} strip.colour the ground; null where there is nothing to say
 * @param {(at: number) => [string, string][]} strip.told
 * @param {(at: number) => string} [strip.look] classes
 */
export function strip({ title, ids, colour, told, look = () => "" }) {
  return html`
    <h3 class="sub3">${title}</h3>
    <div class="said-tokens" role="group" aria-label=${title} data-rove @keydown=${rove}>
      ${ids.map((id, at) => {
        const shown = tooltip(tokenText(id), () => told(at));
        const ground = colour(at);
        return html`<span class="at ${look(at)}" tabindex=${at ? -1 : 0} role="img"
          style=${styleMap(ground ? shaded(ground) : {})}
          aria-label="${tokenText(id)}, ${told(at)
            .map(([name, value]) => `${name}: ${value}`)
            .join(", ")}"
          @pointermove=${shown.show} @focus=${shown.beside} @pointerleave=${shown.hide}
          @blur=${shown.hide}><bdi>${token(id, { className: "mono" })}</bdi></span>`;
      })}
    </div>`;
}

/**
 * The fields of the conversation.
 * @param {{ request: string, answer: string, other?: string }} data
 * @param {ViewContext<Drafts>} ctx
 */
export const fields = (data, ctx) =>
  /** @type {("request" | "answer" | "other")[]} */ (["request", "answer", "other"]).map((name) =>
    data[name] === undefined
      ? ""
      : typed({ name, value: typedText(name, data[name] ?? "", ctx), lines: [1, 4], plain: true, named: true }, ctx),
  );

/** Of those that are numbers. @param {(number | null)[]} values */
export function mean(values) {
  const numbers = values.filter((each) => each !== null && Number.isFinite(each)).map(Number);
  return numbers.length ? numbers.reduce((sum, each) => sum + each, 0) / numbers.length : Number.NaN;
}

/** A probability from a loss in nats. @param {number | null} loss */
export const chance = (loss) => (loss === null ? Number.NaN : Math.exp(-loss));
