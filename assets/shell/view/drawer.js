// @ts-check
/**
 * Draws a view that is a function of (data, context) into its body.
 *
 * @import { Row, ViewContext } from "../../kit/view"
 * @import { Drawable } from "../parts"
 * @import { Given } from "./context"
 * @import { MountedView } from "./mounted"
 */
import { bothRuns, half, oneRun } from "../../kit/runs/both_runs.js";
import { spokenIn, vocabularyOf } from "../../kit/text/vocabulary.js";
import { render } from "../../vendor/lit.js";
import { inBoth } from "./checks.js";
import { contextOf } from "./context.js";
import { otherContext } from "./other_context.js";

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
    const { checks } = this.drawable;
    render(this.#picture(), this.mounted.frame.body);
    if (checks) this.mounted.frame.check(this.#ofBoth(checks, inBoth) ?? []);
  }

  /** The view's picture of both runs; where it has looked at its own alone, one of each. */
  #picture() {
    const { view } = this.drawable;
    const { ctx, looked } = watched(this.#context);
    const picture = view(this.#data, ctx);
    const { there } = this;
    if (looked()) return picture;
    if (there === undefined) return this.#lacking ? oneRun(ctx, picture) : picture;
    const width = half(ctx.width);
    const here = width === ctx.width ? picture : view(this.#data, { ...ctx, width, there: null });
    return bothRuns(ctx, here, () => view(there, otherContext(ctx, this.mounted)));
  }

  /** The other run's data. @returns {unknown} */
  get there() {
    return this.mounted.entry?.there?.data;
  }

  /** Whether the unchanged run is shown elsewhere, and has nothing at this position. */
  get #lacking() {
    const { entry, view } = this.mounted;
    return Boolean(view.unchanged && !entry?.compared && this.page.store.run?.effect);
  }

  /**
   * What is made of both runs, each of its own where the view has looked at its own alone.
   * @template Made
   * @param {(data: unknown, ctx: ViewContext<any, any>) => Made} make
   * @param {(here: Made, there: Made, ctx: ViewContext) => Made} join
   */
  #ofBoth(make, join) {
    if (this.#data === undefined) return null;
    const { ctx, looked } = watched(this.#context);
    const here = make(this.#data, ctx);
    const { there } = this;
    if (looked() || there === undefined) return here;
    const vocabulary = vocabularyOf(ctx.other?.strings);
    return join(
      here,
      spokenIn(vocabulary, () => make(there, otherContext(ctx, this.mounted))),
      ctx,
    );
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
    return this.drawable.rows ? this.#ofBoth(this.drawable.rows, rowsOfBoth) : null;
  }

  /** @returns {object | undefined} */
  exported() {
    return this.#data ? this.drawable.exported?.(this.#data, this.#context) : undefined;
  }

  /** The same of the other run. @returns {object | undefined} */
  exportedThere() {
    const { there } = this;
    return there === undefined
      ? undefined
      : (this.drawable.exported?.(there, otherContext(this.#context, this.mounted)) ?? /** @type {object} */ (there));
  }

  destroy() {
    this.#data = undefined;
    render(null, this.mounted.frame.body);
  }
}

/** A context that knows whether the other run's data were looked at. @param {ViewContext<any, any>} ctx */
function watched(ctx) {
  const { there } = ctx;
  let looked = false;
  Object.defineProperty(ctx, "there", {
    enumerable: true,
    get() {
      looked = true;
      return there;
    },
  });
  return { ctx, looked: () => looked };
}

/** @param {Row[]} here @param {Row[]} there @param {ViewContext} ctx */
const rowsOfBoth = (here, there, { beside }) => [
  ...here.map((row) => ({ run: "this run", ...row })),
  ...there.map((row) => ({ run: beside.name, ...row })),
];
