// @ts-check
/**
 * How well each vocabulary of the training compresses: bytes a token, of its own text and of one that it has not seen.
 *
 * @import { BpeTrainingMerges } from "../../../types/tokenization"
 */

import { plot } from "../../../kit/chart/plot.js";
import { decimal } from "../../../kit/numbers/format.js";
import { range } from "../../../vendor/d3.js";

/** Points of a line; more cannot be told apart. */
const POINTS = 400;

/**
 * @param {BpeTrainingMerges} data
 * @param {number} at merges done
 * @param {(at: number) => void} choose
 * @param {number} height
 */
export function sizes(data, at, choose, height) {
  const last = data.lengths.a.length - 1;
  const x = last <= POINTS ? range(last + 1) : range(POINTS + 1).map((i) => Math.round((i * last) / POINTS));
  const own = bytesAToken(data.lengths, data.bytes);
  const held = bytesAToken(data.held, data.held.a[0]);
  return plot({
    label: "Bytes per token after each merge, of the training text and of the held-out text",
    height,
    traces: [
      { x, y: x.map(held), name: "held-out text", color: "river-deep", dash: "dash", labelled: true },
      { x, y: x.map(own), name: "training text", color: "ink", labelled: true },
    ],
    x: { title: "merges done", range: [0, Math.max(1, last)] },
    y: { rangemode: "tozero" },
    marks: [{ x: at, label: decimal(own(at), 2), side: at > last / 2 ? "left" : "right", color: "prob" }],
    onClick: (point) => point && choose(x[point.index]),
  });
}

/** @param {{ a: ArrayLike<number> }} lengths @param {number} bytes */
export const bytesAToken = (lengths, bytes) => (/** @type {number} */ at) => bytes / Math.max(1, lengths.a[at]);
