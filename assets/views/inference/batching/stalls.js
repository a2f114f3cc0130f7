// @ts-check
/**
 * Two ways of reading a long prompt on one clock: a row a request, a tick a token, the longest pause marked.
 *
 * @import { ChunkedPrefill, PromptReading } from "../../../types/inference"
 */
import { bottomAxis } from "../../../kit/drawing/axis.js";
import { timed } from "../../../kit/numbers/magnitude.js";
import { tooltip } from "../../../kit/tooltip.js";
import { max, min, scaleLinear } from "../../../vendor/d3.js";
import { svg } from "../../../vendor/lit.js";
import { reading } from "./chunk.js";

const ROW = 18;
const TITLE = 26;
const GAP = 14;
const AXIS = 44;
const SECOND = 1000;

/**
 * @param {PromptReading[]} ways
 * @param {ChunkedPrefill} data
 * @param {number} width
 */
export function stalls(ways, data, width) {
  const left = width < 600 ? 46 : 92;
  const each = TITLE + (data.decoding + 1) * ROW + GAP;
  const height = ways.length * each + AXIS;
  const from = min(ways, ({ passes }) => passes[0][0]) ?? 0;
  const to = max(ways, ({ passes }) => passes[passes.length - 1][1]) ?? 1;
  const x = scaleLinear([from, to], [left, width - 12]);
  const y = ways.length * each;
  const reading = `a prompt of ${data.long} tokens is read in ${ways.length} ways`;
  return svg`
    <svg class="fig stalls" width=${width} height=${height} viewBox="0 0 ${width} ${height}" role="img"
      aria-label="Tokens of ${data.decoding} decoding requests while ${reading}">
      <line class="came" x1=${x(0)} x2=${x(0)} y1="6" y2=${y} />
      ${ways.map((way, at) => strip(way, { data, x, top: at * each, left }))}
      ${bottomAxis({
        scale: x,
        y: y + 2,
        count: width < 600 ? 4 : 8,
        format: (s) => String(Number(s.toFixed(2))),
        title: "seconds since the long prompt came",
      })}
    </svg>`;
}

/**
 * @param {PromptReading} way
 * @param {{ data: ChunkedPrefill, x: import("../../../vendor/d3.js").ScaleLinear<number, number>, top: number,
 *   left: number }} place
 */
function strip(way, { data, x, top, left }) {
  const narrow = left < 60;
  const long = top + TITLE + data.decoding * ROW;
  return svg`
    <text class="h" x="0" y=${top + 16}>${way.chunk ? `In ${reading(way.chunk)} tokens a pass` : "Read whole"}</text>
    ${way.tokens.map((times, request) => {
      const y = top + TITLE + request * ROW;
      const [start, end] = longest(times, way.long_tokens[0]);
      const tip = tooltip(`Request ${request + 1}, ${reading(way.chunk)}`, [
        ["longest pause", timed(SECOND * (end - start))],
        ["tokens", String(times.length)],
      ]);
      return svg`
        <g @pointermove=${tip.show} @pointerleave=${tip.hide}>
          <rect class="hit" x="0" y=${y} width=${x.range()[1]} height=${ROW} />
          <text class="dim" x="0" y=${y + 12}>${narrow ? `${request + 1}` : `request ${request + 1}`}</text>
          <rect class="pause" x=${x(start)} y=${y + 5} width=${Math.max(1, x(end) - x(start))} height="6" />
          ${times.map((at) => svg`<line class="tick" x1=${x(at)} x2=${x(at)} y1=${y + 2} y2=${y + 14} />`)}
        </g>`;
    })}
    <text class="dim" x="0" y=${long + 12}>${narrow ? "long" : "long prompt"}</text>
    ${way.parts.map(([pass, tokens]) => {
      const [start, end] = way.passes[pass];
      const tip = tooltip(`${tokens} tokens of the long prompt`, [["pass takes", timed(SECOND * (end - start))]]);
      return svg`<rect class="part" x=${x(start) + 0.5} y=${long + 2} width=${Math.max(1.5, x(end) - x(start) - 1)}
        height="12" rx="1" @pointermove=${tip.show} @pointerleave=${tip.hide} />`;
    })}
    ${way.long_tokens.map((at) => svg`<line class="first" x1=${x(at)} x2=${x(at)} y1=${long + 1} y2=${long + 15} />`)}`;
}

/**
 * The longest pause between two tokens while the long prompt is read.
 * @param {number[]} times
 * @param {number} read when it has been
 * @returns {[number, number]}
 */
function longest(times, read) {
  /** @type {[number, number][]} */
  const pauses = times.slice(1).map((end, at) => [times[at], end]);
  const after = pauses.filter(([, end]) => end > 0 && end <= read);
  return after.reduce((most, each) => (each[1] - each[0] > most[1] - most[0] ? each : most), after[0] ?? [0, 0]);
}
