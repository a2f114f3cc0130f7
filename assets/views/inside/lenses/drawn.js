// @ts-check
/**
 * The lenses’ names and colours, and a chart of one number of each by block.
 *
 * @import { Sign } from "../../../kit/drawing/legend.js"
 * @import { OneLens } from "../../../types/inside"
 */
import { legend } from "../../../kit/drawing/legend.js";
import { dot, line, rule } from "../../../kit/drawing/marks.js";
import { picture } from "../../../kit/drawing/picture.js";
import { html } from "../../../vendor/lit.js";

/** @typedef {OneLens["kind"]} Kind */

/** @type {Record<Kind, string>} */
export const NAMES = {
  logit: "Logit lens",
  tuned: "Tuned lens",
  least_squares: "Least-squares lens",
  jacobian: "Jacobian lens",
};

/** A lens within a sentence: a person’s name keeps its capital. @param {Kind} kind */
export const inText = (kind) => (kind === "jacobian" ? NAMES[kind] : NAMES[kind].toLowerCase());

/** @type {Record<Kind, string>} */
const COLORS = { logit: "ink3", tuned: "river-deep", least_squares: "prob", jacobian: "neg" };

/** What a model lacks, and how it is made. @param {readonly Kind[]} missing */
export const lacking = (missing) =>
  missing.length
    ? html`<p class="hint">Not fitted to this model: ${missing.map((kind) => inText(kind)).join(", ")}.
      The command <code>python -m explorer lenses RECIPE</code> fits them; the panel Jacobian lens asks single tokens of
      any model.</p>`
    : "";

/**
 * @param {object} options
 * @param {string} options.label
 * @param {string} options.title of the upright axis
 * @param {readonly Kind[]} options.kinds
 * @param {readonly number[]} options.blocks
 * @param {(lens: number, block: number) => number} options.value NaN: not there yet
 * @param {(lens: number, block: number) => number} [options.half] of an interval
 * @param {number[]} [options.extra] one more line, of a placebo
 * @param {number[]} options.levels lines across
 * @param {(value: number) => string} options.format
 * @param {number} options.width
 */
export function byBlock({ label, title, kinds, blocks, value, half = () => 0, extra = [], levels, format, width }) {
  const spread = kinds.map((_, lens) =>
    blocks.map((block, at) => ({ block, y: value(lens, at), half: half(lens, at) || 0 })),
  );
  const all = [...spread.flat().flatMap(({ y, half: by }) => [y - by, y + by]), ...extra, ...levels].filter(
    Number.isFinite,
  );
  const [low, high] = [Math.min(...all), Math.max(...all)];
  const room = 0.06 * (high - low || 1);
  const placebo = blocks.map((block, at) => ({ block, y: extra[at] ?? Number.NaN }));
  const apart = Math.min(5, (width - 80) / (blocks[blocks.length - 1] + 1) / 5);
  return html`
    ${legend([
      .../** @type {[Sign, string][]} */ (kinds.map((kind) => [{ color: COLORS[kind], shape: "line" }, NAMES[kind]])),
      extra.length > 0 && [{ color: "ink3", shape: "line", dash: true }, "random direction"],
    ])}
    ${picture({
      label,
      width,
      height: 300,
      margin: { left: 52, right: 16, top: 26, bottom: 46 },
      x: [-0.5, blocks[blocks.length - 1] + 0.5],
      y: [low - room, high + room],
      left: { format, grid: true, title },
      bottom: { title: "block", format: (/** @type {number} */ at) => (Number.isInteger(at) ? String(at) : "") },
      marks: [
        levels.map((y) => rule({ y, dash: "4 4" })),
        extra.length
          ? line({ data: placebo, x: ({ block }) => block, y: ({ y }) => y, color: "ink3", dash: "3 3" })
          : [],
        kinds.map((kind, lens) => {
          const data = spread[lens].filter(({ y }) => Number.isFinite(y));
          const dx = apart * (lens - (kinds.length - 1) / 2);
          return [
            line({ data, x: ({ block }) => block, y: ({ y }) => y, color: COLORS[kind], dx }),
            data
              .filter(({ half: by }) => by > 0)
              .map(({ block, y, half: by }) => rule({ x: block, y: [y - by, y + by], color: COLORS[kind], dx })),
            dot({ data, x: ({ block }) => block, y: ({ y }) => y, r: 3, color: COLORS[kind], dx }),
          ];
        }),
      ],
    })}`;
}
