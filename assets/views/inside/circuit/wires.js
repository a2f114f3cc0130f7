// @ts-check
/**
 * A circuit of edges: the parts that they join, blocks upward, the tokens below and the answer on top.
 *
 * @import { EdgeWay, EdgeWays, Wire } from "../../../types/inside"
 * @import { ViewContext } from "../../../kit/view"
 */
import { dot, line, text } from "../../../kit/drawing/marks.js";
import { items, picture } from "../../../kit/drawing/picture.js";
import { halfWidth } from "../../../kit/layout.js";
import { headName, signed } from "../../../kit/numbers/format.js";

/** Pixels of the strongest edge; edges that a tooltip names. */
const THICK = 4;
const NAMED = 6;

/** @param {number} layer @param {number} head @param {number} layers */
export const endName = (layer, head, layers) =>
  layer < 0 ? "tokens" : layer >= layers ? "answer" : head < 0 ? `MLP ${layer}` : headName(layer, head);

/** An edge in words. @param {Wire} wire @param {number} layers */
export const wireName = (wire, layers) =>
  `${endName(wire.from_layer, wire.from_head, layers)} → ${endName(wire.to_layer, wire.to_head, layers)}${
    wire.read ? ` (${wire.read})` : ""
  }`;

/** @param {EdgeWays} data @param {EdgeWay} way @param {ViewContext} ctx */
export function wires(data, way, ctx) {
  const { n_layers: layers, n_heads: heads } = data;
  /** @param {number} layer @param {number} head @returns {[number, number]} */
  const place = (layer, head) =>
    layer < 0 || layer >= layers
      ? [(heads - 1) / 2, layer < 0 ? -1 : layers + 0.6]
      : [head < 0 ? heads + 0.5 : head, layer + (head < 0 ? 0.4 : 0)];
  const most = Math.max(1e-6, ...way.wires.map(({ estimate }) => Math.abs(estimate)));
  /** @type {Map<string, { layer: number, head: number, touching: Wire[] }>} */
  const parts = new Map();
  for (const wire of way.wires)
    for (const [layer, head] of [
      [wire.from_layer, wire.from_head],
      [wire.to_layer, wire.to_head],
    ]) {
      const part = parts.get(`${layer}.${head}`) ?? { layer, head, touching: [] };
      part.touching.push(wire);
      parts.set(`${layer}.${head}`, part);
    }
  const inner = [...parts.values()].filter(({ layer }) => layer >= 0 && layer < layers);
  return picture({
    label: `${way.wires.length} edges of the circuit by ${way.name}; arrow keys walk its ${inner.length} parts`,
    width: halfWidth(ctx.width),
    height: 420,
    margin: { left: 46, right: 16, top: 26, bottom: 40 },
    x: [-0.6, heads + 1],
    y: [-1.4, layers + 1.2],
    left: {
      title: "block",
      format: (/** @type {number} */ at) => (at >= 0 && at < layers && Number.isInteger(at) ? String(at) : ""),
    },
    bottom: {
      title: "heads, and at the right the MLP",
      format: (/** @type {number} */ at) => (at < heads && at >= 0 && Number.isInteger(at) ? String(at) : ""),
    },
    marks: [
      way.wires.map((wire) =>
        line({
          data: [place(wire.from_layer, wire.from_head), place(wire.to_layer, wire.to_head)],
          x: ([x]) => x,
          y: ([, y]) => y,
          color: wire.estimate > 0 ? "pos" : "neg",
          stroke: Math.max(0.5, (THICK * Math.abs(wire.estimate)) / most),
        }),
      ),
      text({ x: (heads - 1) / 2, y: layers + 0.6, anchor: "middle", dy: -8, text: "answer" }),
      text({ x: (heads - 1) / 2, y: -1, anchor: "end", dx: -6, dy: 4, text: "tokens" }),
      items({
        data: inner,
        told: ({ layer, head, touching }) => ({
          title: endName(layer, head, layers),
          lines: touching.slice(0, NAMED).map((wire) => [wireName(wire, layers), signed(wire.estimate)]),
        }),
        press: ({ layer, head }) => head >= 0 && ctx.select({ layer, head }),
        chosen: ({ layer, head }) => head === ctx.focus.head && layer === ctx.focus.layer,
        marks: ({ layer, head }) => dot({ x: place(layer, head)[0], y: place(layer, head)[1], r: 5, color: "ink3" }),
      }),
    ],
  });
}
