// @ts-check
/**
 * Draws a view that is a function of (data, context) into its body.
 *
 * @import { Row } from "../kit/view"
 * @import { Drawable } from "./parts"
 * @import { Given } from "./context"
 * @import { MountedView } from "./mounted"
 */
import { render } from "../vendor/lit.js";
import { contextOf } from "./context.js";

export class Drawer {
  /** What the view remembers on the page only. */
  kept = {};
  /** @type {unknown} */
  #data;
  #waiting = false;

  /**
   * @param {Drawable} drawable
   * @param {MountedView} mounted
   * @param {Given} page
   */
  constructor(drawable, mounted, page) {
    this.drawable = drawable;
    this.mounted = mounted;
    this.page = page;
  }

  get #context() {
    return contextOf(this.mounted, this.page, { kept: this.kept, again: this.#again });
  }

  /** @param {unknown} data */
  draw(data) {
    this.#data = data;
    this.#paint();
  }

  #paint() {
    const { view, checks } = this.drawable;
    const context = this.#context;
    render(view(this.#data, context), this.mounted.frame.body);
    if (checks) this.mounted.frame.check(checks(this.#data, context));
  }

  /** Draws once, after all that is kept at this moment. */
  #again = () => {
    if (this.#waiting) return;
    this.#waiting = true;
    queueMicrotask(() => {
      this.#waiting = false;
      if (this.mounted.frame.body.isConnected) this.#paint();
    });
  };

  /** @returns {Row[] | null} */
  rows() {
    return this.drawable.rows && this.#data !== undefined ? this.drawable.rows(this.#data, this.#context) : null;
  }

  /** @returns {object | undefined} */
  exported() {
    return this.#data ? this.drawable.exported?.(this.#data, this.#context) : undefined;
  }

  destroy() {
    this.#data = undefined;
    render(null, this.mounted.frame.body);
  }
}
