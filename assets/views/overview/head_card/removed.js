// @ts-check
/**
 * The next token's probabilities with the head and without it.
 *
 * @import { HeadRemoved } from "../../../types"
 * @import { Row, View, ViewContext } from "../../../kit/view"
 */
import { baseNote } from "../../../kit/beside.js";
import { decimal, headName, percent, signed, tone } from "../../../kit/format.js";
import { legend } from "../../../kit/legend.js";
import { token, tokenText } from "../../../kit/tokens.js";
import { max } from "../../../vendor/d3.js";
import { html, nothing, styleMap } from "../../../vendor/lit.js";

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
        <b class=${tone(change)}>${signed(change)}</b>${allTheSame(data, change)}; KL divergence
        <b>${decimal(data.kl, 4)}</b> nats.
      </p>
      ${legend([
        ["value", "as it is"],
        ["ghost", "without the head"],
      ])}
    </div>
    ${baseNote(ctx, data.base, data.base ? before(data.base, ctx) : nothing)}
    <ol class="answers ${data.base ? "both" : ""}">
      ${Array.from(data.ids.a, (id, at) => {
        const wide = (/** @type {number} */ p) => styleMap({ width: `${(100 * p) / most}%` });
        return html`
          <li class=${id === data.target ? "target" : ""}>
            ${token(id, { most: 20 })}
            <span class="lanes"><i class="now" style=${wide(data.before.a[at])}></i><i class="off"
                style=${wide(data.after.a[at])}></i></span>
            <span class="num">${percent(data.before.a[at])} → ${percent(data.after.a[at])}</span>
            ${
              data.base
                ? html`<span class="num was">${ctx.beside.short} ${percent(data.base.before.a[at])} →
                  ${percent(data.base.after.a[at])}</span>`
                : nothing
            }
          </li>`;
      })}
    </ol>
    <div class="rowbtns">
      ${
        isOff
          ? html`<p class="hint">It is off in this run: what is compared is this run with it off twice.</p>`
          : html`<button class="btn" type="button" @click=${() => ctx.intervene(text)}>Switch it off in the
            run</button>`
      }
    </div>`;
}

/**
 * Where the probability goes the other way: it is the logit among all others.
 * @param {HeadRemoved} data
 * @param {number} change
 */
function allTheSame({ ids, target, before, after }, change) {
  const at = ids.a.indexOf(target);
  const moved = at < 0 ? 0 : after.a[at] - before.a[at];
  if (change * moved >= 0) return nothing;
  return moved < 0
    ? ", and its probability falls: together the others’ rise more"
    : ", and its probability rises: together the others’ fall more";
}

/**
 * What its absence changes in the run beside this one, in words.
 * @param {NonNullable<HeadRemoved["base"]>} base
 * @param {ViewContext} ctx
 */
const before = ({ logit_change: change, kl }, { beside }) => html`
  ${beside.start}, that logit moves by <b class=${tone(change)} data-before=${change}>${signed(change)}</b> without it;
  KL divergence <b>${decimal(kl, 4)}</b> nats.`;

/**
 * @param {HeadRemoved} data
 * @param {ViewContext} ctx
 * @returns {Row[]}
 */
export const rows = ({ ids, before, after, base }, { beside }) =>
  Array.from(ids.a, (id, at) => ({
    token: tokenText(id),
    before: before.a[at],
    without: after.a[at],
    [`before_${beside.column}`]: base?.before.a[at],
    [`without_${beside.column}`]: base?.after.a[at],
  }));
