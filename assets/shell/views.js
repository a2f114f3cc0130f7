// @ts-check
/**
 * Where the views' modules and stylesheets lie: the one place that knows.
 *
 * @import { Drawable, PanelSpec } from "./protocol"
 *
 * @typedef {Record<string, Drawable>} Drawables by the view's name
 */
import { wear } from "./styles.js";

/**
 * The drawing of each view of a panel, from the view's own module.
 * @param {PanelSpec} panel
 * @returns {Promise<Drawables>}
 */
export async function drawablesOf({ chapter, name, views }) {
  const folder = `../views/${chapter}/${name}`;
  wear(new URL(`${folder}/${name}.css`, import.meta.url));
  const modules = await Promise.all(views.map((view) => import(`${folder}/${view.name}.js`)));
  return Object.fromEntries(
    modules.map(({ rows, checks, follows, ...module }, at) => [
      views[at].name,
      { view: module[views[at].name], rows, checks, follows },
    ]),
  );
}
