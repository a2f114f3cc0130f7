// @ts-check
/** Milliseconds that a picture waits for the charts of its view, and between looks. */
const PATIENCE = 20_000;
const EVERY = 50;

/**
 * A chart that still waits for its library, or for its turn, would be a word in the picture.
 * @param {Pick<HTMLElement, "querySelector">} body
 * @param {number} [patience]
 */
export async function chartsDrawn(body, patience = PATIENCE) {
  const until = performance.now() + patience;
  while (body.querySelector("[data-waits]") && performance.now() < until) {
    await new Promise((done) => setTimeout(done, EVERY));
  }
}
