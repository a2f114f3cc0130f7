// @ts-check
/**
 * The share of its speed that each pair keeps: a small picture a scheme, the others behind it in pale.
 *
 * @import { PositionsScaling, Scheme } from "../../../types/embeddings"
 */

import { SCHEMES } from "../../../kit/chart/rope_schemes.js";
import { line } from "../../../kit/drawing/marks.js";
import { picture, sweep } from "../../../kit/drawing/picture.js";
import { decimal } from "../../../kit/numbers/format.js";
import { html } from "../../../vendor/lit.js";

const GAP = 12;
const LEAST = 150;
const HEIGHT = 128;

/** @param {PositionsScaling["schemes"][number]} scheme */
const range = ({ kept: { a: kept } }) =>
  `pair 0 keeps ${decimal(kept[0])} of its speed, the last pair ${decimal(kept.at(-1) ?? Number.NaN)}`;

/**
 * @param {object} options
 * @param {PositionsScaling} options.data
 * @param {string} options.open name of the chosen scheme
 * @param {number} options.width in pixels
 * @param {(name: string) => void} options.select
 */
export function speeds({ data, open, width, select }) {
  const columns = Math.max(1, Math.floor((width + GAP) / (LEAST + GAP)));
  const each = Math.floor((width - (columns - 1) * GAP) / columns);
  return html`
    <div class="cluster" style="--gap: 12px">
      ${data.schemes.map((scheme) => {
        const { name } = SCHEMES[scheme.name];
        return html`
          <button type="button" class="speed" style="width:${each}px" aria-pressed=${scheme.name === open}
            @click=${() => select(scheme.name)}>
            <b>${name}</b><span class="unseen">: ${range(scheme)}</span>
            ${curve(data, scheme, each - 2, scheme.name === open)}
          </button>`;
      })}
    </div>`;
}

/**
 * @param {PositionsScaling} data
 * @param {Scheme} scheme
 * @param {number} width
 * @param {boolean} on
 */
function curve({ factor, schemes }, scheme, width, on) {
  const last = scheme.kept.a.length - 1;
  const kept = (/** @type {Scheme} */ { kept }) => ({
    data: kept.a,
    x: (/** @type {any} */ _, at = 0) => at,
    y: Number,
  });
  return picture({
    width,
    height: HEIGHT,
    margin: { left: 30, right: 12, top: 8, bottom: 22 },
    x: [0, last],
    y: [0, 1],
    left: {
      values: [0, 1 / factor, 1],
      format: (share) => (share > 0 && share < 1 ? `1/${factor}` : String(share)),
    },
    bottom: { values: [0, Math.round(last / 2), last], format: (pair) => (pair ? String(pair) : "pair 0") },
    marks: [
      ...schemes.filter((each) => each !== scheme).map((each) => line({ ...kept(each), color: "line2" })),
      line({ ...kept(scheme), color: on ? "prob" : "ink", stroke: on ? 2.6 : 2 }),
      sweep({
        at: (pair) => Math.max(0, Math.min(last, Math.round(pair))),
        told: (pair) => ({
          title: `Speed that pair ${pair} keeps`,
          lines: schemes.map(({ name, kept }) => [SCHEMES[name].name, decimal(kept.a[pair], 3)]),
        }),
      }),
    ],
  });
}
