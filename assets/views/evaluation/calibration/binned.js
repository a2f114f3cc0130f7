// @ts-check
/**
 * Predictions in bins by their confidence, and the calibration error: the twin of `stack/evaluation/calibration.py`.
 *
 * @typedef {object} Bin
 * @property {number} low @property {number} high its edges
 * @property {number} count
 * @property {number} confidence mean of its predictions; NaN where it is empty
 * @property {number} accuracy
 */

/**
 * @param {ArrayLike<number>} confidence
 * @param {ArrayLike<number>} correct
 * @param {number} bins
 * @param {string} edge "right": a bin holds its right edge
 * @returns {Bin[]}
 */
export function binned(confidence, correct, bins, edge) {
  const sums = Array.from({ length: bins }, () => ({ count: 0, said: 0, right: 0 }));
  for (let at = 0; at < confidence.length; at++) {
    const bin = sums[binOf(confidence[at], bins, edge)];
    bin.count += 1;
    bin.said += confidence[at];
    bin.right += correct[at];
  }
  return sums.map(({ count, said, right }, at) => ({
    low: at / bins,
    high: (at + 1) / bins,
    count,
    confidence: said / count,
    accuracy: right / count,
  }));
}

/** @param {number} p @param {number} bins @param {string} edge */
function binOf(p, bins, edge) {
  const at = edge === "right" ? Math.ceil(p * bins) - 1 : Math.floor(p * bins);
  return Math.min(bins - 1, Math.max(0, at));
}

/** The mean gap between what a bin says and gets, weighted by its predictions. @param {Bin[]} bins */
export function calibrationError(bins) {
  const held = bins.filter(({ count }) => count > 0);
  const all = held.reduce((sum, { count }) => sum + count, 0);
  return held.reduce((sum, { count, confidence, accuracy }) => sum + count * Math.abs(accuracy - confidence), 0) / all;
}

/**
 * Accuracy of the surest k, for each k.
 * @param {ArrayLike<number>} confidence
 * @param {ArrayLike<number>} correct
 */
export function surest(confidence, correct) {
  const order = Array.from(confidence, (_, at) => at).sort((a, b) => confidence[b] - confidence[a]);
  let right = 0;
  return order.map((at, rank) => {
    right += correct[at];
    return right / (rank + 1);
  });
}
