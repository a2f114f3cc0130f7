// @ts-check
/**
 * Puts a view that is a function of (data, context) on the page.
 *
 * @import { Focus, View, ViewContext, ViewModule } from "../kit/view"
 */
import { render } from "../vendor/lit.js";

const STYLES = new URL("../kit/kit.css", import.meta.url).href;
if (!document.querySelector(`link[href="${STYLES}"]`)) {
  document.head.append(Object.assign(document.createElement("link"), { rel: "stylesheet", href: STYLES }));
}

/** Pixels that a view may count on: a window may be of no width for a moment. */
const NARROWEST = 280;

/** @param {HTMLElement} body */
function widthOf(body) {
  const style = getComputedStyle(body);
  const room = body.clientWidth - Number.parseFloat(style.paddingLeft) - Number.parseFloat(style.paddingRight);
  return Math.max(NARROWEST, Math.floor(room));
}

/**
 * The context of a view on this page.
 * @param {HTMLElement} body
 * @param {any} page what the shell gives each view
 * @param {{ kept: object, again: () => void }} own
 * @returns {ViewContext<any>}
 */
function contextOf(body, page, own) {
  const named = (/** @type {string} */ panel) => page.store.spec(panel);
  return {
    focus: page.store.focus,
    width: widthOf(body),
    changed: Boolean(page.run?.effect),
    run: page.run,
    recorded: Boolean(page.store.recorded),
    sampler: page.sampler,
    interventions: page.interventions,
    controls: page.controls,
    kept: own.kept,
    select: (change) => page.store.set(change),
    keep(change) {
      Object.assign(own.kept, change);
      own.again();
    },
    control: page.control,
    measure: (view = page.view.name) => page.measure(view),
    measured() {
      const entry = page.store.payload(page.panel.name, page.view);
      return Boolean(entry) && !entry.partial;
    },
    payload(view, panel = page.panel.name) {
      const spec = named(panel)?.views.find((/** @type {{ name: string }} */ each) => each.name === view);
      return spec && page.store.payload(panel, spec)?.data;
    },
    look: page.look,
    go: (panel, view) => page.go(panel, view && `${panel}-${view}`),
    intervene: page.intervene,
    restore: page.restore,
    force: page.force,
    arcs: page.arcs,
    setSampler: page.setSampler,
    toast: page.toast,
  };
}

/**
 * @template Data
 * @param {View<Data, any> | (ViewModule<Data> & Record<string, any>)} module a view's module, or the view alone
 * @param {string} [name] of the view in its module
 */
export function drawn(module, name) {
  const view = typeof module === "function" ? module : module[/** @type {string} */ (name)];
  const { rows, checks } = typeof module === "function" ? {} : module;
  return {
    /** @param {HTMLElement} body @param {any} page */
    create(body, page) {
      /** @type {Data} */
      let shown;
      let waiting = false;
      const own = { kept: {}, again };
      const draw = () => {
        const ctx = contextOf(body, page, own);
        render(view(shown, ctx), body);
        if (checks) page.check(page.view.name, checks(shown, ctx));
      };
      /** Draws once, after all that is kept at this moment. */
      function again() {
        if (waiting) return;
        waiting = true;
        queueMicrotask(() => {
          waiting = false;
          if (body.isConnected) draw();
        });
      }
      return {
        /** @param {Data} data */
        draw(data) {
          shown = data;
          draw();
        },
        exportData: () => ({
          ...shown,
          ...(rows ? { rows: rows(shown, contextOf(body, page, own)) } : {}),
        }),
        destroy: () => render(null, body),
      };
    },
  };
}
