// @ts-check
/**
 * A recording's waveform over time; behind it, where the selected word was looked for.
 *
 * @import { SpeechHeard } from "../../../types/architectures"
 */
import { bottomAxis } from "../../../kit/drawing/axis.js";
import { area, max, range, scaleLinear } from "../../../vendor/d3.js";
import { svg } from "../../../vendor/lit.js";

const HEIGHT = 150;
const FLOOR = 124;
const MIDDLE = 62;
const LOUDEST = 58;
const STRONGEST = 0.75;
const EDGE = 10;

/**
 * @typedef {Pick<SpeechHeard, "seconds" | "peaks" | "frame_seconds">} Wave
 * @param {{ data: Wave, shares: Float32Array, width: number, label: string, cause?: boolean }} options `cause`: what is
 *   shaded is a loss, not attention
 */
export function waveform({ data, shares, width, label, cause = false }) {
  const x = scaleLinear([0, data.seconds], [EDGE, width - EDGE]);
  const strongest = max(shares) || 1;
  return svg`
    <svg class="fig waveform" height=${HEIGHT} viewBox="0 0 ${width} ${HEIGHT}" preserveAspectRatio="xMinYMin"
      role="img" aria-label=${label}>
      ${range(shares.length).map((frame) => {
        const [from, to] = bounds(data, frame);
        const strength = STRONGEST * Math.sqrt(shares[frame] / strongest);
        return svg`<rect class=${cause ? "lost" : "looked"} x=${x(from)} y="0" width=${x(to) - x(from)} height=${FLOOR}
          fill-opacity=${strength.toFixed(3)} />`;
      })}
      <path class="wave" d=${wave(data, x)} />
      ${bottomAxis({ scale: x, y: FLOOR, count: 10, format: (seconds) => `${seconds} s` })}
    </svg>`;
}

/** From half way to the frame before to half way to the next. @param {Wave} data @param {number} frame */
function bounds({ frame_seconds: { a: seconds }, seconds: end }, frame) {
  return [
    frame ? (seconds[frame - 1] + seconds[frame]) / 2 : 0,
    frame + 1 < seconds.length ? (seconds[frame] + seconds[frame + 1]) / 2 : end,
  ];
}

/** @param {Wave} data @param {(seconds: number) => number} x */
function wave(data, x) {
  const bins = data.peaks.shape[0];
  const loudest = max(data.peaks.a, Math.abs) || 1;
  const y = (/** @type {number} */ value) => MIDDLE - (value / loudest) * LOUDEST;
  return area(
    (/** @type {number} */ bin) => x((bin / bins) * data.seconds),
    (bin) => y(data.peaks.a[2 * bin]),
    (bin) => y(data.peaks.a[2 * bin + 1]),
  )(range(bins));
}
