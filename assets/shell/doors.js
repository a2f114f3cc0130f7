// @ts-check
/**
 * What is opened seldom is loaded when it is: the first picture does not wait for it.
 *
 * @import { PanelSpec, ViewSpec } from "./protocol"
 * @import { Page } from "./page"
 * @import { MountedView } from "./view/mounted"
 */
import { tokenText } from "../kit/text/vocabulary.js";
import { toast } from "./toast.js";

const COPIED = "Link copied: model, prompt, seed, sampler, interventions, panel and selection";
/** Milliseconds until a run is put among those of this browser: its picture goes before. */
const REMEMBERED = 2000;

/** The box that finds a panel, a term, a head, a token. @param {Page} page */
export async function openFind(page) {
  const [{ find }, { acts }] = await Promise.all([import("./find/find.js"), import("./find/acts.js")]);
  const { store } = page;
  const { run, directory } = store;
  const panels = await directory.all();
  const ablate = (/** @type {number} */ layer, /** @type {number} */ head) =>
    page.actions.intervene(`ablate:${layer}.${head}`);
  const found = run && { layers: run.model.L, heads: run.model.H, tokens: run.ids.map(tokenText) };
  find(
    { panels, run: found, acts: acts(page), ablate: page.live && run ? ablate : null },
    ({ panel, view, focus, controls = {} }) => {
      if (focus) store.set(focus);
      store.controls[panel] = { ...store.controls[panel], ...controls };
      page.panels.open(panel, { view: view ?? null });
    },
    page,
  );
}

/** What can be saved of a view. @param {Page} page @param {MountedView} mounted */
export async function openExports(page, mounted) {
  return (await import("./saving/exports.js")).exportsOf(mounted, page);
}

/** The runs of this browser. @param {Page} page */
export function openRuns(page) {
  import("./runs/dialog.js").then((runs) => runs.openRuns(page));
}

/** Each run that was looked at, with the panel that it was last looked at in. @param {Page} page */
export function remember({ store, address }) {
  const { run, recorded, panel, directory } = store;
  if (!run || recorded) return;
  const where = { link: address.link(), panel: directory.titleOf(panel) ?? "", at: Date.now() };
  const kept = async () => (await import("./runs/remember.js")).remember(run, where);
  setTimeout(() => requestIdleCallback(kept, { timeout: REMEMBERED }), REMEMBERED);
}

/** Every panel, at its place in the stack. @param {Page} page */
export function openMap(page) {
  import("./map/dialog.js").then((map) => map.openMap(page));
}

/** @param {Page} page @param {"list" | "linked" | "met" | "tour"} how */
export async function openLessons(page, how) {
  await (await import("./lesson/lessons.js"))[how](page);
}

/** The keys of the page and of its pictures. @param {Page} page */
export async function openKeyList({ panels, store }) {
  const { openKeys } = await import("./shortcuts/key_list.js");
  const lesson = document.body.classList.contains("lessoning");
  openKeys({ mounted: panels.mounted, title: store.spec()?.title ?? "", run: store.run !== null, lesson });
}

/** What the underlined words mean is asked for when one is pointed at. @param {Page} page */
export async function explain({ store, panels }) {
  const { explainTerms } = await import("./find/definitions.js");
  const titleOf = (/** @type {string} */ panel) => store.directory.titleOf(panel);
  explainTerms({ titleOf, open: (panel) => panels.open(panel) });
}

/** @param {Page} page @param {PanelSpec} panel @param {ViewSpec} view */
export async function openSourceOf({ server, store }, panel, view) {
  const { openSource } = await import("./view/source.js");
  openSource(panel, view, { server, run: store.run });
}

/**
 * The link of all that is on the page, copied.
 * @param {Page} page
 * @param {string | null} view the one that the link goes to
 */
export async function share({ address }, view) {
  const link = await (await import("./address/links/short.js")).shorten(address.whole(view));
  address.write();
  window.explorerLink = link;
  (await import("./saving/files.js")).copy(link, COPIED, toast);
}
