// @ts-check
/**
 * The next token's probabilities with the head and without it.
 *
 * @import { HeadRemoved } from "../../../types"
 * @import { Row, View } from "../../../kit/view"
 */
import { decimal, headName, percent, signed, tone } from "../../../kit/format.js";
import { legend } from "../../../kit/legend.js";
import { token, tokenText } from "../../../kit/tokens.js";
import { max } from "../../../vendor/d3.js";
import { html, styleMap } from "../../../vendor/lit.js";

/** @type {View<HeadRemoved>} */
export function removed(data, ctx) {
  const change = data.logit_after - data.logit_before;
  const most = Math.max(max(data.before.a) ?? 0, max(data.after.a) ?? 0);
  const text = `ablate:${data.layer}.${data.head}`;
  const isOff = ctx.interventions.some((each) => each.on && each.text.startsWith(text));
  return html`
    <div class="bar">
      <p class="readout">
        Without ${headName(data.layer, data.head)} the logit of ${token(data.target)} moves by
        <b class=${tone(change)}>${signed(change)}</b>; KL divergence <b>${decimal(data.kl, 4)}</b> nats.
      </p>
      ${legend([
        ["value", "as it is"],
        ["ghost", "without the head"],
      ])}
    </div>
    <ol class="answers">
      ${Array.from(data.ids.a, (id, at) => {
        const wide = (/** @type {number} */ p) => styleMap({ width: `${(100 * p) / most}%` });
        return html`
          <li class=${id === data.target ? "target" : ""}>
            ${token(id, { most: 20 })}
            <span class="lanes"><i class="now" style=${wide(data.before.a[at])}></i><i class="off" style=${wide(data.after.a[at])}></i></span>
            <span class="num">${percent(data.before.a[at])} → ${percent(data.after.a[at])}</span>
          </li>`;
      })}
    </ol>
    <div class="rowbtns">
      ${
        isOff
          ? html`<p class="hint">It is off in this run: what is compared is this run with it off twice.</p>`
          : html`<button class="btn" type="button" @click=${() => ctx.intervene(text)}>Switch it off in the run</button>`
      }
    </div>`;
}

/**
 * @param {HeadRemoved} data
 * @returns {Row[]}
 */
export const rows = (data) =>
  Array.from(data.ids.a, (id, at) => ({ token: tokenText(id), before: data.before.a[at], without: data.after.a[at] }));
