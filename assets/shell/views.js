// @ts-check
/**
 * Where the views' modules and stylesheets lie: the one place that knows.
 *
 * @import { Drawable } from "./parts"
 * @import { OpenPanel } from "./protocol"
 *
 * @typedef {Record<string, Drawable>} Drawables by the view's name
 */
import { asset } from "../kit/asset.js";

/** The stylesheets of the panels seen so far, by their addresses. @type {Map<string, HTMLLinkElement>} */
const linked = new Map();

/**
 * A stylesheet that comes with what it dresses, and not before.
 * @param {URL} address
 * @returns the link, and what is kept once it is there
 */
export function wear({ href }) {
  const link = Object.assign(document.createElement("link"), { rel: "stylesheet", href });
  const worn = new Promise((done) => link.addEventListener("load", done));
  document.head.append(link);
  return { link, worn };
}

/**
 * Puts on a panel's stylesheet and takes off the others': two panels may call different things by one name.
 * @param {URL} sheet
 */
function wearAlone(sheet) {
  const { href } = sheet;
  if (!linked.has(href)) linked.set(href, wear(sheet).link);
  for (const [address, link] of linked) link.media = address === href ? "all" : "not all";
}

/**
 * The drawing of each view of a panel: from the views' own modules, or from the one that a bundle makes of them.
 * @param {OpenPanel} panel
 * @returns {Promise<Drawables>}
 */
export async function drawablesOf({ chapter, name, views, script, sheet }) {
  const folder = `../views/${chapter}/${name}`;
  wearAlone(sheet ? new URL(sheet, location.href) : asset(`views/${chapter}/${name}/${name}.css`));
  const bundle = script ? import(script) : null;
  const modules = await Promise.all(
    views.map(async (view) => (bundle ? (await bundle)[view.name] : import(`${folder}/${view.name}.js`))),
  );
  return Object.fromEntries(
    modules.map(({ rows, checks, follows, exported, ...module }, at) => [
      views[at].name,
      { view: module[views[at].name], rows, checks, follows, exported },
    ]),
  );
}
