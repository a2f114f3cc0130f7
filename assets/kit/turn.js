// @ts-check
/** Pictures that are not in sight wait until the page has nothing else to do, and are drawn one at a time. */

/** Milliseconds after which it is a picture's turn however busy the page is. */
const LONGEST = 1000;

/** @type {(() => void)[]} */
const waiting = [];

function next() {
  waiting.shift()?.();
  if (waiting.length) idle();
}

const idle = () => requestIdleCallback(next, { timeout: LONGEST });

/**
 * Until it is the element's turn to be drawn: at once where it is in sight or less than half a window from it.
 * @param {Element} element
 * @returns {Promise<void>}
 */
export function itsTurn(element) {
  const { top, bottom } = element.getBoundingClientRect();
  if (top < 1.5 * innerHeight && bottom > -0.5 * innerHeight) return Promise.resolve();
  return new Promise((come) => {
    waiting.push(come);
    if (waiting.length === 1) idle();
  });
}
