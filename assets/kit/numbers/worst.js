// @ts-check
/**
 * The largest of some errors; NaN where one is, which d3's `max` passes over, and where there are none.
 * @param {Iterable<number>} errors
 */
export function worst(errors) {
  const all = Array.from(errors);
  return all.reduce((most, each) => Math.max(most, each), all.length ? 0 : Number.NaN);
}
