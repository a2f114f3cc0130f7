// @ts-check
/**
 * The next token's probabilities with the head and without it.
 *
 * @import { HeadRemoved } from "../../../types/overview"
 * @import { Row, View, ViewContext } from "../../../kit/view"
 */

import { movedName } from "../../../kit/controls/over.js";
import { legend } from "../../../kit/drawing/legend.js";
import { decimal, headName, percent, signed, tone } from "../../../kit/numbers/format.js";
import { baseNote } from "../../../kit/runs/beside.js";
import { token, tokenText } from "../../../kit/text/tokens.js";
import { max } from "../../../vendor/d3.js";
import { html, nothing, styleMap } from "../../../vendor/lit.js";

/** @type {View<HeadRemoved>} */
export function removed(data, ctx) {
  const name = headName(data.layer, data.head);
  const most = Math.max(max(data.before.a) ?? 0, max(data.after.a) ?? 0);
  const text = `ablate:${data.layer}.${data.head}`;
  const cut = ctx.interventions.find((each) => each.on !== false && each.text.replace(/:(mean|zero)$/, "") === text);
  return html`
    <div class="bar">
      <p class="readout">${said(data)}</p>
      ${legend([
        ["value", data.off ? "with the head" : "with the head (this run)"],
        ["ghost", data.off === "zero" ? "without the head (this run)" : "without the head"],
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
        cut
          ? html`<button class="btn on" type="button" @click=${() => ctx.restore(cut.text)}>Restore ${name}</button>`
          : html`<button class="btn" type="button" @click=${() => ctx.intervene(text)}>Ablate ${name}</button>`
      }
      <button class="linkbtn" type="button" @click=${() => ctx.go("patch_map", "edges")}>Whom ${name} tells it</button>
    </div>`;
}

/**
 * The change in words, the answer first.
 * @param {HeadRemoved} data
 */
function said({ layer, head, off, ids, target, before, after, moved, kl }) {
  const name = headName(layer, head);
  const at = ids.a.indexOf(target);
  const [p, q] = [before.a[at], after.a[at]];
  const change = moved.after - moved.before;
  const word = token(target, { most: 20 });
  const state = off
    ? html`${name} is ${off === "zero" ? "off" : "replaced by its mean"} in this run. “With the head” is the same run
      with it on.
        `
    : nothing;
  const said = html`the change in its ${movedName(moved)} is <b class=${tone(change)}>${signed(change)}</b>`;
  const number = change * (q - p) < 0 ? html`, although ${said}: other logits change more` : html`; ${said}`;
  return html`${state}Without ${name}, the probability of ${word} goes from ${percent(p)} to
    <b>${percent(q)}</b>${number}. Over all
    tokens the change is KL(with ‖ without) = <b>${decimal(kl, 4)}</b> nats.`;
}

/**
 * What its absence changes in the other run, in words.
 * @param {NonNullable<HeadRemoved["base"]>} base
 * @param {ViewContext} ctx
 */
const before = ({ moved, kl }, { beside }) => {
  const change = moved.after - moved.before;
  return html`
    ${beside.start}, the change in its ${movedName(moved)} is
    <b class=${tone(change)} data-before=${change}>${signed(change)}</b> without the head; KL(with ‖ without) is
    <b>${decimal(kl, 4)}</b> nats.`;
};

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
