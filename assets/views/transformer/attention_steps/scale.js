// @ts-check
/**
 * The scale: softmax of the selected query's scores as they are and scaled, and the entropy of every query's.
 *
 * @import { Floats } from "../../../types/shared"
 * @import { Head } from "./head.js"
 */

import { bar as bars, rule, text } from "../../../kit/drawing/marks.js";
import { picture } from "../../../kit/drawing/picture.js";
import { decimal } from "../../../kit/numbers/format.js";
import { svgToken } from "../../../kit/text/tokens.js";
import { html, nothing } from "../../../vendor/lit.js";
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
 */
export function scale(head, width) {
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
        ${entropies(head, right)}
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
function twice({ data, count, selected, quoted, id }, keys, width) {
  const bar = (width - TOKEN - SCORE - 8 - GAP) / 2;
  const [scores, bare, scaled] = [TOKEN + SCORE - 8, TOKEN + SCORE + 8, TOKEN + SCORE + 8 + bar + GAP];
  const at = (/** @type {number} */ key) => selected * count + key;
  const y = (/** @type {unknown} */ _, /** @type {number} */ row) => TOP + row * ROW + 5;
  const height = TOP + keys.length * ROW + 8;
  const heading = (/** @type {number} */ x, /** @type {string} */ title, /** @type {string} */ below) => [
    text({ x, y: 8, text: title, className: "h", anchor: x === scores ? "end" : "start" }),
    text({ x, y: 24, text: below, className: "dim", anchor: x === scores ? "end" : "start" }),
  ];
  const weights = (/** @type {number} */ x, /** @type {Floats} */ { a }, /** @type {boolean} */ hollow) => {
    const end = (/** @type {number} */ key) => x + a[at(key)] * (bar - NUMBER);
    return [
      rule({ x, y: [TOP - 6, height - 4] }),
      bars({
        ...{ data: keys, x: (key) => [x, end(key)], y, thick: 10, least: 0.6, hollow },
        ...(hollow ? { color: "ink3", stroke: 0.9 } : { color: "ink" }),
      }),
      text({
        ...{ data: keys.filter((key) => a[at(key)] >= SLIGHT), x: end, dx: 5, text: (key) => decimal(a[at(key)], 3) },
        y: (key) => y(key, keys.indexOf(key)),
        className: (key) => (a[at(key)] > 0.1 ? "ink b" : "dim"),
      }),
    ];
  };
  return picture({
    label: `Softmax of ${quoted(selected)} without and with the scale`,
    width,
    height,
    marks: [
      heading(scores, "q · k", `of ${data.d_head}`),
      heading(bare, "softmax of q·k", "not scaled"),
      heading(scaled, `softmax, ${scaleSigns(data)}`, "the model’s own"),
      keys.map((key, row) =>
        svgToken(id(key), {
          ...{ x: TOKEN - 8, y: y(key, row) + 4, anchor: "end", most: LETTERS },
          className: key === selected ? "m ink" : "m",
        }),
      ),
      text({
        ...{ data: keys, x: scores, y, anchor: "end", className: "dim" },
        text: (key) => decimal(data.raw.a[at(key)], 1),
      }),
      weights(bare, data.unscaled, true),
      weights(scaled, data.pattern, false),
    ],
  });
}
