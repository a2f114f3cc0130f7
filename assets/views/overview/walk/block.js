// @ts-check
/**
 * One block, opened: its heads' maps and shares, its busiest neurons or its experts, or its mixer; the stream before
 * and after.
 *
 * @import { WalkBlock } from "../../../types/overview"
 * @import { Row, ViewContext } from "../../../kit/view"
 */

import { axisName } from "../../../kit/controls/over.js";
import { headName, signed } from "../../../kit/numbers/format.js";
import { figures } from "../../../kit/numbers/magnitude.js";
import { tokenText } from "../../../kit/text/tokens.js";
import { html } from "../../../vendor/lit.js";
import { heads } from "./heads.js";
import { channels, read } from "./mixer.js";
import { busiest } from "./neurons.js";
import { stripes } from "./stripes.js";

/** Pixels: from where heads and neurons stand side by side, and between them; what heads take of the room. */
const ABREAST = 820;
const BETWEEN = 40;
const HEADS = 1.3 / 2.3;
/** Below this, groups of heads stand one below the other. */
const GROUPS = { narrow: 560, most: 3 };
/** Drawn for no less: a page may not be laid out yet. */
const LEAST = 320;

/** @typedef {{ value?: number | null }} Kept the value of the stream that is pointed at */

/**
 * @param {WalkBlock} data
 * @param {ViewContext<Kept>} given
 */
export function block(data, given) {
  const ctx = { ...given, width: Math.max(LEAST, given.width) };
  const abreast = ctx.width >= ABREAST;
  const room = {
    width: abreast ? Math.floor((ctx.width - BETWEEN) * HEADS) : ctx.width,
    groups: ctx.width < GROUPS.narrow ? 1 : GROUPS.most,
  };
  return html`
    ${beside(data, ctx)}
    <div class="halves ${abreast ? "abreast" : ""}">
      <section>${data.mixer ? read(data, data.mixer, ctx) : heads(data, ctx, room)}</section>
      <section>${data.mixer ? channels(data, data.mixer) : busiest(data, ctx)}</section>
    </div>
    ${formula(data)}
    ${stripes(data, ctx)}`;
}

/**
 * A row a head, then a row a neuron or an expert; of a mixer, a row a position that it read and a channel.
 * @param {WalkBlock} data
 * @param {ViewContext<any>} ctx
 * @returns {Row[]}
 */
export function rows(data, ctx) {
  const says = (/** @type {number[]} */ ids) => ids.map(tokenText).join(" ");
  const { mixer } = data;
  return [
    ...Array.from(mixer?.given.a ?? [], (share, position) => ({
      part: `mixer, written at ${position}`,
      share,
      [`share_${ctx.beside.column}`]: ctx.there?.mixer?.given.a[ctx.align(position) ?? -1],
    })),
    ...(mixer?.busiest ?? []).map(({ index, activation, share, says: ids }) => ({
      part: `channel ${index}`,
      share,
      activation,
      pushes_toward: says(ids),
    })),
    ...Array.from(data.heads.a, (share, head) => ({
      part: headName(data.layer, head),
      share,
      [`share_${ctx.beside.column}`]: ctx.there?.heads.a[head],
    })),
    ...data.neurons.map(({ index, activation, share, says: ids }) => ({
      part: `neuron ${index}`,
      share,
      activation,
      pushes_toward: says(ids),
    })),
    ...data.experts.map(({ expert, weight, share, says: ids }) => ({
      part: `expert ${expert}`,
      share,
      weight,
      pushes_toward: says(ids),
    })),
  ];
}

/**
 * The blocks before and after, and the way back up.
 * @param {WalkBlock} data
 * @param {ViewContext<Kept>} ctx
 */
function beside({ layer }, ctx) {
  const last = ctx.run.model.L - 1;
  const go = (/** @type {number} */ to) => () => ctx.select({ layer: to });
  return html`
    <nav class="beside" aria-label="Blocks">
      <button class="btn icon" type="button" aria-label="The block before" ?disabled=${layer <= 0}
        @click=${go(layer - 1)}>◀</button>
      <button class="btn icon" type="button" aria-label="The block after" ?disabled=${layer >= last}
        @click=${go(layer + 1)}>▶</button>
      <button class="btn ghost" type="button" @click=${() => ctx.go("walk", "river")}>Back to the river</button>
    </nav>`;
}

/**
 * What the block computes, with the lengths of this run.
 * @param {WalkBlock} data
 */
function formula({ layer, formula: lines, lengths, attn, mlp, measured, mixer }) {
  const names = mixer ? ["x", "mixer", "x'"] : ["x", "attn", "x'", "mlp", "x''"];
  const lengthsTold = names.map((name, at) => `|${name}| ${figures(lengths[at])}`).join(", ");
  const second = signed(mlp).replace(/^([+−])?/, (sign) => `${sign || "+"} `);
  return html`
    <p class="formulas">
      <span>Block ${layer}</span>
      ${lines.map((line) => html`<code>${line}</code>`)}
      <code>${lengthsTold}</code>
      <code>push ${mixer ? "" : `${signed(attn)} ${second} = `}${signed(attn + mlp)} ${axisName(measured)}</code>
    </p>`;
}
