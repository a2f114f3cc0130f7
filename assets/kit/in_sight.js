// @ts-check

/** For what each box was last scrolled. @type {WeakMap<Element, unknown>} */
const shown = new WeakMap();
/** Nearer to an edge than this, in pixels, it is not in sight: a heading may stick there. */
const EDGE = 34;

/**
 * For `ref` on an element: once for each new `key`, the element in it that `selector` names is scrolled into the middle
 * of its `.scroll` box, unless it is in sight there already. The page itself does not move.
 * @param {unknown} key
 * @param {string} selector
 * @returns {(element: Element | undefined) => void}
 */
export function inSight(key, selector) {
  return (element) => {
    if (!element || shown.get(element) === key) return;
    queueMicrotask(() => {
      const member = element.querySelector(selector);
      const box = member?.closest(".scroll");
      if (!member || !box || box.scrollHeight <= box.clientHeight) return;
      shown.set(element, key);
      const [around, own] = [box.getBoundingClientRect(), member.getBoundingClientRect()];
      if (own.top >= around.top + EDGE && own.bottom <= around.bottom - EDGE) return;
      box.scrollTop += own.top - around.top - (around.height - own.height) / 2;
    });
  };
}
