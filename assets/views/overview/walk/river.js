// @ts-check
/**
 * One token's walk: why it says this word, its stream as a river through the blocks, and the five stages of its way.
 *
 * @import { WalkRiver } from "../../../types/overview"
 * @import { Row } from "../../../kit/view"
 * @import { Context, Standing } from "./blocks.js"
 */

import { leads, overChoice } from "../../../kit/controls/over.js";
import { decimal, percent, signed, tone } from "../../../kit/numbers/format.js";
import { figures } from "../../../kit/numbers/magnitude.js";
import { writersOf } from "../../../kit/runs/writers.js";
import { token, tokenText } from "../../../kit/text/tokens.js";
import { range } from "../../../vendor/d3_first.js";
import { html, nothing } from "../../../vendor/lit.js";
import { blockAt, blocksOf, standing } from "./blocks.js";
import { stages } from "./stages.js";
import { tall } from "./tall.js";
import { strongest, why } from "./why.js";
import { wide } from "./wide.js";

/**
 * Pixels: below this the river flows downward, and it is drawn for no less than that: a page may not be laid out yet.
 */
const NARROW = 640;
const LEAST = 320;
/** Likeliest next tokens that are offered as rivals. */
const RIVALS = 4;

/**
 * @param {WalkRiver} data
 * @param {Context} given
 */
export function river(data, given) {
  const ctx = { ...given, width: Math.max(LEAST, given.width) };
  const walk = standing(data, ctx);
  return html`
    <div class="walkhead">${targets(data, ctx)}<p class="readout">${readout(data, ctx, walk)}</p></div>
    ${why(data, ctx)}
    <div class="figure river ${walk.playing ? "playing" : ""}">
      ${ctx.width < NARROW ? tall(data, ctx, walk) : wide(data, ctx, walk)}
    </div>
    ${strongest(data, ctx)}
    ${stages(data, ctx, walk)}`;
}

/**
 * A row a block.
 * @param {WalkRiver} data
 * @param {Context} ctx
 * @returns {Row[]}
 */
export function rows(data, ctx) {
  const { first, second } = writersOf(ctx);
  return range(blocksOf(data)).map((block) => {
    const { attention, mlp, edit, before, length, lens, target } = blockAt(data, block);
    return {
      block,
      [first]: attention,
      ...(second === null ? {} : { mlp }),
      intervention: edit,
      [`${first}_${ctx.beside.column}`]: before?.attention,
      ...(second === null ? {} : { [`mlp_${ctx.beside.column}`]: before?.mlp }),
      length_before: length[0],
      length_after: length[1],
      lens: tokenText(lens.id),
      lens_p: lens.p,
      target_rank: target.rank,
      target_p: target.p,
    };
  });
}

/**
 * @param {WalkRiver} data
 * @param {Context} ctx
 */
function targets(data, ctx) {
  const came = ctx.run.ids[data.position + 1];
  const note = html` <small>came next</small>`;
  return html`
    <div class="toward" role="group" aria-label="Target token">
      Toward
      ${data.targets.map(
        ({ id, p, logit }, at) => html`
          <button type="button" aria-pressed=${id === data.target}
            title="probability ${percent(p)}, logit ${decimal(logit)}" @click=${() => ctx.select({ target: id })}
            >${token(id, { most: 16, className: "" })}${id === came && at ? note : nothing}</button>`,
      )}
      ${overChoice(ctx, data, [...data.targets.map(({ id }) => id), ...data.next.ids.slice(0, RIVALS)])}
    </div>`;
}

/**
 * The whole, or the block that is pointed at.
 * @param {WalkRiver} data
 * @param {Context} ctx
 * @param {Standing} walk
 */
function readout(data, ctx, { pointed }) {
  if (pointed === null) {
    const { base } = data;
    const before =
      base &&
      html`${ctx.beside.before} ${decimal(base.lead, 3)} and ${percent(base.p)}, KL
        <b>${decimal(base.kl, 3)} nats</b>`;
    return html`<span>${token(data.target)} ${leads(data.measured)}, probability
      <b>${percent(data.p)}</b>${before ? html`, ${before}` : nothing}</span>`;
  }
  const { attention, mlp, length, lens } = blockAt(data, pointed);
  const { first, second } = writersOf(ctx);
  const share = (/** @type {number} */ value) => html`<b class=${tone(value)}>${signed(value)}</b>`;
  return html`
    <b>Block ${pointed}</b> <span>${first} ${share(attention)}</span>
    ${second === null ? nothing : html`<span>${second} ${share(mlp)}</span>`}
    <span>|x| ${figures(length[0])} → <b>${figures(length[1])}</b></span>
    <span>lens ${token(lens.id)} ${percent(lens.p)}</span>`;
}
