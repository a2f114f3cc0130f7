// @ts-check
/**
 * A kept run comes onto the page again, or beside the one that is there.
 *
 * @import { Address } from "../address/address"
 * @import { Panels } from "../view/panels"
 * @import { Requests } from "../server/requests"
 * @import { Sidebar } from "../sidebar/sidebar"
 * @import { Store } from "../store"
 *
 * @typedef {{ store: Store, requests: Requests, sidebar: Sidebar, panels: Panels, address: Address }} Page
 */
import { readLink, WITH } from "../address/link.js";

/** The panel that shows any two runs. */
export const COMPARISON = "two_runs";

/**
 * All that the link says, as if the page were opened with it: no file is loaded again.
 * @param {string} link
 * @param {Page} page
 */
export async function openLink(link, { store, requests, sidebar }) {
  const linked = readLink(link, store.tables);
  const { name } = await store.directory.read(linked.panel);
  store.controls[name] = {};
  store.takeLink({ ...linked, panel: name });
  const run = new URLSearchParams(linked.query);
  sidebar.fill(run.get("text") ?? "", run.get("chat") === "1");
  requests.ask({ action: "run", query: linked.query });
}

/**
 * Beside the run on the page, in the panel that is open if it can show two.
 * @param {string} query
 * @param {Page} page
 */
export function compareWith(query, { store, panels }) {
  const here = store.spec()?.views.some(({ compares }) => compares);
  store.control(store.panel, WITH, query);
  if (!here && query) panels.open(COMPARISON);
}
