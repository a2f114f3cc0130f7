// @ts-check
/**
 * The share of its speed that each pair keeps: a small picture a scheme, the others behind it in pale.
 *
 * @import { PositionsScaling, Scheme } from "../../../types"
 */
import { bottomAxis, leftAxis } from "../../../kit/axis.js";
import { decimal } from "../../../kit/format.js";
import { tip } from "../../../kit/tooltip.js";
import { line, scaleLinear } from "../../../vendor/d3.js";
import { html, svg } from "../../../vendor/lit.js";
import { SCHEMES } from "./schemes.js";

const GAP = 12;
const LEAST = 150;
const HEIGHT = 128;
const MARGIN = { left: 30, right: 12, top: 8, bottom: 22 };

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
    <div class="speeds">
      ${data.schemes.map((scheme) => {
        const { name } = SCHEMES[scheme.name];
        return html`
          <button type="button" class="speed" style="width:${each}px" aria-pressed=${scheme.name === open}
            @click=${() => select(scheme.name)}>
            <b>${name}</b><span class="unseen">: ${range(scheme)}</span>${curve(data, scheme, each - 2)}
          </button>`;
      })}
    </div>`;
}

/**
 * @param {PositionsScaling} data
 * @param {Scheme} scheme
 * @param {number} width
 */
function curve({ factor, schemes }, scheme, width) {
  const last = scheme.kept.a.length - 1;
  const x = scaleLinear([0, last], [MARGIN.left, width - MARGIN.right]);
  const y = scaleLinear([0, 1], [HEIGHT - MARGIN.bottom, MARGIN.top]);
  const path = line((/** @type {number} */ _, /** @type {number} */ pair) => x(pair), y);
  const behind = schemes.filter((each) => each !== scheme);
  const tell = (/** @type {PointerEvent} */ event) => {
    const left = /** @type {Element} */ (event.currentTarget).getBoundingClientRect().left;
    const pair = Math.max(0, Math.min(last, Math.round(x.invert(event.clientX - left))));
    /** @type {[string, string][]} */
    const lines = [...schemes].map(({ name, kept }) => [SCHEMES[name].name, decimal(kept.a[pair], 3)]);
    tip.show(event.clientX, event.clientY, `Speed that pair ${pair} keeps`, lines);
  };
  return svg`
    <svg class="fig" viewBox="0 0 ${width} ${HEIGHT}" height=${HEIGHT} aria-hidden="true" @pointermove=${tell}
      @pointerleave=${tip.hide}>
      ${leftAxis({
        scale: y,
        x: MARGIN.left,
        grid: x(last) - MARGIN.left,
        values: [0, 1 / factor, 1],
        format: (share) => (share > 0 && share < 1 ? `1/${factor}` : String(share)),
      })}
      ${bottomAxis({
        scale: x,
        y: HEIGHT - MARGIN.bottom,
        values: [0, Math.round(last / 2), last],
        format: (pair) => (pair ? String(pair) : "pair 0"),
      })}
      ${behind.map(({ kept }) => svg`<path class="other" d=${path(kept.a)} />`)}
      <path class="own" d=${path(scheme.kept.a)} />
    </svg>`;
}
