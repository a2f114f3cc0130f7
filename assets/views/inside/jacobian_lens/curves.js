// @ts-check
/**
 * One position by block with its error, and the agreement of two halves by the number of prompts.
 *
 * @import { ConceptReady } from "../../../types/inside"
 */
import { legend } from "../../../kit/drawing/legend.js";
import { area, dot, line, rule } from "../../../kit/drawing/marks.js";
import { picture } from "../../../kit/drawing/picture.js";
import { decimal, signed } from "../../../kit/numbers/format.js";
import { range } from "../../../vendor/d3.js";
import { html } from "../../../vendor/lit.js";

const COLORS = ["neg", "prob", "river-deep"];

/** @param {ConceptReady} data @param {number} position @param {number} width */
export function profile({ z, error, logit }, position, width) {
  const columns = z.shape[1];
  const places = range(z.shape[0]).map((layer) => {
    const at = layer * columns + position;
    return { layer, z: z.a[at], by: Number.isFinite(error.a[at]) ? error.a[at] : 0, logit: logit.a[at] };
  });
  const all = [...places.flatMap(({ z: value, by, logit: other }) => [value - by, value + by, other]), 0, 3];
  return html`
    ${legend([
      [{ color: "river-deep", shape: "line" }, "Jacobian lens"],
      [{ color: "ink3", shape: "line", dash: true }, "logit lens"],
    ])}
    ${picture({
      label: "Standard deviations by block at the selected position",
      ...{ width, height: 260, margin: { left: 44, right: 14, top: 12, bottom: 46 } },
      x: [0, z.shape[0] - 1],
      y: [Math.min(...all), Math.max(...all)],
      left: { format: (/** @type {number} */ value) => signed(value, 1), grid: true },
      bottom: { title: "block" },
      marks: [
        rule({ y: 3, dash: "4 4" }),
        area({
          data: places,
          x: ({ layer }) => layer,
          y: ({ z: value, by }) => [value - by, value + by],
          color: "river",
        }),
        line({ data: places, x: ({ layer }) => layer, y: ({ logit: value }) => value, color: "ink3", dash: "3 3" }),
        line({ data: places, x: ({ layer }) => layer, y: ({ z: value }) => value, color: "river-deep", stroke: 2 }),
      ],
    })}`;
}

/** @param {ConceptReady} data @param {number} width */
export function firmness({ agreement, z }, width) {
  const [counts, , layers] = agreement.shape;
  if (!counts) return html`<p class="hint">One prompt has nothing to agree with.</p>`;
  const shown = [...new Set([0, Math.floor((z.shape[0] - 1) / 2), z.shape[0] - 2])].filter((layer) => layer >= 0);
  const value = (/** @type {number} */ n, /** @type {number} */ part, /** @type {number} */ layer) =>
    agreement.a[((n - 1) * 2 + part) * layers + layer];
  const places = range(1, counts + 1);
  const low = Math.min(0, ...shown.flatMap((layer) => places.map((n) => value(n, 0, layer) - value(n, 1, layer))));
  return html`
    ${legend(shown.map((layer, at) => [{ color: COLORS[at], shape: "line" }, `block ${layer}`]))}
    ${picture({
      label: "Cosine of two directions, each of so many prompts, with its spread over draws",
      ...{ width, height: 260, margin: { left: 44, right: 14, top: 12, bottom: 46 } },
      x: [0.5, counts + 0.5],
      y: [low, 1.05],
      left: { format: (/** @type {number} */ cosine) => decimal(cosine, 1), grid: true },
      bottom: {
        title: "prompts in each half",
        format: (/** @type {number} */ n) => (Number.isInteger(n) ? String(n) : ""),
      },
      marks: shown.map((layer, at) => [
        line({ data: places, x: Number, y: (n) => value(n, 0, layer), color: COLORS[at] }),
        places.map((n) =>
          rule({
            x: n,
            y: [value(n, 0, layer) - value(n, 1, layer), value(n, 0, layer) + value(n, 1, layer)],
            color: COLORS[at],
          }),
        ),
        dot({ data: places, x: Number, y: (n) => value(n, 0, layer), r: 3, color: COLORS[at] }),
      ]),
    })}`;
}
