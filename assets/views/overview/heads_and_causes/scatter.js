// @ts-check
/**
 * What each head writes toward the target, against what happens when it is removed: a scatter and its strongest heads.
 *
 * @import { HeadsAndCauses } from "../../../types/overview"
 * @import { Row } from "../../../kit/view"
 * @import { Context } from "./causes.js"
 */

import { segmented } from "../../../kit/controls/controls.js";
import { movedName, overChoice } from "../../../kit/controls/over.js";
import { decimal, percent, signed, tone } from "../../../kit/numbers/format.js";
import { baseNote } from "../../../kit/runs/beside.js";
import { strongestHead } from "../../../kit/strongest_head.js";
import { token, tokenText } from "../../../kit/text/tokens.js";
import { greatestIndex, range } from "../../../vendor/d3.js";
import { html, nothing } from "../../../vendor/lit.js";
import { countOf, effectBefore, isKnown, nameOf, SHADES, selectedOf, shadeOf, shadeRange } from "./causes.js";
import { plot } from "./plot.js";
import { strongest } from "./strongest.js";

/** Pixels: the table beside the plot, the gap, and from where both stand side by side. */
const TABLE = 430;
const GAP = 32;
const ABREAST = 860;
/** Drawn for no less: a page may not be laid out yet. */
const LEAST = 320;

/**
 * @param {HeadsAndCauses["base"]} base
 * @param {Context} ctx
 */
const tails = (base, { beside }) =>
  `A tail begins at the head’s place in ${beside.the}. The ${base?.moved.length} heads whose direct share changed ` +
  "most were removed there too. The other tails are horizontal, because those removals are not measured there.";

/**
 * @param {HeadsAndCauses} data
 * @param {Context} ctx
 */
export function scatter(data, ctx) {
  const shade = shadeOf(ctx);
  const abreast = ctx.width >= ABREAST;
  return html`
    <div class="bar">
      <div class="shade-by">
        <span class="muted">Shade by</span>
        ${segmented({
          label: "Shade by",
          choices: SHADES.map(({ key, name }) => [key, name]),
          chosen: shade.key,
          choose: (key) => ctx.keep({ shade: key }),
        })}
      </div>
      ${overChoice(ctx, data, data.contrast ? [data.contrast.token] : [])}
      ${legend(data, ctx)}
    </div>
    <p class="hint">${shade.says}</p>
    ${strongestHead(ctx, { ...data, direct: strongestDirect(data), causes: data })}
    ${baseNote(ctx, data.base, tails(data.base, ctx))}
    <div class="causes ${abreast ? "abreast" : ""}">
      <div>
        ${plot(data, ctx, abreast ? ctx.width - TABLE - GAP : Math.max(LEAST, ctx.width))}
        <p class="readout">${said(data, ctx)}</p>
      </div>
      ${strongest(data, ctx)}
    </div>`;
}

/**
 * @param {HeadsAndCauses} data
 * @returns {import("../../../types/overview").StrongestHead}
 */
function strongestDirect({ direct }) {
  const at = greatestIndex(direct.a, Math.abs) ?? 0;
  const heads = direct.shape[1];
  return { layer: Math.floor(at / heads), head: at % heads, share: direct.a[at] };
}

/**
 * A row a head.
 * @param {HeadsAndCauses} data
 * @param {Context} ctx
 * @returns {Row[]}
 */
export function rows(data, { beside }) {
  return range(countOf(data)).map((head) => ({
    head: nameOf(data, head),
    target: tokenText(data.target),
    direct: data.direct.a[head],
    [`direct_${beside.column}`]: data.base?.direct.a[head],
    removed: data.effect.a[head],
    [`removed_${beside.column}`]: data.base ? effectBefore(data.base, head) : undefined,
    probability: data.p,
    probability_removed: data.p_ablated.a[head],
    kl: data.kl.a[head],
    previous: data.scores.previous.a[head],
    induction: data.scores.induction.a[head],
    sink: data.scores.sink.a[head],
    entropy: data.scores.entropy.a[head],
  }));
}

/**
 * @param {HeadsAndCauses} data
 * @param {Context} ctx
 */
function legend(data, ctx) {
  return html`
    <ul class="legend marks">
      ${shadeLegend(data, ctx)}
      <li><i class="areas" aria-hidden="true"><b></b><b></b><b></b></i>area: KL divergence of the next-token
        distribution</li>
      <li><i class="line" aria-hidden="true"></i>here a removal takes away exactly the direct share</li>
      ${
        data.base
          ? html`<li class="basekey"><i class="tail-mark" aria-hidden="true"></i>from its place,
              ${ctx.beside.short}</li>`
          : nothing
      }
    </ul>`;
}

/**
 * @param {HeadsAndCauses} data
 * @param {Context} ctx
 */
function shadeLegend(data, ctx) {
  const { key, name } = shadeOf(ctx);
  if (key === "none") return nothing;
  const entropy = key === "entropy";
  const [low, high] = shadeRange(data, key).map((end) => decimal(end, entropy ? 1 : 2));
  return html`<li aria-label="${name}: from ${low} to ${high}">
    ${low}<i class="ramp"></i>${high}${entropy ? " bits" : ""}
  </li>`;
}

/**
 * Where the probability goes the other way than the logit.
 * @param {HeadsAndCauses} data
 * @param {number} head
 */
function against(data, head) {
  if (data.measured.over === "others") return ""; // log odds and probability go one way
  const moved = data.p_ablated.a[head] - data.p;
  if (moved * data.effect.a[head] >= 0) return "";
  return ` (the other tokens’ logits ${moved < 0 ? "rise" : "fall"} more)`;
}

/**
 * The selected head, in words.
 * @param {HeadsAndCauses} data
 * @param {Context} ctx
 */
function said(data, ctx) {
  const head = selectedOf(data, ctx);
  if (head >= countOf(data)) return nothing;
  const number = (/** @type {number} */ value) => html`<b class=${tone(value)}>${signed(value)}</b>`;
  const before = data.base ? html` (${ctx.beside.short} ${number(data.base.direct.a[head])})` : nothing;
  const there = data.base ? effectBefore(data.base, head) : Number.NaN;
  const removedBefore = Number.isFinite(there) ? html` (${ctx.beside.short} ${number(there)})` : nothing;
  const caused = isKnown(data, head)
    ? html`. Its removal changes the token’s ${movedName(data.measured)} by
      ${number(data.effect.a[head])}${removedBefore} and its probability from ${percent(data.p)} to
      ${percent(data.p_ablated.a[head])}${against(data, head)}; KL ${decimal(data.kl.a[head], 3)} nats.`
    : ". It has not been removed yet.";
  return html`<b>${nameOf(data, head)}</b> pushes ${token(data.target)} directly by
    ${number(data.direct.a[head])} logits${before}${caused}`;
}
