// @ts-check
/**
 * Both ends, keys in text order: in blocks above the line, the whole row at once below; their difference on its own
 * scale.
 *
 * @import { Shown } from "./rounds.js"
 */

import { reading } from "../../../kit/drawing/reading.js";
import { decimal, scientific } from "../../../kit/numbers/format.js";
import { max, scaleLinear } from "../../../vendor/d3.js";
import { html, svg } from "../../../vendor/lit.js";

const HALF = 70;
const MIDDLE = HALF + 18;
const ZERO = 2 * HALF + 84;
const APART = 18;

/** @param {Shown} shown @param {number} width */
export function ends({ data, quoted }, width) {
  const { softmax, whole } = data;
  const n = softmax.a.length;
  const most = max(whole.a) || 1;
  const differences = softmax.a.map((p, key) => p - whole.a[key]);
  const apart = max(differences, Math.abs) ?? 0;
  const x = scaleLinear([0, n], [0, width]);
  const y = scaleLinear([0, most], [0, HALF]);
  const gap = scaleLinear([0, apart || 1], [0, APART]);
  const wide = Math.max(0.6, x(1) - x(0) - (n > 200 ? 0 : 1));
  const height = ZERO + APART + 4;
  const label = "Above: the softmax in blocks. Below: the softmax of the whole row. At the bottom: their difference";
  return html`
    <h3 class="sub3">The result, keys in text order <small>largest bar ${decimal(most, 3)}</small></h3>
    <svg class="fig ends" viewBox="0 0 ${width} ${height}" height=${height} role="group"
      aria-label="${label}: at most ${scientific(apart)}">
      ${Array.from(
        softmax.a,
        (p, key) => svg`<rect class="up" x=${x(key)} width=${wide} y=${MIDDLE - y(p)} height=${y(p)} />`,
      )}
      ${Array.from(
        whole.a,
        (p, key) => svg`<rect class="down" x=${x(key)} width=${wide} y=${MIDDLE} height=${y(p)} />`,
      )}
      <line class="zero" x1="0" x2=${width} y1=${MIDDLE} y2=${MIDDLE} />
      <text x="0" y="12">in blocks, this order</text>
      <text x="0" y=${2 * HALF + 32}>whole row at once</text>
      ${Array.from(
        differences,
        (p, key) =>
          svg`<rect class="apart" x=${x(key)} width=${wide} y=${Math.min(ZERO, ZERO - gap(p))}
            height=${Math.abs(gap(p))} />`,
      )}
      <line class="zero" x1="0" x2=${width} y1=${ZERO} y2=${ZERO} />
      <text x="0" y=${ZERO - 24}>difference, on its own scale</text>
      <text class="b ink" x=${width} y=${ZERO - 24} text-anchor="end">at most ${scientific(apart)}</text>
      ${reading({
        count: n,
        x: (key) => x(key + 0.5),
        y: [18, height],
        label: "Weights of the keys; arrow keys read them",
        told: (key) => ({
          title: `Key ${quoted(key)}`,
          details: [
            ["in blocks", decimal(softmax.a[key], 5)],
            ["whole row", decimal(whole.a[key], 5)],
            ["difference", scientific(Math.abs(differences[key]))],
          ],
        }),
      })}
    </svg>`;
}
