// @ts-check
/**
 * The text as one format makes the model read it: the ground of a token says how far the prediction after it moves, and
 * where another word becomes the likeliest it stands below.
 *
 * @import { QuantizationEffectFormats } from "../../../types/systems"
 * @import { Line } from "../../../kit/tooltip"
 * @import { Context } from "./formats.js"
 */

import { shaded } from "../../../kit/colour/legible.js";
import { pressing, rove } from "../../../kit/controls/roving.js";
import { percent, whole } from "../../../kit/numbers/format.js";
import { rawToken, token, tokenText } from "../../../kit/text/tokens.js";
import { tooltip } from "../../../kit/tooltip.js";
import { range } from "../../../vendor/d3.js";
import { html, nothing, styleMap } from "../../../vendor/lit.js";
import { at, nats, shadeOf } from "./shade.js";
import { stackButton } from "./stack_button.js";

/** @param {QuantizationEffectFormats} data @param {number} row @param {Context} ctx */
export function text(data, row, ctx) {
  const { title, flips } = data.formats[row];
  return html`
    <h3 class="sub3">
      ${title} <small>${
        flips
          ? "below a token stands the new most likely next token"
          : "the most likely next token stays the same everywhere"
      }</small></h3>
    <p class="narrow">${stackButton(data, data.formats[row], ctx)}</p>
    <div class="reading" role="group" aria-label="The text in ${title}" data-rove @keydown=${rove}>
      ${range(data.read).map((position) => cell(data, row, position, ctx))}
    </div>`;
}

/** @param {QuantizationEffectFormats} data @param {number} row @param {number} position @param {Context} ctx */
function cell(data, row, position, ctx) {
  const id = ctx.run.ids[position];
  const kl = at(data.kl, row, position);
  const [was, now] = [data.plain_ids.a[position], at(data.ids, row, position)];
  const selected = ctx.focus.position === position;
  const press = () => ctx.select({ position });
  const told = tooltip(`After ${rawToken(id)}`, linesOf(data, row, position));
  return html`
    <span class="at ${selected ? "on" : ""}" tabindex=${selected || (position === 0 && !inside(data, ctx)) ? 0 : -1}
      role="button" aria-pressed=${selected}
      aria-label="${rawToken(id)}, KL ${nats(kl)} nats${was === now ? "" : `, now ${tokenText(now)}`}"
      @click=${press} @keydown=${pressing(press)} @pointermove=${told.show} @focus=${told.beside}
      @pointerleave=${told.hide} @blur=${told.hide}>
      <i style=${styleMap(shaded(shadeOf()(kl)))}>${token(id, { className: "mono" })}</i>
      ${was === now ? nothing : html`<small>${token(now, { most: 14, className: "mono" })}</small>`}
    </span>`;
}

/** @param {QuantizationEffectFormats} data @param {Context} ctx */
const inside = ({ read }, { focus }) => focus.position !== null && focus.position < read;

/** @param {QuantizationEffectFormats} data @param {number} row @param {number} position @returns {Line[]} */
function linesOf(data, row, position) {
  const [was, now] = [data.plain_ids.a[position], at(data.ids, row, position)];
  /** @type {Line[]} */
  const lines = [
    ["position", whole(position)],
    ["KL", `${nats(at(data.kl, row, position))} nats`],
    [tokenText(was), `${percent(data.plain_p.a[position])} → ${percent(at(data.kept, row, position))}`, true],
  ];
  return was === now
    ? lines
    : [...lines, [`${tokenText(now)}, now the most likely`, percent(at(data.p, row, position)), true]];
}
