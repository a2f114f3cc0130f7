// @ts-check
/**
 * Puts a view that is a function of (data, context) on the page.
 *
 * @import { Focus, View, ViewContext } from "../kit/view"
 *
 * @typedef {object} Page what the shell gives each view
 * @property {{ focus: Focus, set: (change: Partial<Focus>) => void }} store
 * @property {{ effect: unknown }} run
 */
import { render } from "../vendor/lit.js";

const STYLES = new URL("../kit/kit.css", import.meta.url).href;
if (!document.querySelector(`link[href="${STYLES}"]`)) {
  document.head.append(Object.assign(document.createElement("link"), { rel: "stylesheet", href: STYLES }));
}

/**
 * The context of a view on this page.
 * @param {HTMLElement} body
 * @param {Page} page
 * @returns {ViewContext}
 */
function contextOf(body, page) {
  const style = getComputedStyle(body);
  return {
    focus: page.store.focus,
    width: Math.floor(body.clientWidth - Number.parseFloat(style.paddingLeft) - Number.parseFloat(style.paddingRight)),
    changed: Boolean(page.run?.effect),
    select: (change) => page.store.set(change),
  };
}

/**
 * @template Data
 * @param {View<Data>} view
 */
export function drawn(view) {
  return {
    /** @param {HTMLElement} body @param {Page} page */
    create(body, page) {
      return {
        /** @param {Data} data */
        draw(data) {
          render(view(data, contextOf(body, page)), body);
        },
      };
    },
  };
}
