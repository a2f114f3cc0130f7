// @ts-check
/**
 * What a view is given besides its data.
 *
 * @import { ViewContext } from "../../kit/view"
 * @import { Focus } from "../protocol"
 * @import { MountedView } from "./mounted"
 * @import { Actions } from "../sidebar/actions"
 * @import { LightViews } from "../server/light"
 * @import { Panels } from "./panels"
 * @import { Store } from "../store"
 * @import { Strip } from "../strip/strip"
 *
 * @typedef {object} Given what of the page a view reaches
 * @property {Store} store
 * @property {Actions} actions
 * @property {Panels} panels
 * @property {LightViews} light
 * @property {Strip} strip
 * @property {() => void} runs opens the runs of this browser
 * @property {(change: Partial<Focus>) => boolean} [picked] told of what is selected in a picture; whether that answers
 *   a lesson's question: then the page stays where it is
 *
 * @typedef {{ kept: object, again: () => void }} Own what the view keeps, and how it is drawn again
 */

import { settled } from "../../kit/controls/settled.js";
import { aligned } from "../../kit/runs/aligned.js";
import { OTHER, UNCHANGED } from "../../kit/runs/beside.js";
import { WITH } from "../address/link.js";
import { toast } from "../toast.js";

/**
 * @param {MountedView} mounted
 * @param {Given} page
 * @param {Own} own
 * @returns {ViewContext<any, any>}
 */
export function contextOf(mounted, page, own) {
  return { ...reading(mounted, page, own), ...acting(mounted, page, own) };
}

/** @param {MountedView} mounted @param {Given} page @param {Own} own */
function reading({ panel, view, frame, entry }, { store, light }, own) {
  const { compared, there = null } = entry ?? {};
  return {
    focus: store.focus,
    width: frame.width,
    changed: Boolean(there) || (!entry?.partial && (compared ? compared.fits : Boolean(store.run?.effect))),
    beside: compared ? OTHER : UNCHANGED,
    there: there?.data ?? null,
    other: there && { ...there.run, model: there.model, strings: there.strings },
    shared: there?.shared ?? 0,
    /** @param {number} position */
    align: (position) => aligned(there?.places ?? [], position),
    // a panel that needs no run knows that it may have none
    run: /** @type {import("../../kit/view").Run} */ (store.run),
    recorded: Boolean(store.recorded),
    sampler: /** @type {import("../protocol").Sampler} */ (store.sampler),
    interventions: store.interventions,
    controls: settled(panel.controls, store.controlsOf(panel.name)),
    /** @param {string} name */
    declared(name) {
      const found = panel.controls.find((each) => each.name === name);
      if (!found) throw new Error(`${panel.name} declares no control “${name}”`);
      return found;
    },
    kept: own.kept,
    measured() {
      const entry = store.payload(panel.name, view);
      return entry !== undefined && !entry.partial;
    },
    /** @param {string} name @param {string} [of] */
    payload(name, of = panel.name) {
      const spec = store.directory.find(of)?.views.find((each) => each.name === name);
      return /** @type {any} */ (spec && store.payload(of, spec)?.data);
    },
    /** @param {Partial<Focus>} change */
    look: (change) => light.look(panel.name, view.name, change),
  };
}

/** @param {MountedView} mounted @param {Given} page @param {Own} own */
function acting(mounted, page, own) {
  const { panel, view } = mounted;
  const { store, actions, panels, light, strip, runs } = page;
  /** Until the press that answers a question is over. */
  let held = false;
  return {
    /** @param {Partial<Focus>} change @param {{ show?: string }} [options] */
    select(change, { show } = {}) {
      held = page.picked?.(change) ?? false;
      if (held) setTimeout(() => (held = false));
      store.set(change);
      if (show && !held) panels.show(show);
    },
    /** @param {object} change */
    keep(change) {
      Object.assign(own.kept, change);
      own.again();
    },
    /** @param {string} name @param {string | number | null} value @param {string} [of] */
    control(name, value, of = panel.name) {
      store.control(of, name, value);
      if (mounted.before) own.again(); // what is asked for shows at once; the picture follows
    },
    /** @param {string} query */
    compare: (query) => store.control(panel.name, WITH, query),
    measure: (name = view.name) => panels.measure(name),
    halt() {
      panels.halt();
      own.again();
    },
    busy: () => panels.busy(view.name),
    /** @param {{ file: string } | { text: string }} what */
    bring: (what) => light.bring(what),
    /** @param {string} name @param {string} [at] */
    go: (name, at) => (held ? undefined : panels.open(name, { view: at ?? null })),
    /** @param {string} model @param {string} name */
    open: (model, name) => panels.openModel(model, name),
    /** @param {string} text @param {string} [prompt] */
    intervene: (text, prompt) => (prompt === undefined ? actions.intervene(text) : actions.interveneIn(prompt, text)),
    /** @param {string} text */
    restore: (text) => actions.restore(text),
    /** @param {number} position @param {number} id */
    force: (position, id) => actions.force(position, id),
    /** @param {ArrayLike<number> | null} weights */
    arcs: (weights) => strip.arcs(weights),
    /** @param {Partial<import("../protocol").Sampler>} change */
    setSampler: (change) => actions.setSampler(change),
    runs,
    toast,
  };
}
