// @ts-check
/**
 * The scale: softmax of the selected query's scores as they are and scaled, and the entropy of every query's.
 *
 * @import { Head } from "./head.js"
 */
import { decimal } from "../../../kit/format.js";
import { svgToken } from "../../../kit/tokens.js";
import { scaleLinear } from "../../../vendor/d3.js";
import { html, nothing, svg } from "../../../vendor/lit.js";
import { entropies } from "./entropies.js";
import { keysOf, scaleSigns } from "./head.js";

const WIDE = 720;
/** Width of the bars at the left: at most, and as a share of all. */
const LEFT = { most: 620, share: 0.56, gap: 48 };
const MOST_KEYS = 26;
const ROW = 17;
const TOP = 44;
const TOKEN = 78;
const SCORE = 64;
/** Pixels behind the longest bar for its number. */
const NUMBER = 42;
const GAP = 12;
const LETTERS = 9;
/** A smaller share has no number. */
const SLIGHT = 0.0005;

/**
 * @param {Head} head
 * @param {number} width in pixels
 * @param {(position: number) => void} select
 */
export function scale(head, width, select) {
  const wide = width >= WIDE;
  const left = wide ? Math.min(LEFT.most, width * LEFT.share) : width;
  const right = wide ? width - left - LEFT.gap : width;
  const seen = keysOf(head, head.selected);
  const shown = heaviest(head, seen);
  return html`
    <div class="scaled" style=${wide ? `grid-template-columns:${left}px minmax(0,1fr)` : nothing}>
      <div>
        <h3 class="sub3">The row of ${head.quoted(head.selected)}</h3>
        ${twice(head, shown, left)}
        ${
          shown.length < seen.length
            ? html`<p class="hint">The ${shown.length} keys with the largest weights, of ${seen.length}.</p>`
            : nothing
        }
      </div>
      <div>
        <h3 class="sub3">Entropy of every query’s softmax, bits</h3>
        ${entropies(head, right, select)}
      </div>
    </div>`;
}

/** What stands below. @param {Head} head */
export const scaleNote = ({ data }) =>
  `Hollow: softmax without the scale. Filled: softmax with it. Both use the same q·k.${
    data.first ? " Keys before the window get a share too." : ""
  }`;

/**
 * As many keys as there is room for, in their order.
 * @param {Head} head
 * @param {number[]} keys
 */
function heaviest({ data, count, selected }, keys) {
  const weight = (/** @type {number} */ key) =>
    Math.max(data.pattern.a[selected * count + key], data.unscaled.a[selected * count + key]);
  return keys
    .slice()
    .sort((a, b) => weight(b) - weight(a))
    .slice(0, MOST_KEYS)
    .sort((a, b) => a - b);
}

/**
 * A row a key: its score, and its weight without and with the scale.
 * @param {Head} head
 * @param {number[]} keys
 * @param {number} width
 */
function twice(head, keys, width) {
  const height = TOP + keys.length * ROW + 8;
  const bar = (width - TOKEN - SCORE - 8 - GAP) / 2;
  const [scores, bare, scaled] = [TOKEN + SCORE - 8, TOKEN + SCORE + 8, TOKEN + SCORE + 8 + bar + GAP];
  const length = scaleLinear([0, 1], [0, bar - NUMBER]);
  return svg`
    <svg class="fig twice" viewBox="0 0 ${width} ${height}" height=${height} role="img"
      aria-label="Softmax of ${head.quoted(head.selected)} without and with the scale">
      ${heading(scores, "q · k", `of ${head.data.d_head}`, "end")}
      ${heading(bare, "softmax of q·k", "not scaled")}
      ${heading(scaled, `softmax, ${scaleSigns(head.data)}`, "the model’s own")}
      ${[bare, scaled].map((x) => svg`<line class="zero" x1=${x} x2=${x} y1=${TOP - 6} y2=${height - 4} />`)}
      ${keys.map((key, at) => keyRow(head, key, { y: TOP + at * ROW, scores, bare, scaled, length }))}
    </svg>`;
}

/**
 * @param {number} x
 * @param {string} title
 * @param {string} below
 * @param {"start" | "end"} [anchor]
 */
const heading = (x, title, below, anchor = "start") => svg`
  <text class="h" x=${x} y="12" text-anchor=${anchor}>${title}</text>
  <text class="dim" x=${x} y="28" text-anchor=${anchor}>${below}</text>`;

/**
 * @param {Head} head
 * @param {number} key
 * @param {{ y: number, scores: number, bare: number, scaled: number, length: (share: number) => number }} place
 */
function keyRow({ data, count, selected, id }, key, { y, scores, bare, scaled, length }) {
  const base = y + 9;
  const at = selected * count + key;
  return svg`
    ${svgToken(id(key), {
      x: TOKEN - 8,
      y: base,
      anchor: "end",
      most: LETTERS,
      className: key === selected ? "m ink" : "m",
    })}
    <text class="dim" x=${scores} y=${base} text-anchor="end">${decimal(data.raw.a[at], 1)}</text>
    ${weight("bare", data.unscaled.a[at], bare, y, length)} ${weight("own", data.pattern.a[at], scaled, y, length)}`;
}

/**
 * @param {string} className
 * @param {number} share
 * @param {number} x
 * @param {number} y
 * @param {(share: number) => number} length
 */
const weight = (className, share, x, y, length) => svg`
  <rect class=${className} x=${x} y=${y + 0.5} width=${Math.max(0.6, length(share))} height="10" rx="1" />
  ${
    share < SLIGHT
      ? nothing
      : svg`<text class=${share > 0.1 ? "ink b" : "dim"} x=${x + length(share) + 5}
        y=${y + 9}>${decimal(share, 3)}</text>`
  }`;
