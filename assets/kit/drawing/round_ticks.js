// @ts-check
/** Round numbers between two, for the ticks of a logarithmic axis. */

/** Powers of ten between. @param {number} low @param {number} high */
export const tensWithin = (low, high) =>
  Array.from({ length: 24 }, (_, at) => 10 ** at).filter((each) => each >= low && each <= high);

/** Sizes at which a tick has room. @param {number} low @param {number} high */
export const sizesWithin = (low, high) =>
  Array.from({ length: 24 }, (_, at) => [1, 2, 5].map((digit) => digit * 10 ** at))
    .flat()
    .filter((each) => each >= low && each <= high);
