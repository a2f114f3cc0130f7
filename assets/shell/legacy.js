// @ts-check
/**
 * Draws a view of the old kind, which builds its elements itself. To be deleted with the last of them.
 *
 * @import { Controls } from "./protocol"
 * @import { Given } from "./context"
 * @import { MountedView } from "./mounted"
 *
 * @typedef {{ draw(data: unknown, focus: object, what: string): void, exportData?(): object, destroy?(): void }} Instance
 * @typedef {{ create(body: HTMLElement, page: object): Instance }} Legacy
 */
import { contextOf } from "./context.js";

export class LegacyDrawer {
  /**
   * @param {Legacy} legacy
   * @param {MountedView} mounted
   * @param {Given} page
   */
  constructor(legacy, mounted, page) {
    this.page = page;
    this.instance = legacy.create(mounted.frame.body, oldContext(mounted, page));
  }

  /** @param {unknown} data @param {string} what */
  draw(data, what) {
    this.instance.draw(data, this.page.store.focus, what);
  }

  rows() {
    return null;
  }

  exported() {
    return this.instance.exportData?.() ?? null;
  }

  destroy() {
    this.instance.destroy?.();
  }
}

/** @param {MountedView} mounted @param {Given} page */
function oldContext(mounted, page) {
  const { store } = page;
  const { panel, view, frame } = mounted;
  const { look, control, measure, intervene, restore, force, arcs, setSampler, toast } = contextOf(mounted, page, {
    kept: {},
    again() {},
  });
  return {
    ...{ store, panel, view, look, control, measure, intervene, restore, force, arcs, setSampler, toast },
    get run() {
      return store.run;
    },
    get sampler() {
      return store.sampler;
    },
    get interventions() {
      return store.interventions;
    },
    /** @returns {Controls} */
    get controls() {
      return store.controls[panel.name] ?? {};
    },
    /** @param {Partial<typeof store.focus>} change */
    set: (change) => store.set(change),
    /** @param {string} name @param {string} [anchor] */
    go: (name, anchor) => page.panels.open(name, { view: anchor?.slice(name.length + 1) ?? null }),
    /** @param {string} _ @param {import("./protocol").Check[]} list */
    check: (_, list) => frame.check(list),
  };
}
