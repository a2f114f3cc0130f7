// @ts-check
/**
 * Why this word: a sentence of the parts that made the target's lead. The server chooses the parts, by rules that look
 * at numbers only (figures/overview/why.py); here they are worded. Each part is a button that selects what it names.
 *
 * @import { WalkRiver, WhyPart, WhyRead } from "../../../types/overview"
 * @import { Line } from "../../../kit/tooltip"
 * @import { Context } from "./blocks.js"
 */

import { leadName, overText } from "../../../kit/controls/over.js";
import { counted, decimal, headName, percent, signed, tone } from "../../../kit/numbers/format.js";
import { feedForward } from "../../../kit/runs/writers.js";
import { strongestHead } from "../../../kit/strongest_head.js";
import { token, tokenText } from "../../../kit/text/tokens.js";
import { tooltip } from "../../../kit/tooltip.js";
import { html, nothing } from "../../../vendor/lit.js";
import { openBlock } from "./blocks.js";

/** A source that gave so much of a share is said to have given most of it, or much; below that it is not named. */
const MOST = 0.5;
const MUCH = 0.25;
/** Positions that the tooltip lists. */
const LISTED = 6;

/**
 * @param {WalkRiver} data
 * @param {Context} ctx
 */
export function why(data, ctx) {
  const { named, against, ahead } = data.why;
  return html`
    <p class="why">
      <b class="asked">${ahead && ahead.lead < 0 ? "Toward" : "Why"} ${token(data.target)}:</b>
      ${named.length ? joined(named.map((part, at) => pushes(data, ctx, part, at === 0))) : "nothing pushes toward it"}.
      ${explained(data)}
      ${against ? html`The strongest push against it: ${partLink(ctx, against)}, ${amount(against)}.` : nothing}
      ${
        ahead && ahead.token !== data.measured.rival
          ? html`${token(data.target)} ${ahead.lead < 0 ? "trails" : "leads"} ${token(ahead.token)} by
            <b>${decimal(Math.abs(ahead.lead))}</b>, most through ${partLink(ctx, ahead.part)}
            (${amount(ahead.part)}).`
          : nothing
      }
    </p>`;
}

/**
 * The answers to which head is strongest.
 * @param {WalkRiver} data
 * @param {Context} ctx
 */
export function strongest({ measured, target, why: { direct, contrast, ahead } }, ctx) {
  if (!direct) return nothing;
  const rival = ahead && contrast ? { token: ahead.token, head: contrast } : null;
  return strongestHead(ctx, { measured, target, direct, contrast: rival });
}

/**
 * How much the named parts explain, and how the lead comes about: all that pushes toward the token, and all that pushes
 * against it.
 * @param {WalkRiver} data
 */
function explained({ why: { named, explained: sum, toward, back }, measured }) {
  const lead = html`its ${leadName(measured)} is <b>${decimal(measured.lead)}</b>`;
  if (!named.length) return html`All parts push against it: ${lead}.`;
  const these = named.length === 1 ? "This part is" : `These ${COUNTS[named.length] ?? named.length} are`;
  return html`${these} <b>${percent(sum / toward, 0)}</b> of the <b class="p">${signed(toward)}</b> logits that push it
    ahead; <b class="n">${signed(back)}</b> push it back, so ${lead}.`;
}

const COUNTS = ["no", "one", "two", "three"];

/** @param {unknown[]} parts */
const joined = (parts) => parts.map((part, at) => html`${at ? "; " : ""}${part}`);

/**
 * @param {WalkRiver} data
 * @param {Context} ctx
 * @param {WhyPart} part
 * @param {boolean} first
 */
function pushes(data, ctx, part, first) {
  const { measured } = data;
  const many = part.kind === "biases" ? "" : "s";
  const share = html`<b class="p">${decimal(part.share)}</b>`;
  if (!first) return html`${partLink(ctx, part)} ${share}${source(data, ctx, part)}`;
  const pushed =
    measured.over === "raw"
      ? html`add${many} ${share} logits`
      : html`push${many && "es"} it ${share} logits ahead of ${overText(measured)}`;
  return html`${partLink(ctx, part)} ${pushed}${source(data, ctx, part)}`;
}

/** @param {WhyPart} part */
const amount = ({ share }) => html`<b class=${tone(share)}>${signed(share)}</b>`;

/**
 * The button of a part: it opens the block that holds it.
 * @param {Context} ctx
 * @param {WhyPart} part
 */
function partLink(ctx, part) {
  const name = partName(ctx, part);
  const { layer } = part;
  if (layer === null) return name;
  const told = part.read ? tooltip(`Brought by ${name}, in logits`, givenLines(ctx, part.read)) : null;
  const point = () => {
    ctx.keep({ hovered: layer });
    if (part.read) ctx.arcs(part.read.given.a.map((given) => Math.max(0, given / part.share)));
  };
  const leave = () => {
    told?.hide();
    ctx.keep({ hovered: null });
    ctx.arcs(null);
  };
  const open = () => {
    leave();
    openBlock(ctx, layer);
  };
  return html`<button class="part ${part.share < 0 ? "negative" : "positive"}" type="button"
      aria-label="${name}: open block ${layer}" @click=${open}
      @pointerenter=${point} @pointermove=${told?.show} @pointerleave=${leave} @focus=${point} @blur=${leave}
      >${name}</button>`;
}

/**
 * @param {Context} ctx
 * @param {WhyPart} part
 */
function partName(ctx, { kind, layer }) {
  if (kind === "attention") return `block ${layer}’s attention`;
  if (kind === "mixer") return `block ${layer}’s mixer`;
  if (kind === "mlp") return `block ${layer}’s ${feedForward(ctx)}`;
  if (kind === "intervention") return `the intervention after block ${layer}`;
  return kind === "embedding" ? "the embedding" : "the last biases";
}

/**
 * Where an attention had it from, and which heads read it there; or from which token a mixer's state had it.
 * @param {WalkRiver} data
 * @param {Context} ctx
 * @param {WhyPart} part
 */
function source(data, ctx, { layer, share, read }) {
  if (!read || layer === null) return nothing;
  const part = read.share / share;
  if (part < MUCH) return ", read from many tokens";
  const much = part < MOST ? "much" : "most";
  if (!read.readers.length) return html`, ${much} of it written at ${positionLink(data, ctx, read)}`;
  const heads = read.readers.map(({ head }, at) => html`${at ? " and " : ""}${headLink(ctx, layer, head)}`);
  return html`, ${much} of it read from ${positionLink(data, ctx, read)} by ${heads}`;
}

/**
 * @param {Context} ctx
 * @param {number} layer
 * @param {number} head
 */
function headLink(ctx, layer, head) {
  const name = headName(layer, head);
  return html`<button class="part" type="button" aria-label="Head ${name}: select it"
    @click=${() => openBlock(ctx, layer, { head })}>${name}</button>`;
}

/**
 * The token that was read, as a button that walks it; with its position where the text has it more than once.
 * @param {WalkRiver} data
 * @param {Context} ctx
 * @param {WhyRead} read
 */
function positionLink(data, ctx, { position, token: id }) {
  const here = position === data.position;
  const again = ctx.run.ids.slice(0, data.position + 1).filter((each) => each === id).length > 1;
  const where = here ? " (this token)" : again ? ` (position ${position})` : "";
  return html`<button class="part source" type="button" aria-label="${tokenText(id)}: select position ${position}"
      @click=${() => ctx.select({ position })}>${token(id)}</button>${where}`;
}

/**
 * What an attention brought, by the position that was read: the largest first.
 * @param {Context} ctx
 * @param {WhyRead} read
 * @returns {Line[]}
 */
function givenLines(ctx, { given }) {
  const sorted = Array.from(given.a, (value, position) => ({ value, position })).sort(
    (one, other) => Math.abs(other.value) - Math.abs(one.value),
  );
  const rest = sorted.slice(LISTED).reduce((total, { value }) => total + value, 0);
  /** @type {Line[]} */
  const lines = sorted
    .slice(0, LISTED)
    .map(({ value, position }) => [`${position} ${tokenText(ctx.run.ids[position])}`, signed(value), true]);
  return sorted.length > LISTED ? [...lines, [counted(sorted.length - LISTED, "other position"), signed(rest)]] : lines;
}
