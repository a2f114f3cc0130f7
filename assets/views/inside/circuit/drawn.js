// @ts-check
/**
 * The parts of a circuit, blocks upward, heads beside each other and the MLP at the right, with what they tell.
 *
 * @import { CircuitGraph } from "../../../types/inside"
 * @import { ViewContext } from "../../../kit/view"
 */
import { dot, line, text } from "../../../kit/drawing/marks.js";
import { items, picture } from "../../../kit/drawing/picture.js";
import { halfWidth } from "../../../kit/layout.js";
import { headName, signed } from "../../../kit/numbers/format.js";
import { kept as share } from "./shares.js";

/** Pixels of the strongest edge. */
const THICK = 4;

/** A part's name. @param {CircuitGraph} data @param {number} part */
export const partName = ({ layers, heads }, part) =>
  heads.a[part] < 0 ? `MLP ${layers.a[part]}` : headName(layers.a[part], heads.a[part]);

/** @param {CircuitGraph} data @param {ViewContext} ctx */
export function drawn(data, ctx) {
  const { n_layers: layers, n_heads: heads, kept, edges } = data;
  const place = (/** @type {number} */ part) =>
    part < 0
      ? [heads / 2, layers + 0.6]
      : [
          data.heads.a[part] < 0 ? heads + 0.5 : data.heads.a[part],
          data.layers.a[part] + (data.heads.a[part] < 0 ? 0.4 : 0),
        ];
  const most = Math.max(1e-6, ...edges.map(({ score }) => Math.abs(score)));
  const parts = Array.from({ length: kept }, (_, part) => part);
  return picture({
    label: `${kept} parts and ${edges.length} edges of the circuit; arrow keys walk the parts`,
    width: halfWidth(ctx.width),
    height: 420,
    margin: { left: 46, right: 16, top: 14, bottom: 40 },
    x: [-0.6, heads + 1],
    y: [-0.6, layers + 1.2],
    left: { title: "block" },
    bottom: {
      title: "heads, and at the right the MLP",
      format: (/** @type {number} */ at) => (at < heads && at >= 0 && Number.isInteger(at) ? String(at) : ""),
    },
    marks: [
      edges.map(({ source, target, score }) =>
        line({
          data: [place(source), place(target)],
          x: ([x]) => x,
          y: ([, y]) => y,
          color: score < 0 ? "pos" : "neg",
          stroke: Math.max(0.5, (THICK * Math.abs(score)) / most),
        }),
      ),
      text({ x: heads / 2, y: layers + 0.6, anchor: "middle", dy: -4, text: "answer" }),
      items({
        data: parts,
        told: (part) => ({
          title: partName(data, part),
          lines: [
            ["estimate", signed(-data.estimates.a[part])],
            ["circuit loses without it", Number.isFinite(data.minimal.a[part]) ? share(data.minimal.a[part], 1) : "–"],
          ],
        }),
        press: (part) =>
          data.heads.a[part] >= 0 && ctx.select({ layer: data.layers.a[part], head: data.heads.a[part] }),
        chosen: (part) => data.heads.a[part] === ctx.focus.head && data.layers.a[part] === ctx.focus.layer,
        marks: (part) =>
          dot({ x: place(part)[0], y: place(part)[1], r: 5, color: data.estimates.a[part] < 0 ? "pos" : "neg" }),
      }),
    ],
  });
}
