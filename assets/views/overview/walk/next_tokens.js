// @ts-check
/**
 * Where the river ends: the likeliest next tokens, with what the sampler keeps and what the unchanged run gave them.
 * Each is chosen as the target by a press. Here is what both drawings of them share.
 *
 * @import { WalkRiver } from "../../../types/overview"
 * @import { Context } from "./blocks.js"
 */

import { pressing } from "../../../kit/controls/roving.js";
import { percent, whole } from "../../../kit/numbers/format.js";
import { cut, tokenText } from "../../../kit/text/tokens.js";
import { spoken } from "../../../kit/tooltip.js";
import { nothing, svg } from "../../../vendor/lit.js";

/**
 * @typedef {object} Next
 * @property {number} id
 * @property {number} p
 * @property {number | undefined} before in the unchanged run
 * @property {boolean} kept by the sampler
 * @property {boolean} first
 * @property {boolean} target
 */

/**
 * @param {WalkRiver} data
 * @returns {Next[]}
 */
export function nexts({ next, sample, base, target }) {
  return next.ids.map((id, at) => ({
    id,
    p: next.probabilities[at],
    before: base?.next.probabilities[at],
    kept: sample ? sample.kept_shown[at] : true,
    first: at === 0,
    target: id === target,
  }));
}

/**
 * The row after which the sampler cuts; −1 where it cuts none of these, or not at one place.
 * @param {Next[]} tokens
 */
export function cutAfter(tokens) {
  const last = tokens.findLastIndex(({ kept }) => kept);
  const clean = tokens.slice(0, last + 1).every(({ kept }) => kept);
  return last >= 0 && last < tokens.length - 1 && clean ? last : -1;
}

/**
 * The group of one next token.
 * @param {Context} ctx
 * @param {Next} token
 * @param {{ x: number, y: number, width: number, height: number }} hit
 * @param {unknown} marks
 * @param {number} most characters of its name in them
 */
export function choice(ctx, { id, p, before, first, kept, target }, hit, marks, most) {
  const choose = () => ctx.select({ target: id });
  /** @type {[string, string][]} */
  const was = before === undefined ? [] : [[ctx.beside.before, percent(before)]];
  const name = spoken({
    written: [cut(tokenText(id), most), was[0]?.[1], percent(p)],
    called: tokenText(id),
    lines: kept ? was : [...was, ["cut by", "the sampler"]],
  });
  return svg`
    <g class="next ${kept ? "" : "cut"} ${target ? "target" : ""}" role="button" tabindex=${first ? 0 : -1}
      aria-pressed=${target} aria-label=${name} @click=${choose}
      @keydown=${pressing(choose)}>
      <rect class="band" x=${hit.x} y=${hit.y} width=${hit.width} height=${hit.height} rx="3" />
      ${marks}
    </g>`;
}

/**
 * @param {WalkRiver} data
 * @param {{ x: number, y: number, before: number, now: number }} place
 * @param {Context} ctx
 */
export function headings({ base }, { x, y, before, now }, { beside }) {
  return svg`
    <text class="h" x=${x} y=${y}>Next token</text>
    ${
      base
        ? svg`
          <text x=${before} y=${y} text-anchor="end">${beside.before}</text>
          <text class="ink strong" x=${now} y=${y} text-anchor="end">${beside.now}</text>`
        : svg`<text x=${now} y=${y} text-anchor="end">probability</text>`
    }`;
}

/**
 * @param {WalkRiver} data
 * @param {{ x: number, y: number, before: number, now: number }} place
 */
export function others({ vocabulary, next, base }, { x, y, before, now }) {
  return svg`
    <text class="dim" x=${x} y=${y}>${whole(vocabulary - next.ids.length)} others</text>
    ${base ? svg`<text class="dim" x=${before} y=${y} text-anchor="end">${percent(base.next.rest)}</text>` : nothing}
    <text class="dim" x=${now} y=${y} text-anchor="end">${percent(next.rest)}</text>`;
}

/**
 * @param {{ from: number, to: number, y: number }} line
 * @param {number} x of the words below it
 * @param {string} words
 */
export function cutLine({ from, to, y }, x, words) {
  return svg`
    <line class="cutline" x1=${from} x2=${to} y1=${y} y2=${y} stroke-dasharray="3 3" />
    <text class="dim" x=${x} y=${y + 13}>${words}</text>`;
}
