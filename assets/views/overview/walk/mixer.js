// @ts-check
/**
 * A state-space block, opened: what its mixer read from its state, by the position that wrote it there, and the
 * channels that add most.
 *
 * @import { WalkBlock, WalkChannel, WalkMixer } from "../../../types/overview"
 * @import { ViewContext } from "../../../kit/view"
 */

import { diverging } from "../../../kit/colour/ramp.js";
import { axisName } from "../../../kit/controls/over.js";
import { counted, percent, signed, tone, whole } from "../../../kit/numbers/format.js";
import { table } from "../../../kit/numbers/table.js";
import { strip } from "../../../kit/text/strip.js";
import { token, tokenText } from "../../../kit/text/tokens.js";
import { sum } from "../../../vendor/d3_first.js";
import { html } from "../../../vendor/lit.js";

/** Positions in the list. */
const LISTED = 5;
/** Of the darkest ground, so that text stays legible. */
const DEEPEST = 0.75;

/**
 * @param {WalkBlock} data
 * @param {WalkMixer} mixer
 * @param {ViewContext<any>} ctx
 */
export function read(data, { given, kept, lags }, ctx) {
  const values = [...given.a];
  const most = values.reduce((largest, value) => Math.max(largest, Math.abs(value)), 1e-12);
  const colour = diverging();
  const largest = values
    .map((value, position) => ({ value, position }))
    .sort((one, other) => Math.abs(other.value) - Math.abs(one.value))
    .slice(0, LISTED);
  const rest = sum(values) - sum(largest, ({ value }) => value);
  const others = values.length - largest.length;
  const name = (/** @type {{ position: number }} */ { position }) => {
    const id = ctx.run.ids[position];
    return html`<button class="linkbtn" type="button" aria-label="${tokenText(id)}: select position ${position}"
      @click=${() => ctx.select({ position })}>${token(id, { className: "mono" })}</button>`;
  };
  return html`
    ${strip({
      title: `Mixer: ${signed(data.attn)} ${axisName(data.measured)}, by where it was written`,
      ids: ctx.run.ids.slice(0, values.length),
      colour: (at) => colour((DEEPEST * values[at]) / most),
      told: (at) => [
        ["position", String(at)],
        ["brought", `${signed(values[at], 3)} logits`],
      ],
    })}
    ${table({
      label: "Positions that gave most",
      rows: largest,
      className: "busiest",
      columns: [
        { name: "Written at", cell: name },
        { name: "position", number: true, cell: ({ position }) => position },
        { name: "logits", number: true, cell: ({ value }) => html`<span class=${tone(value)}>${signed(value)}</span>` },
      ],
    })}
    <p class="hint">
      ${others > 0 ? `The ${counted(others, "other position")}: ${signed(rest)}. ` : ""}The state is a sum of what each
      token wrote. A token is written together with the ${lags} before it. ${token(ctx.run.ids[data.position])} leaves
      ${percent(kept)} of what the state held.
    </p>`;
}

/**
 * @param {WalkBlock} data
 * @param {WalkMixer} mixer
 */
export function channels(data, { channels: count, busiest }) {
  const listed = sum(busiest, ({ share }) => share);
  return html`
    <h3>${whole(count)} channels, ${signed(data.attn)} ${axisName(data.measured)}</h3>
    ${table({
      label: "Busiest channels",
      rows: busiest,
      className: "busiest",
      columns: [
        { name: "Channel", cell: (/** @type {WalkChannel} */ { index }) => index },
        { name: "activation", number: true, cell: ({ activation }) => signed(activation) },
        { name: "logits", number: true, cell: ({ share }) => html`<span class=${tone(share)}>${signed(share)}</span>` },
        {
          name: "pushes toward",
          cell: ({ says }) => html`${says.map((id) => token(id, { most: 16, className: "mono said" }))}`,
          className: "says",
        },
      ],
    })}
    <p class="hint">
      These ${busiest.length}: ${signed(listed)}. The other ${whole(count - busiest.length)}:
      ${signed(data.attn - listed)}. Toward ${token(data.target)}.
    </p>`;
}
