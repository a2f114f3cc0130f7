// @ts-check
/**
 * Where the views' modules and stylesheets lie: the one place that knows.
 *
 * @import { Drawable, PanelSpec } from "./protocol"
 * @import { Legacy } from "./legacy"
 *
 * @typedef {Record<string, Drawable | Legacy>} Drawables by the view's name
 */
import { loadStyle } from "./styles.js";

/**
 * From a panel's list of views, which may hold some of the old kind.
 * @param {PanelSpec} panel
 * @returns {Promise<Drawables>}
 */
async function listed({ name }) {
  loadStyle(new URL(`../css/${name}.css`, import.meta.url));
  return (await import(`../views/${name}.js`)).views;
}

/**
 * From each view's own module, once none of the old kind is left.
 * @param {PanelSpec} panel
 * @returns {Promise<Drawables>}
 */
export async function own({ chapter, name, views }) {
  const folder = `../views/${chapter}/${name}`;
  loadStyle(new URL(`${folder}/${name}.css`, import.meta.url));
  const modules = await Promise.all(views.map((view) => import(`${folder}/${view.name}.js`)));
  return Object.fromEntries(
    modules.map(({ rows, checks, follows, ...module }, at) => [
      views[at].name,
      { view: module[views[at].name], rows, checks, follows },
    ]),
  );
}

/** The drawing of each view of a panel. Switch to `own` when the lists are gone. */
export const drawablesOf = listed;
