// @ts-check
/**
 * Bytes against perplexity, a point a format; labels stand where they cover nothing, arrow keys walk the points.
 *
 * @import { QualityPoint, QuantizedQuality } from "../../../types"
 *
 * @typedef {Pick<QualityPoint, "name" | "title" | "bits" | "nbytes" | "perplexity" | "perplexity_error" | "added" |
 *   "added_error" | "kl" | "front"> & { mix?: boolean }} Point `mix`: a format for each matrix
 * @typedef {Point & { cx: number, cy: number, off: boolean }} Placed
 */
import { bottomAxis, leftAxis } from "../../../kit/axis.js";
import { decimal, signed, whole } from "../../../kit/format.js";
import { placeLabels } from "../../../kit/labels.js";
import { logAxis } from "../../../kit/log_axis.js";
import { memory } from "../../../kit/magnitude.js";
import { textWidth } from "../../../kit/measure.js";
import { brief } from "../../../kit/misfits.js";
import { pressing, rove } from "../../../kit/roving.js";
import { tooltip } from "../../../kit/tooltip.js";
import { line, max, min, scaleLog } from "../../../vendor/d3.js";
import { html, nothing, svg } from "../../../vendor/lit.js";
import { nats } from "./words.js";

const HEIGHT = { wide: 420, narrow: 380 };
const MARGIN = { left: 52, right: 16, top: 46, bottom: 44 };
/** Pixels above the scale of what is off it: above the axis’ name. */
const OFF = 30;
const RADIUS = 5;
/** Perplexities of more than so many times the unchanged one are off the scale. */
const CAP = 4;
const LABEL = 14;

/**
 * @param {QuantizedQuality} data
 * @param {Point[]} mixes
 * @param {number} width
 * @param {string} chosen
 * @param {(name: string) => void} choose
 */
export function scatter(data, mixes, width, chosen, choose) {
  /** @type {Point[]} */
  const all = [...data.points, ...mixes];
  const height = width > 720 ? HEIGHT.wide : HEIGHT.narrow;
  const cap = CAP * data.perplexity;
  const sizes = [data.nbytes, ...all.map(({ nbytes }) => nbytes)];
  const kept = all.map(({ perplexity }) => perplexity).filter((value) => value <= cap);
  const x = scaleLog([0.85 * Number(min(sizes)), 1.15 * Number(max(sizes))], [MARGIN.left, width - MARGIN.right]);
  const top = Math.max(1.3 * data.perplexity, 1.05 * (max(kept) ?? 0));
  const y = scaleLog([0.9 * (min([data.perplexity, ...kept]) ?? 1), top], [height - MARGIN.bottom, MARGIN.top]);
  const points = all
    .map((point) => ({
      ...point,
      cx: x(point.nbytes),
      cy: point.perplexity > cap ? MARGIN.top - OFF : y(point.perplexity),
      off: point.perplexity > cap,
    }))
    .sort((a, b) => a.cx - b.cx);
  const base = { cx: x(data.nbytes), cy: y(data.perplexity) };
  const front = points.filter((point) => point.front);
  return html`
    <svg class="fig scatter" viewBox="0 0 ${width} ${height}" width=${width} height=${height} role="group"
         aria-label="Formats by bytes of the model and perplexity; arrow keys walk them" data-rove @keydown=${rove}>
      ${bottomAxis({
        scale: x,
        y: height - MARGIN.bottom,
        values: logAxis(sizes).tickvals.filter((v) => v >= x.domain()[0] && v <= x.domain()[1]),
        format: memory,
        title: "all weights",
      })}
      ${leftAxis({
        scale: y,
        x: MARGIN.left,
        grid: width - MARGIN.left - MARGIN.right,
        values: logAxis([y.domain()[0] * 1.25, top / 1.25]).tickvals.filter((v) => v >= y.domain()[0] && v <= top),
        format: (value) => whole(value),
        title: "perplexity",
      })}
      <line class="base" x1=${MARGIN.left} x2=${width - MARGIN.right} y1=${base.cy} y2=${base.cy} />
      <path class="front" d=${
        line(
          /** @type {(p: Placed) => number} */ (p) => p.cx,
          (p) => p.cy,
        )(front) ?? ""
      } />
      <circle class="unchanged" cx=${base.cx} cy=${base.cy} r=${RADIUS + 1} />
      ${labels(points, base, width, height, chosen)}
      ${points.map((point) => mark(point, y, data.perplexity, point.name === chosen, () => choose(point.name)))}
    </svg>`;
}

/**
 * @param {Placed} point
 * @param {(value: number) => number} y
 * @param {number} unchanged perplexity
 * @param {boolean} on
 * @param {() => void} choose
 */
function mark(point, y, unchanged, on, choose) {
  const { title, cx, cy, off, perplexity, perplexity_error, added, added_error, front, mix } = point;
  const paired = (/** @type {number} */ sign) => y(unchanged * Math.exp(added + sign * added_error));
  const tip = tooltip(title, [
    ["all weights", memory(point.nbytes)],
    ["bits per weight", decimal(point.bits, 2)],
    ["perplexity", `${decimal(perplexity)} ± ${decimal(perplexity_error)}`],
    ["loss added, paired", `${signed(added, 4)} ± ${decimal(added_error, 4)}`],
    ["KL, mean", `${nats(point.kl)} nats`],
  ]);
  const low = Math.max(perplexity - perplexity_error, 0.1);
  return svg`
    <g class="point ${on ? "on" : ""} ${front ? "of-front" : ""} ${off ? "off" : ""} ${mix ? "mix" : ""}" role="button"
      tabindex=${on ? 0 : -1}
      aria-label="${title}: ${memory(point.nbytes)}, perplexity ${decimal(perplexity)}" aria-pressed=${on}
      @pointermove=${tip.show} @pointerleave=${tip.hide} @focus=${tip.beside} @blur=${tip.hide} @click=${choose}
      @keydown=${pressing(choose)}>
      ${
        off
          ? nothing
          : svg`<line class="alone" x1=${cx} x2=${cx} y1=${y(low)}
                  y2=${Math.max(MARGIN.top, y(perplexity + perplexity_error))} />
            <line class="paired" x1=${cx} x2=${cx} y1=${paired(-1)} y2=${paired(1)} />`
      }
      <circle cx=${cx} cy=${cy} r=${RADIUS} />
    </g>`;
}

/**
 * @param {Placed[]} points
 * @param {{ cx: number, cy: number }} base
 * @param {number} width
 * @param {number} height
 * @param {string} chosen
 */
function labels(points, base, width, height, chosen) {
  const named = [...points].sort((a, b) => rank(b, chosen) - rank(a, chosen));
  const text = (/** @type {Placed} */ { title, off, perplexity }) =>
    off ? `${brief(title)} ↑ ${whole(Math.round(perplexity))}` : brief(title);
  const found = placeLabels({
    labels: [
      { x: base.cx, y: base.cy, r: RADIUS + 1, width: textWidth("unchanged"), height: LABEL },
      ...named.map((point) => ({
        x: point.cx,
        y: point.cy,
        r: RADIUS,
        width: textWidth(text(point)) + 4,
        height: LABEL,
      })),
    ],
    circles: [...points, base].map(({ cx, cy }) => ({ x: cx, y: cy, r: RADIUS })),
    bounds: { left: MARGIN.left, right: width, top: 0, bottom: height - MARGIN.bottom },
  });
  const [first, ...others] = found;
  return svg`
    ${first ? svg`<text class="dim" x=${first.x} y=${first.y + 4} text-anchor="middle">unchanged</text>` : nothing}
    ${others.map((place, at) => {
      const point = named[at];
      if (!place) return nothing;
      return svg`
        ${place.away ? svg`<line class="lead" x1=${point.cx} y1=${point.cy} x2=${place.x} y2=${place.y} />` : nothing}
        <text class="name ${point.name === chosen ? "on" : ""}" x=${place.x} y=${place.y + 4}
          text-anchor="middle">${text(point)}</text>`;
    })}`;
}

/** Which labels get the best places. @param {Placed} point @param {string} chosen */
const rank = ({ name, front, off }, chosen) => (name === chosen ? 4 : 0) + (front ? 2 : 0) + (off ? 1 : 0);
