// @ts-check
/** Bands and rows: the twin of `stack/pretraining/data/minhash.py`. */

/**
 * The probability that a pair of that Jaccard similarity agrees in all rows of some band.
 * @param {number} similarity @param {number} rows @param {number} bands
 */
export const foundWith = (similarity, rows, bands) => 1 - (1 - similarity ** rows) ** bands;

/**
 * Pairs in bins of equal width by their similarity; bins without a pair are left out. The last one holds 1 too.
 * @param {ArrayLike<number>} jaccard @param {ArrayLike<number>} caught @param {number} bins
 */
export function binned(jaccard, caught, bins) {
  const held = Array.from({ length: bins }, (_, at) => ({
    low: at / bins,
    high: (at + 1) / bins,
    pairs: 0,
    found: 0,
    sum: 0,
  }));
  for (let at = 0; at < jaccard.length; at++) {
    const bin = held[Math.min(bins - 1, Math.floor(jaccard[at] * bins))];
    bin.pairs += 1;
    bin.found += caught[at];
    bin.sum += jaccard[at];
  }
  return held.filter(({ pairs }) => pairs > 0).map(({ sum, ...bin }) => ({ ...bin, mean: sum / bin.pairs }));
}
