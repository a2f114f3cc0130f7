// @ts-check
/**
 * Next tokens of two runs as slopes: probability on a logarithmic axis, names led to their dots.
 *
 * @import { NextTokenSlope, TwoWords } from "../../../types/overview"
 * @import { ViewContext } from "../../../kit/view"
 */
import { apart } from "../../../kit/drawing/apart.js";
import { percent } from "../../../kit/numbers/format.js";
import { cut } from "../../../kit/text/tokens.js";
import { min, scaleLog } from "../../../vendor/d3.js";
import { nothing, svg } from "../../../vendor/lit.js";

const HEIGHT = 332;
const [TOP, BOTTOM] = [38, HEIGHT - 14];
/** Pixels beside the axes: for the names, and for the lines that lead to them. */
const NAMES = { wide: 150, narrow: 112 };
const LEADER = 20;
const GAP = 16;
const NARROW = 520;
const LEAST = 1e-7;

/** Small shares differ too, on this axis. @param {number} p */
export const share = (p) =>
  p >= 0.001 ? percent(p) : p < LEAST ? "<0.00001 %" : `${Number((100 * p).toPrecision(2))} %`;

/** @param {TwoWords} data @param {ViewContext<any>} ctx */
export function slopeChart({ first, second, slopes }, ctx) {
  const { width } = ctx;
  const narrow = width < NARROW;
  const names = narrow ? NAMES.narrow : NAMES.wide;
  const shares = slopes.flatMap(({ left, right }) => [left ?? 1, right ?? 1]);
  const least = 10 ** Math.floor(Math.log10(Math.max(LEAST, min(shares) ?? LEAST)));
  const y = scaleLog([least, 1], [BOTTOM, TOP]).clamp(true);
  const [left, right] = [names, width - names];
  const powers = y.ticks(6).filter((p) => Math.abs(Math.log10(p) - Math.round(Math.log10(p))) < 1e-6);
  const most = narrow ? 7 : 11;
  const title = (/** @type {string | undefined} */ name) => cut(name ?? "", narrow ? 14 : 24);
  return svg`
    <svg class="fig slope" viewBox="0 0 ${width} ${HEIGHT}" width=${width} height=${HEIGHT} role="img"
      aria-label=${label(slopes)}>
      <text class="b" x=${left} y="14" text-anchor="end">${title(first.name)}</text>
      <text class="b" x=${right} y="14">${title(second?.name)}</text>
      <text class="dim" x=${(left + right) / 2} y="14"
        text-anchor="middle">${narrow ? "probability" : "probability of the next token"}</text>
      ${powers.map((p) => svg`<line class="hair" x1=${left} x2=${right} y1=${y(p)} y2=${y(p)} />`)}
      ${slopes.map((slope) => slopeLine(slope, { left, right, y, choose: ctx.select }))}
      ${powers.map(
        (p) =>
          svg`<text class="halo dim" x=${(left + right) / 2} y=${y(p) - 4}
            text-anchor="middle">${Number((100 * p).toPrecision(1))} %</text>`,
      )}
      ${side(slopes, "left", { x: left, out: -1, y, most })}
      ${side(slopes, "right", { x: right, out: 1, y, most })}
    </svg>`;
}

/**
 * @param {NextTokenSlope} slope
 * @param {{ left: number, right: number, y: (p: number) => number, choose: (focus: { target: number }) => void }} place
 */
function slopeLine({ token, id, left: from, right: to, target }, { left, right, y, choose }) {
  const dot = (/** @type {number} */ x, /** @type {number | null} */ p) =>
    p === null ? nothing : svg`<circle cx=${x} cy=${y(p)} r="3.5" />`;
  const said = (/** @type {number | null} */ p) => (p === null ? "not in this run’s vocabulary" : share(p));
  return svg`
    <g class="slopeline ${target ? "mine" : ""} ${id === null ? "" : "press"}"
      @click=${id === null ? nothing : () => choose({ target: id })}>
      <title>${token}: ${said(from)} → ${said(to)}</title>
      ${from === null || to === null ? nothing : svg`<line x1=${left} x2=${right} y1=${y(from)} y2=${y(to)} />`}
      ${dot(left, from)}${dot(right, to)}
    </g>`;
}

/**
 * The names beside the dots, pushed apart and led to them.
 * @param {NextTokenSlope[]} slopes
 * @param {"left" | "right"} key
 * @param {{ x: number, out: number, y: (p: number) => number, most: number }} place
 */
function side(slopes, key, { x, out, y, most }) {
  const shown = slopes.filter((slope) => slope[key] !== null).sort((a, b) => Number(b[key]) - Number(a[key]));
  const dots = shown.map((slope) => y(Number(slope[key])));
  const places = apart(dots, GAP, [TOP, HEIGHT - 8]);
  const end = x + out * LEADER;
  return shown.map((slope, at) => {
    const name = svg`<tspan class=${slope.target ? "m prob b" : "m"}>${cut(slope.token, most)}</tspan>`;
    const value = svg`<tspan class="ink">${share(Number(slope[key]))}</tspan>`;
    return svg`
      <path class="leader" d="M${x + out * 6},${dots[at]}L${end - out * 3},${places[at]}" />
      ${
        out < 0
          ? svg`<text x=${end} y=${places[at] + 4} text-anchor="end">${name}<tspan dx="6">${value}</tspan></text>`
          : svg`<text x=${end} y=${places[at] + 4}>${value}<tspan dx="6">${name}</tspan></text>`
      }`;
  });
}

/** @param {NextTokenSlope[]} slopes */
const label = (slopes) =>
  `Probability of each next token in both runs: ${slopes
    .map(
      ({ token, left, right }) =>
        `${token} ${left === null ? "none" : share(left)} to ${right === null ? "none" : share(right)}`,
    )
    .join("; ")}`;
