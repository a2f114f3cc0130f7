// @ts-check
/**
 * What becomes of the page's window: another width, the first move of somebody who is here.
 */

/** Milliseconds until the views are drawn for another width. */
const RESIZED = 120;

/** Another height alone draws nothing anew. @param {() => void} resized */
export function watchWidth(resized) {
  let width = innerWidth;
  let timer = 0;
  addEventListener("resize", () => {
    if (innerWidth === width) return;
    width = innerWidth;
    clearTimeout(timer);
    timer = setTimeout(resized, RESIZED);
  });
}

/** Somebody is here, with a mouse, a finger or keys. @param {() => void} met */
export function firstMove(met) {
  const once = new AbortController();
  const moved = () => {
    once.abort();
    met();
  };
  for (const kind of ["pointermove", "keydown"]) addEventListener(kind, moved, { signal: once.signal });
}
